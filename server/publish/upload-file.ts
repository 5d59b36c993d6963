import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { AppError } from '../../src/order/errors.ts';
import { choosePieceLength } from '../../src/order/pieces.ts';
import { MAX_URL_SECONDS, checkUrlLife } from '../durations.ts';
import { makeGateway } from '../store/gateway.ts';
import type { GrantOptions } from '../store/object-store.ts';
import { openStore, type StoreChoice } from '../store/open-store.ts';
import { readLocalFile } from './local-source.ts';
import { single } from './parcel.ts';
import { sendParcel } from './send-parcel.ts';

/** Where a file goes, and what its share URL is like. */
export interface UploadOptions extends StoreChoice, Partial<Omit<GrantOptions, 'version'>> {
  /** The order that the file belongs to: `publishOrder` finds it there and uploads nothing again. */
  readonly order: string;
  /** Path in the order; the file's name when left out. */
  readonly path?: string;
  /** The service's signing secret, where customers reach the store by its gateway only: then the URL is the service's. */
  readonly gatewaySecret?: string;
  /** Called as bytes are read: how many so far. */
  readonly onProgress?: (bytes: number) => void;
}

/** What became of an uploaded file. */
export interface UploadedFile {
  /** A presigned URL, ranges included. It is a secret while it lives. */
  readonly url: string;
  /** Bytes. */
  readonly length: number;
  /** When the store took it, by the store's clock, ISO 8601; also when that was an earlier time. */
  readonly uploadedAt: string;
  /** How long reading, comparing and uploading took, in seconds. */
  readonly seconds: number;
  /** The object's key in the store. */
  readonly key: string;
}

/**
 * Uploads one file and gives its share URL, for those who script it. Parts of an upload that was cut off are not sent again;
 * a file that is there already is only compared. Throws `input-invalid`, `source-vanished`, `store-unreachable`.
 */
export async function uploadFile(file: string, options: UploadOptions): Promise<UploadedFile> {
  const absolute = resolve(file);
  const { expiresIn = MAX_URL_SECONDS, fileName = basename(options.path ?? file), gatewaySecret, onProgress } = options;
  checkUrlLife(`expiresIn ${expiresIn}`, expiresIn);
  const found = await stat(absolute).catch(() => undefined);
  if (!found?.isFile()) throw new AppError('input-invalid', `${file}: there is no such file. Nothing was uploaded.`);
  const target = await openStore(options);
  const { store, layout } = target;
  const granter = gatewaySecret === undefined ? store : makeGateway(target, gatewaySecret);
  const path = (options.path ?? basename(absolute)).normalize('NFC');
  const local = { path, absolute, size: found.size, mtimeMs: found.mtimeMs };
  const key = layout.file(options.order, local);
  if (!layout.isFile(key))
    throw new AppError('input-invalid', `${key} is no key of an order's file. Nothing was uploaded.`);
  let bytes = 0;
  const source = { ...local, key, stored: false, read: () => readLocalFile(local) };
  const [sent] = await sendParcel(single(source, options.order, layout), {
    stores: [store],
    pieceLength: choosePieceLength([found.size]),
    known: new Map(),
    count: (more) => onProgress?.((bytes += more)),
    pace: () => Promise.resolve(),
  });
  const object = sent?.file.object ?? key;
  const info = await store.head(object);
  return {
    url: await granter.grant(object, { ...options, expiresIn, fileName }),
    length: found.size,
    uploadedAt: new Date(info?.changedAt ?? Date.now()).toISOString(),
    seconds: sent?.seconds ?? 0,
    key: object,
  };
}
