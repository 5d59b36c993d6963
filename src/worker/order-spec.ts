import * as v from 'valibot';
import { AppError } from '../order/errors.ts';
import { parseManifest } from '../order/manifest.ts';
import { DEFAULT_PIECE_LENGTH } from '../order/pieces.ts';
import type { OrderRecord } from './ports.ts';
import type { FileSpec, OrderSpec } from './order-run.ts';

const LinkFileSchema = v.object({
  path: v.string(),
  size: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  etag: v.optional(v.string()),
  modified: v.optional(v.string()),
  identity: v.string(),
  url: v.string(),
});
const LinksSchema = v.object({ files: v.array(LinkFileSchema) });

/** A file that a presigned URL gives. `identity` stays the same when the URL is signed anew. */
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
    ...file,
    etag: file.etag,
    modified: file.modified,
    sha256: undefined,
    hashes: undefined,
    offset: undefined,
  }));
  return { pieceLength: DEFAULT_PIECE_LENGTH, receipts: false, files };
}

function manifestSpec(description: Uint8Array): OrderSpec {
  const manifest = parseManifest(description);
  const hashes = new Uint8Array(manifest.files.reduce((sum, file) => sum + file.pieces.length, 0) * 32);
  let at = 0;
  const files = manifest.files.map((file): FileSpec => {
    const begin = at;
    for (const hash of file.pieces) {
      for (let i = 0; i < 32; i++) hashes[at++] = Number.parseInt(hash.slice(i * 2, i * 2 + 2), 16);
    }
    return {
      path: file.path,
      size: file.size,
      sha256: file.sha256,
      hashes: hashes.subarray(begin, at),
      offset: file.offset,
      url: undefined,
      etag: undefined,
      modified: undefined,
    };
  });
  return { pieceLength: manifest.pieceLength, receipts: manifest.receipts === true, files };
}
