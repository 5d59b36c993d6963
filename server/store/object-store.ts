import { createHash } from 'node:crypto';

/** What the store knows of one object. */
export interface ObjectInfo {
  /** Bytes. */
  readonly size: number;
  /** The store's validator, as it gives it. Not a hash of the content. */
  readonly etag: string;
  /** When the store took it, by the store's clock, in ms since the epoch. */
  readonly changedAt: number;
  /** The object's version in a versioned bucket. */
  readonly version?: string;
}

/**
 * What became of an upload. `sent`: the store took the bytes. `there`: it had the same bytes at this key before. `other`: something
 * else is at this key, and stays as it is.
 */
export type Uploaded = 'sent' | 'there' | 'other';

/** One entry of a listing. */
export interface ListedObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
}

/** What a presigned URL is made for. */
export interface GrantOptions {
  /** For how long from now the URL can be used, in seconds. */
  readonly expiresIn: number;
  /** The name that a browser gives the download. */
  readonly fileName: string;
  /** Pins the object's version. */
  readonly version?: string;
  /** Media type that the reply shall have; the object's own when left out. A folder store says `application/octet-stream` always. */
  readonly contentType?: string;
  /** Lets a browser show the object instead of saving it. Never with a folder store: its bytes come from the app's own origin. */
  readonly inline?: boolean;
  /** Further query parameters, part of the signature where the store checks them. */
  readonly query?: Readonly<Record<string, string>>;
  /** From when on `expiresIn` counts; now when left out. */
  readonly signedAt?: Date;
}

/**
 * Where orders and their files live. Keys are absolute: from the root of the bucket or folder, `/` between their parts.
 * Nothing is ever overwritten. Each method throws `store-unreachable` when the store does not answer, and `input-invalid`
 * when it refuses (no such bucket, no permission).
 */
export interface ObjectStore {
  /** For messages: the folder, or `s3://bucket` with its endpoint. Never a secret. */
  readonly name: string;
  /** The origin that presigned URLs point to. */
  readonly grantOrigin: string;
  /** Returns when the store answers and is the one that is meant: what readiness and `holdfast doctor` ask. */
  probe(): Promise<void>;
  /** The object at `key`, or undefined. */
  head(key: string): Promise<ObjectInfo | undefined>;
  /** The object's bytes. Throws `source-vanished` when it is not there. */
  read(key: string, version?: string): AsyncIterable<Uint8Array>;
  /** All bytes of a small record, or undefined. */
  get(key: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Writes a small record, as a whole or not at all. False when there is one already: it stays as it is. */
  putNew(key: string, bytes: Uint8Array, contentType: string): Promise<boolean>;
  /** All objects whose key begins with `prefix`, ordered by key. */
  list(prefix: string): AsyncIterable<ListedObject>;
  /** The names directly below `prefix`, which ends with `/`, that have something below them: what a folder would show as its folders. */
  folders(prefix: string): AsyncIterable<string>;
  /**
   * Writes `size` bytes from `source`, which is always read to its end, and says what the store has then: what it took is
   * compared, not believed. The object appears as a whole or not at all; where the store can, an upload that was cut off is
   * continued. Passes on what `source` throws.
   */
  upload(key: string, size: number, source: AsyncIterable<Uint8Array>): Promise<Uploaded>;
  /** A presigned URL for `GET`, ranges included. */
  grant(key: string, options: GrantOptions): Promise<string>;
}

/** Reads `source` to its end and gives its SHA-256, hexadecimal. */
export async function digest(source: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of source) hash.update(chunk);
  return hash.digest('hex');
}

/** Reads `source` to its end into one array of bytes. */
export async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}
