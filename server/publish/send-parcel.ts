import { createHash } from 'node:crypto';
import { AppError } from '../../src/order/errors.ts';
import type { ManifestFile } from '../../src/order/manifest.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { Parcel } from './parcel.ts';
import { PieceHasher } from './piece-hasher.ts';
import type { SourceFile } from './source-file.ts';

/** What `sendParcel` needs to know. */
export interface SendOptions {
  /** The main store, then the mirrors. */
  readonly stores: readonly ObjectStore[];
  /** Bytes. */
  readonly pieceLength: number;
  /** The files of an earlier manifest of the same piece length, by `fileIdentity`. */
  readonly known: ReadonlyMap<string, ManifestFile>;
  /** Called as bytes are read or found to be known; what it throws ends the upload. */
  readonly count: (bytes: number) => void;
  /** Waits until so many bytes more may be uploaded. */
  readonly pace: (bytes: number) => Promise<void>;
}

/** One file as it is in the store. */
export interface SentFile {
  readonly file: ManifestFile;
  /** How long reading, hashing and uploading its object took, in seconds; 0 when everything was known. */
  readonly seconds: number;
}

/** What makes a file of a manifest the same one again: the place of its bytes. */
export function fileIdentity({
  path,
  size,
  object,
  offset = 0,
  version,
}: Omit<ManifestFile, 'sha256' | 'pieces'>): string {
  return JSON.stringify([path, size, object, offset, version]);
}

/**
 * Uploads one object to every store that lacks it and hashes its files, unless all of that is known already. Where a store
 * has other bytes under its key, it gets another key. Throws what the stores and the source throw.
 */
export async function sendParcel(parcel: Parcel, options: SendOptions): Promise<SentFile[]> {
  const begin = performance.now();
  const { stores, pace } = options;
  const places = parcel.files.map(({ source, offset }) => place(parcel, source, offset));
  const known = places.map((file) => options.known.get(fileIdentity(file)));
  const found = await Promise.all(stores.map((store) => store.head(parcel.key)));
  // of a mirror no manifest tells: it is believed when it has the first store's ETag, otherwise compared
  const isSame = found.every((info) => info?.size === parcel.size && info.etag === found[0]?.etag);
  if (isSame && known.every((file) => file !== undefined) && isPinned(parcel)) {
    options.count(parcel.files.reduce((sum, { source }) => sum + source.size, 0));
    return known.map((file) => ({ file, seconds: 0 }));
  }
  const hashers = new Map(parcel.files.map(({ source }) => [source, new PieceHasher(options.pieceLength)]));
  let isHashed = false;
  const read = (): AsyncIterable<Uint8Array> => {
    const isFirst = !isHashed;
    isHashed = true;
    return parcel.read((source, chunk) => {
      if (!isFirst) return;
      hashers.get(source)?.update(chunk);
      options.count(chunk.length);
    });
  };
  const differing: ObjectStore[] = [];
  for (const [index, store] of stores.entries()) {
    // published in place: the first store is the source
    if (parcel.stored && index === 0) continue;
    // what is there already is only compared, which needs no pace
    const source = found[index] ? read() : paced(read(), pace);
    if ((await store.upload(parcel.key, parcel.size, source)) === 'other') differing.push(store);
  }
  if (!isHashed) for await (const _ of read());
  const files = parcel.files.map(({ source }, index) => describe(places[index]!, hashers.get(source)!));
  const [differs] = differing;
  if (differs) return sendParcel(elsewhere(parcel, files, differs), { ...options, count: () => options.count(0) });
  const seconds = Math.round(performance.now() - begin) / 1000;
  return files.map((file) => ({ file, seconds }));
}

/** The same parcel under a key that is made of its content. Throws `input-invalid` when it is that already, or has to keep its key. */
function elsewhere(parcel: Parcel, files: readonly ManifestFile[], { name }: ObjectStore): Parcel {
  const content = createHash('sha256').update(JSON.stringify(files.map(({ sha256 }) => sha256)));
  const key = parcel.keyFor?.(content.digest('hex').slice(0, 12));
  if (key !== undefined && key !== parcel.key) return { ...parcel, key };
  const message = `${name} has another object at ${parcel.key}, which is not overwritten. No link was made. Move it away, then run the same command again.`;
  throw new AppError('input-invalid', message, { key: parcel.key });
}

/** False for an object that may have been replaced since: published in place, in a bucket without versions. */
function isPinned({ stored, files }: Parcel): boolean {
  return !stored || files.every(({ source }) => source.version !== undefined);
}

async function* paced(source: AsyncIterable<Uint8Array>, pace: SendOptions['pace']): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    await pace(chunk.length);
    yield chunk;
  }
}

type Place = Omit<ManifestFile, 'sha256' | 'pieces'> & { readonly size: number };

/** A file's place in the store. */
export function place({ key }: Pick<Parcel, 'key'>, { path, size, version }: SourceFile, offset?: number): Place {
  return {
    path,
    size,
    object: key,
    ...(version !== undefined && { version }),
    ...(offset !== undefined && { offset }),
  };
}

function describe(file: Place, hasher: PieceHasher): ManifestFile {
  if (hasher.count !== file.size) {
    const message = `${file.path} changed while it was published. No link was made; run the same command again.`;
    throw new AppError('input-invalid', message);
  }
  const { sha256, pieces } = hasher.digest();
  return { ...file, sha256, pieces: [...pieces] };
}
