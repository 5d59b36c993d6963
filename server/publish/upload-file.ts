import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { AppError } from '../../src/order/errors.ts';
import type { GrantOptions } from '../store/object-store.ts';
import { openStore, type StoreChoice } from '../store/open-store.ts';
import { readLocalFile } from './local-source.ts';

/** Where a file goes, and what its share URL is like. */
export interface UploadOptions extends StoreChoice, Partial<Omit<GrantOptions, 'version'>> {
  /** The order that the file belongs to: `publishOrder` finds it there and uploads nothing again. */
  readonly order: string;
  /** Path in the order; the file's name when left out. */
  readonly path?: string;
  /** Called as bytes are read: how many so far. */
  readonly onProgress?: (bytes: number) => void;
}

/** What became of an uploaded file. */
export interface UploadedFile {
  /** A presigned URL, ranges included. It is a secret while it lives. */
  readonly url: string;
  /** Bytes. */
  readonly length: number;
  /** When the upload ended, ISO 8601. */
  readonly uploadedAt: string;
  /** How long it took, in seconds; nearly nothing when the store had it already. */
  readonly seconds: number;
  /** The object's key in the store. */
  readonly key: string;
}

const WEEK = 7 * 24 * 3600;

/**
 * Uploads one file and gives its share URL, for those who script it. Parts of an upload that was cut off are not sent again;
 * a file that is there already is not sent at all. Throws `input-invalid`, `source-vanished`, `store-unreachable`.
 */
export async function uploadFile(file: string, options: UploadOptions): Promise<UploadedFile> {
  const absolute = resolve(file);
  const found = await stat(absolute).catch(() => undefined);
  if (!found?.isFile()) throw new AppError('input-invalid', `${file}: there is no such file. Nothing was uploaded.`);
  const { store, layout } = await openStore(options);
  const path = (options.path ?? basename(absolute)).normalize('NFC');
  const local = { path, absolute, size: found.size, mtimeMs: found.mtimeMs };
  const key = layout.file(options.order, local);
  if (!layout.isFile(key))
    throw new AppError('input-invalid', `${key} is no key of an order's file. Nothing was uploaded.`);
  const begin = performance.now();
  if ((await store.head(key))?.size !== found.size) {
    await store.upload(key, found.size, counted(readLocalFile(local), options.onProgress));
  }
  const { expiresIn = WEEK, fileName = basename(path) } = options;
  return {
    url: await store.grant(key, { ...options, expiresIn, fileName }),
    length: found.size,
    uploadedAt: new Date().toISOString(),
    seconds: Math.round(performance.now() - begin) / 1000,
    key,
  };
}

async function* counted(
  source: AsyncIterable<Uint8Array>,
  onProgress: UploadOptions['onProgress'],
): AsyncGenerator<Uint8Array> {
  let count = 0;
  for await (const chunk of source) {
    yield chunk;
    onProgress?.((count += chunk.length));
  }
}
