import { createHash } from 'node:crypto';
import { TokenBucket } from 'limiter';
import pMap from 'p-map';
import * as v from 'valibot';
import { AppError } from '../../src/order/errors.ts';
import { OrderId, formatOrderLink } from '../../src/order/link.ts';
import { MANIFEST_TYPE, parseManifest, type Manifest, type ManifestFile } from '../../src/order/manifest.ts';
import { choosePieceLength, pieceCount } from '../../src/order/pieces.ts';
import { checkUrlLife } from '../durations.ts';
import { writeAudit } from '../orders/audit-log.ts';
import { addKey } from '../orders/order-keys.ts';
import { compareFiles, readManifests, type Changes, type StoredManifest } from '../orders/stored-manifests.ts';
import { FolderStore } from '../store/folder-store.ts';
import { MAX_KEY_BYTES } from '../store/layout.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { OpenStore } from '../store/open-store.ts';
import { toRecord } from '../store/records.ts';
import { findSources } from './find-sources.ts';
import { pack, type Parcel } from './parcel.ts';
import { fileIdentity, place, sendParcel, type SentFile } from './send-parcel.ts';
import { makeStaticLink } from './static-link.ts';

/** Objects that are uploaded at the same time, when nothing else is said. */
const OBJECTS_AT_ONCE = 3;

/** What is published, and for how long. */
export interface PublishOptions {
  /** A file, a folder, or `s3://bucket/prefix`. */
  readonly source: string;
  /** A path in a folder that is not part of the order. */
  readonly leftOut?: string | undefined;
  /** The order's id. */
  readonly order: string;
  /** As published before when left out, at first the order's id. */
  readonly title?: string | undefined;
  readonly target: OpenStore;
  /** Makes the share URLs; the store itself when left out. */
  readonly granter?: Pick<ObjectStore, 'grant'>;
  /** Further stores that get the same objects under the same keys. */
  readonly mirrors?: readonly OpenStore[];
  /** Packs files into zips of about so many bytes that only store. */
  readonly bundleLength?: number | undefined;
  /** Objects that are uploaded at the same time; 3 when left out. */
  readonly filesAtOnce?: number | undefined;
  /** Bytes a second that are uploaded at most. */
  readonly rate?: number | undefined;
  /** Life of the order's key, in ms. */
  readonly expiresIn: number;
  /** The key's name, for whoever governs the links. */
  readonly keyName?: string | undefined;
  /** Must be given beside the link. */
  readonly password?: string | undefined;
  /** The customer's app tells the service when files are verified and saved, and the customer that it does. */
  readonly receipts?: boolean;
  /** A link that needs no service: lives as long as the share URLs, cannot be revoked, gives no receipts. */
  readonly isStatic?: boolean;
  /** Life of the share URLs, in seconds. */
  readonly urlExpiresIn: number;
  /** Called as bytes are read: how many so far, and how many there are. */
  readonly onProgress?: (bytes: number, total: number) => void;
}

/** One file of a published order. */
export interface PublishedFile {
  readonly path: string;
  /** A presigned URL of the file; of its bundle, where it is in one. */
  readonly url: string;
  /** Bytes. */
  readonly size: number;
  /** Where the file begins in its bundle, in bytes; left out when it is in none. */
  readonly offset?: number;
  /** How long reading, hashing and uploading took, in seconds; 0 when it was known already. */
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
  /** What differs from the order's newest manifest of before; null when there was none. */
  readonly earlier: (Changes & { readonly manifest: string; readonly createdAt: string }) | null;
  readonly files: readonly PublishedFile[];
}

/**
 * Uploads the files, hashing each once while it is read, and writes the manifest and then the key. When it fails there is
 * no link, and another run goes on. What is published unchanged keeps its manifest, and nothing of it is read or uploaded
 * again. Throws `input-invalid`, `source-vanished`, `store-unreachable`.
 */
export async function publishOrder(options: PublishOptions): Promise<PublishedOrder> {
  const { order, target } = options;
  const { store, layout } = target;
  const sources = await findSources(checkOrder(options), order, target, options.leftOut);
  const parcels = pack(sources, options.bundleLength, order, layout);
  const [earlier] = await readManifests(target, order);
  const title = options.title ?? earlier?.manifest.title ?? order;
  const draft = { ...draftManifest(order, title, parcels), ...(options.receipts && { receipts: true as const }) };

  const sent = await sendAll(parcels, draft.pieceLength, earlier, options);
  const byPath = new Map(sent.map((each) => [each.file.path, each]));
  const files = draft.files.map(({ path }) => byPath.get(path)!);
  const { bytes, sha256 } = writeManifest({ ...draft, files: files.map(({ file }) => file) }, earlier);
  await store.putNew(layout.manifest(order, sha256), bytes, MANIFEST_TYPE);

  const link = await makeLink(options, files, sha256);
  await writeAudit(target, { action: 'publish', order, files: files.length });
  return {
    order,
    title: draft.title,
    manifest: sha256,
    ...link,
    earlier: earlier ? differences(earlier, files) : null,
    files: await Promise.all(files.map((file) => publishedFile(file, options))),
  };
}

