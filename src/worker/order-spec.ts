import * as v from 'valibot';
import { AppError } from '../order/errors.ts';
import { parseManifest } from '../order/manifest.ts';
import { writeHex } from '../order/hex.ts';
import { DEFAULT_PIECE_LENGTH } from '../order/pieces.ts';
import type { OrderRecord } from './ports.ts';

/** What is to be fetched: one file of an order as its description gives it. */
export interface FileSpec {
  readonly path: string;
  readonly size: number;
  /** Bytes of a piece; a power of two. */
  readonly pieceLength: number;
  /** SHA-256 of the whole file, hexadecimal; undefined when the sender gave none. */
  readonly sha256: string | undefined;
  /** SHA-256 of each piece, 32 bytes each; undefined when the sender gave none. */
  readonly hashes: Uint8Array | undefined;
  /** Where the file begins in its object, in bytes; undefined when it is the whole object. */
  readonly offset: number | undefined;
  /** Presigned URLs that the user gave, the preferred one first; undefined when grants come from the service. */
  readonly urls: readonly string[] | undefined;
  readonly etag: string | undefined;
  /** `Last-Modified`, where the server hides the ETag. */
  readonly modified: string | undefined;
}

/** What an order is, as its description in the journal says. */
export interface OrderSpec {
  /** The sender wants to know what was saved. */
  readonly receipts: boolean;
  readonly files: readonly FileSpec[];
}

const LinkFileSchema = v.object({
  path: v.string(),
  size: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  etag: v.optional(v.string()),
  modified: v.optional(v.string()),
  identity: v.string(),
  url: v.string(),
  mirrors: v.optional(v.array(v.string())),
  sha256: v.optional(v.string()),
  pieces: v.optional(v.object({ length: v.number(), hashes: v.array(v.string()) })),
});
const LinksSchema = v.object({ files: v.array(LinkFileSchema) });

/** A file that presigned URLs give, with the hashes that a Metalink gave, if any. `identity` stays the same when the URL is signed anew. */
export type LinkFile = v.InferOutput<typeof LinkFileSchema>;

/** The journal's description of an order of share links. */
export function encodeLinks(files: readonly LinkFile[]): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify({ files }));
}

/** Reads back what `encodeLinks` made. Throws `links-invalid`. */
export function decodeLinks(description: Uint8Array): LinkFile[] {
  try {
    return v.parse(LinksSchema, JSON.parse(new TextDecoder().decode(description))).files;
  } catch (error) {
    throw new AppError('links-invalid', 'The list of links is damaged. Paste the links again.', {}, { cause: error });
  }
}

/** What an order is, from its description in the journal. Throws `manifest-invalid` and `links-invalid`. */
export function readOrderSpec(kind: OrderRecord['kind'], description: Uint8Array): OrderSpec {
  return kind === 'order' ? manifestSpec(description) : linksSpec(description);
}

function linksSpec(description: Uint8Array): OrderSpec {
  const files = decodeLinks(description).map((file): FileSpec => ({
    path: file.path,
    size: file.size,
    pieceLength: file.pieces?.length ?? DEFAULT_PIECE_LENGTH,
    sha256: file.sha256,
    hashes: file.pieces && hashesOf(file.pieces.hashes),
    offset: undefined,
    urls: [file.url, ...(file.mirrors ?? [])],
    // two servers give one file two ETags, and two dates
    etag: file.mirrors?.length ? undefined : file.etag,
    modified: file.mirrors?.length ? undefined : file.modified,
  }));
  return { receipts: false, files };
}

function hashesOf(hex: readonly string[]): Uint8Array {
  const hashes = new Uint8Array(hex.length * 32);
  hex.forEach((hash, i) => writeHex(hash, hashes, i * 32));
  return hashes;
}

function manifestSpec(description: Uint8Array): OrderSpec {
  const manifest = parseManifest(description);
  const hashes = new Uint8Array(manifest.files.reduce((sum, file) => sum + file.pieces.length, 0) * 32);
  let at = 0;
  const files = manifest.files.map((file): FileSpec => {
    const begin = at;
    for (const hash of file.pieces) {
      writeHex(hash, hashes, at);
      at += 32;
    }
    return {
      path: file.path,
      size: file.size,
      pieceLength: manifest.pieceLength,
      sha256: file.sha256,
      hashes: hashes.subarray(begin, at),
      offset: file.offset,
      urls: undefined,
      etag: undefined,
      modified: undefined,
    };
  });
  return { receipts: manifest.receipts === true, files };
}
