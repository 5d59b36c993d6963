import { createHash, randomBytes } from 'node:crypto';
import pMap from 'p-map';
import * as v from 'valibot';
import { AppError } from '../../src/order/errors.ts';
import { OrderId, formatOrderLink } from '../../src/order/link.ts';
import { MANIFEST_TYPE, parseManifest, type Manifest, type ManifestFile } from '../../src/order/manifest.ts';
import { choosePieceLength, pieceCount } from '../../src/order/pieces.ts';
import { MAX_KEY_BYTES } from '../store/layout.ts';
import type { OpenStore } from '../store/open-store.ts';
import { toRecord, type KeyRecord } from '../store/records.ts';
import { findSources } from './find-sources.ts';
import { PieceHasher } from './piece-hasher.ts';
import type { SourceFile } from './source-file.ts';

const FILES_AT_ONCE = 2;

/** What is published, and for how long. */
export interface PublishOptions {
  /** A file, a folder, or `s3://bucket/prefix`. */
  readonly source: string;
  /** The order's id. */
  readonly order: string;
  /** The order's id when left out. */
  readonly title?: string | undefined;
  readonly target: OpenStore;
  /** Life of the order's key, in ms. */
  readonly expiresIn: number;
  /** Life of the share URLs, in seconds. */
  readonly urlExpiresIn: number;
  /** Called as bytes are read: how many so far, and how many there are. */
  readonly onProgress?: (bytes: number, total: number) => void;
}

/** One file of a published order. */
interface PublishedFile {
  readonly path: string;
  /** A presigned URL of the file. */
  readonly url: string;
  /** Bytes. */
  readonly size: number;
  /** How long reading, hashing and uploading took, in seconds. */
  readonly seconds: number;
}

/** What `holdfast publish --json` prints. */
export interface PublishedOrder {
  readonly order: string;
  readonly title: string;
  /** SHA-256 of the manifest. */
  readonly manifest: string;
  /** The order link; its key is a secret. */
  readonly link: string;
  /** When the order's key ends, ISO 8601. */
  readonly expiresAt: string;
  readonly files: readonly PublishedFile[];
}

/**
 * Uploads the files, hashing each once while it is read, and writes the manifest and then the key. When it fails there is
 * no link, and another run goes on. Throws `input-invalid`, `source-vanished`, `store-unreachable`.
 */
export async function publishOrder(options: PublishOptions): Promise<PublishedOrder> {
  const { order, title = order, target } = options;
  const { store, layout } = target;
  const sources = await findSources(checkOrder(options), order, target);
  const draft = draftManifest(order, title, sources);
  const total = sources.reduce((sum, { size }) => sum + size, 0);
  let bytes = 0;
  let failed = false;
  const count = (read: number): void => {
    // the other file stops too, and tidies up after itself
    if (failed) throw new Error('another file failed');
    options.onProgress?.((bytes += read), total);
  };
  const sendOne = (source: SourceFile): ReturnType<typeof send> =>
    send(source, draft.pieceLength, store, count).catch((error: unknown) => {
      failed = true;
      throw error;
    });

  const sent = await pMap(sources, sendOne, { concurrency: FILES_AT_ONCE });
  const manifest = toRecord({ ...draft, files: sent.map(({ file }) => file) } satisfies Manifest);
  const sha256 = createHash('sha256').update(manifest).digest('hex');
  await store.putNew(layout.manifest(order, sha256), manifest, MANIFEST_TYPE);

  const { key, expiresAt } = await makeKey(options, sha256);
  const files = sent.map(async ({ file, seconds }, index): Promise<PublishedFile> => {
    const { key: object, version } = sources[index]!;
    const fileName = file.path.split('/').pop() ?? file.path;
    const grant = { expiresIn: options.urlExpiresIn, fileName, ...(version !== undefined && { version }) };
    return { path: file.path, url: await store.grant(object, grant), size: file.size, seconds };
  });
  const link = formatOrderLink(target.appUrl, { id: order, key, manifest: sha256 });
  return { order, title, manifest: sha256, link, expiresAt, files: await Promise.all(files) };
}

function checkOrder({ source, order }: PublishOptions): string {
  if (v.is(OrderId, order)) return source;
  const rule = '1 to 64 letters, digits, ".", "_" or "-", beginning with a letter or digit';
  throw new AppError('input-invalid', `${JSON.stringify(order)} is no order id: use ${rule}. Nothing was published.`);
}

/** The manifest with hashes of nothing, checked as a customer's page will check it, before anything is uploaded. */
function draftManifest(id: string, title: string, sources: readonly SourceFile[]): Manifest {
  const pieceLength = choosePieceLength(sources.map(({ size }) => size));
  const none = '0'.repeat(64);
  const files = sources.map(({ path, size, key, version }): ManifestFile => {
    if (Buffer.byteLength(key) > MAX_KEY_BYTES)
      throw new AppError('input-invalid', `${path}: the path is too long for a store. Nothing was published.`);
    const pieces = new Array<string>(pieceCount(size, pieceLength)).fill(none);
    return { path, size, sha256: none, pieces, object: key, ...(version !== undefined && { version }) };
  });
  const draft: Manifest = { version: 1, id, title, createdAt: new Date().toISOString(), pieceLength, files };
  try {
    return parseManifest(toRecord(draft));
  } catch (error) {
    const reason = error instanceof AppError ? error.detail['reason'] : error;
    throw new AppError('input-invalid', `The files cannot be made an order: ${String(reason)}. Nothing was published.`);
  }
}

async function send(
  source: SourceFile,
  pieceLength: number,
  store: OpenStore['store'],
  count: (read: number) => void,
): Promise<{ readonly file: ManifestFile; readonly seconds: number }> {
  const begin = performance.now();
  const hasher = new PieceHasher(pieceLength);
  async function* hashed(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source.read()) {
      hasher.update(chunk);
      count(chunk.length);
      yield chunk;
    }
  }
  const { path, size, key, version } = source;
  const there = source.stored || (await store.head(key))?.size === size;
  if (there) for await (const _ of hashed());
  else await store.upload(key, size, hashed());
  if (hasher.count !== size)
    throw new AppError(
      'input-invalid',
      `${path} changed while it was published. No link was made; run the same command again.`,
    );
  const { sha256, pieces } = hasher.digest();
  const file = { path, size, sha256, pieces: [...pieces], object: key, ...(version !== undefined && { version }) };
  return { file, seconds: Math.round(performance.now() - begin) / 1000 };
}

async function makeKey(
  { order, target, expiresIn }: PublishOptions,
  manifest: string,
): Promise<{ readonly key: string; readonly expiresAt: string }> {
  const key = randomBytes(32).toString('base64url');
  const now = Date.now();
  const expiresAt = new Date(now + expiresIn).toISOString();
  const record: KeyRecord = { manifest, createdAt: new Date(now).toISOString(), expiresAt };
  await target.store.putNew(target.layout.key(order, key), toRecord(record), 'application/json');
  return { key, expiresAt };
}