function checkOrder(options: PublishOptions): string {
  const { source, order, isStatic, receipts, target, granter = target.store, urlExpiresIn } = options;
  checkUrlLife(`urlExpiresIn ${urlExpiresIn}`, urlExpiresIn);
  if (isStatic && receipts) {
    const reason = 'a link without a service has nobody to give receipts to';
    throw new AppError(
      'input-invalid',
      `--receipts and --static exclude each other: ${reason}. Nothing was published.`,
    );
  }
  if (isStatic && target.store instanceof FolderStore) {
    const reason = 'the order service serves a folder store, so a link without a service has nowhere to lead';
    throw new AppError('input-invalid', `--static needs an S3 store: ${reason}. Nothing was published.`);
  }
  if (isStatic && granter !== target.store) {
    const reason = 'behind a gateway every byte comes from the service';
    throw new AppError('input-invalid', `--gateway and --static exclude each other: ${reason}. Nothing was published.`);
  }
  if (v.is(OrderId, order)) return source;
  const rule = '1 to 64 letters, digits, ".", "_" or "-", beginning with a letter or digit';
  throw new AppError('input-invalid', `${JSON.stringify(order)} is no order id: use ${rule}. Nothing was published.`);
}

/** The manifest with hashes of nothing, checked as a customer's page will check it, before anything is uploaded. */
function draftManifest(id: string, title: string, parcels: readonly Parcel[]): Manifest {
  const places = parcels.flatMap((parcel) => parcel.files.map(({ source, offset }) => place(parcel, source, offset)));
  const pieceLength = choosePieceLength(places.map(({ size }) => size));
  const none = '0'.repeat(64);
  const files = places.map((file): ManifestFile => {
    if (Buffer.byteLength(file.object ?? '') > MAX_KEY_BYTES)
      throw new AppError('input-invalid', `${file.path}: the path is too long for a store. Nothing was published.`);
    return { ...file, sha256: none, pieces: new Array<string>(pieceCount(file.size, pieceLength)).fill(none) };
  });
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const draft: Manifest = { version: 1, id, title, createdAt: new Date().toISOString(), pieceLength, files };
  try {
    return parseManifest(toRecord(draft));
  } catch (error) {
    const reason = error instanceof AppError ? error.detail['reason'] : error;
    throw new AppError('input-invalid', `The files cannot be made an order: ${String(reason)}. Nothing was published.`);
  }
}

async function sendAll(
  parcels: readonly Parcel[],
  pieceLength: number,
  earlier: StoredManifest | undefined,
  { target, mirrors = [], filesAtOnce = OBJECTS_AT_ONCE, rate, onProgress }: PublishOptions,
): Promise<SentFile[]> {
  const total = parcels.reduce((sum, { files }) => sum + files.reduce((all, { source }) => all + source.size, 0), 0);
  let bytes = 0;
  let failed = false;
  const count = (read: number): void => {
    // the other object stops too, and tidies up after itself
    if (failed) throw new Error('another file failed');
    onProgress?.((bytes += read), total);
  };
  const reusable = earlier?.manifest.pieceLength === pieceLength ? earlier.manifest.files : [];
  const known = new Map(reusable.map((file) => [fileIdentity(file), file]));
  const stores = [target, ...mirrors].map(({ store }) => store);
  const options = { stores, pieceLength, known, count, pace: pacer(rate) };
  const sendOne = (parcel: Parcel): Promise<SentFile[]> =>
    sendParcel(parcel, options).catch((error: unknown) => {
      failed = true;
      throw error;
    });
  return (await pMap(parcels, sendOne, { concurrency: filesAtOnce })).flat();
}

/** Lets `rate` bytes a second pass; without a rate, everything. */
function pacer(rate: number | undefined): (bytes: number) => Promise<void> {
  if (rate === undefined) return () => Promise.resolve();
  const bucket = new TokenBucket({ bucketSize: rate, tokensPerInterval: rate, interval: 'second' });
  return async (bytes) => {
    // a bucket never holds more than its size
    for (let left = bytes; left > 0; left -= rate) await bucket.removeTokens(Math.min(left, rate));
  };
}

/** The bytes of the manifest; those of the earlier one when it says the same. */
function writeManifest(
  manifest: Manifest,
  earlier: StoredManifest | undefined,
): { readonly bytes: Uint8Array; readonly sha256: string } {
  const encode = (createdAt: string): { readonly bytes: Uint8Array; readonly sha256: string } => {
    // checked as a whole once more, and its fields in one order, so that the same manifest has the same hash
    const bytes = toRecord(parseManifest(toRecord({ ...manifest, createdAt } satisfies Manifest)));
    return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
  };
  const same = earlier && encode(earlier.manifest.createdAt);
  return same && same.sha256 === earlier.sha256 ? same : encode(manifest.createdAt);
}

function differences({ sha256, manifest }: StoredManifest, files: readonly SentFile[]): PublishedOrder['earlier'] {
  const changes = compareFiles(
    manifest.files,
    files.map(({ file }) => file),
  );
  return { manifest: sha256, createdAt: manifest.createdAt, ...changes };
}

async function makeLink(
  options: PublishOptions,
  files: readonly SentFile[],
  manifest: string,
): Promise<{ readonly link: string; readonly expiresAt: string }> {
  const { target, order, isStatic = false, urlExpiresIn, keyName: name } = options;
  if (isStatic)
    return makeStaticLink(target, { order, manifest, expiresIn: urlExpiresIn, files: files.map(({ file }) => file) });
  const { key, expiresAt } = await addKey(target, { ...options, manifest, name });
  return { link: formatOrderLink(target.appUrl, { id: order, key, manifest }), expiresAt };
}

async function publishedFile({ file, seconds }: SentFile, options: PublishOptions): Promise<PublishedFile> {
  const { path, size, object = '', offset, version } = file;
  // whoever opens a bundle's URL gets the zip
  const fileName = (offset === undefined ? path : object).split('/').pop() ?? path;
  const grant = { expiresIn: options.urlExpiresIn, fileName, ...(version !== undefined && { version }) };
  const url = await (options.granter ?? options.target.store).grant(object, grant);
  return { path, url, size, ...(offset !== undefined && { offset }), seconds };
}
