import * as v from 'valibot';
import { AppError } from './errors.ts';
import { OrderId, Sha256 } from './link.ts';
import { MAX_PIECE_LENGTH, MIN_PIECE_LENGTH, pieceCount } from './pieces.ts';

export const MANIFEST_TYPE = 'application/vnd.holdfast.order+json';
/** A manifest is at most 16 MiB, in bytes; checked before it is parsed. */
export const MAX_MANIFEST_BYTES = 16 * 1024 * 1024;
const MAX_FILES = 100_000;

const Size = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** Relative, `/` between its parts, and nothing that leaves the order's folder on any system. Odd names are made safe later. */
const FilePath = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(1024),
  v.check((path) => isSafePath(path), 'is not a safe relative path'),
);

const ManifestFileSchema = v.strictObject({
  /** Relative path with `/` between its parts. */
  path: FilePath,
  /** Bytes. */
  size: Size,
  /** SHA-256 of the whole file. */
  sha256: Sha256,
  /** SHA-256 of each piece, in order. */
  pieces: v.array(Sha256),
  mediaType: v.optional(v.pipe(v.string(), v.maxLength(255))),
  /** Key of the object in the store that holds the file's bytes. */
  object: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(1024))),
  /** Where the file begins inside its object, in bytes; 0 when left out. */
  offset: v.optional(Size),
  /** The object's version in a versioned bucket. */
  version: v.optional(v.pipe(v.string(), v.maxLength(1024))),
});

const ManifestSchema = v.strictObject({
  version: v.literal(1),
  id: OrderId,
  title: v.pipe(v.string(), v.maxLength(200)),
  createdAt: v.pipe(v.string(), v.isoTimestamp()),
  /** Bytes; a power of two from 1 to 32 MiB. */
  pieceLength: v.pipe(
    v.number(),
    v.minValue(MIN_PIECE_LENGTH),
    v.maxValue(MAX_PIECE_LENGTH),
    v.check((length) => Number.isInteger(Math.log2(length)), 'is not a power of two'),
  ),
  /** The sender wants to know when files are verified and saved; the customer is told so. */
  receipts: v.optional(v.literal(true)),
  files: v.pipe(v.array(ManifestFileSchema), v.minLength(1), v.maxLength(MAX_FILES)),
});

export type ManifestFile = v.InferOutput<typeof ManifestFileSchema>;
export type Manifest = v.InferOutput<typeof ManifestSchema>;

/** True for a relative path that leaves no folder on any system. */
export function isSafePath(path: string): boolean {
  // \p{Cc}: control characters; \p{Cs}: half a surrogate pair
  if (/[\p{Cc}\p{Cs}\\]/u.test(path) || /^[A-Za-z]:/.test(path)) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

/**
 * Reads a manifest. Refuses it as a whole, with the reason, when anything in it is wrong: unknown version, unsafe or duplicate
 * paths, a number of pieces that does not fit the size. Throws `manifest-invalid`.
 */
export function parseManifest(bytes: Uint8Array): Manifest {
  if (bytes.length > MAX_MANIFEST_BYTES) throw invalid('it is larger than 16 MiB');
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw invalid('it is not JSON in UTF-8');
  }
  const result = v.safeParse(ManifestSchema, json, { abortEarly: true });
  if (!result.success) {
    const issue = result.issues[0];
    throw invalid(`${v.getDotPath(issue) ?? 'it'}: ${issue.message}`);
  }
  checkFiles(result.output);
  return result.output;
}

function checkFiles(manifest: Manifest): void {
  const seen = new Set<string>();
  for (const file of manifest.files) {
    const path = file.path.normalize('NFC');
    if (seen.has(path)) throw invalid(`two files have the path ${file.path}`);
    seen.add(path);
    if (file.pieces.length !== pieceCount(file.size, manifest.pieceLength))
      throw invalid(`${file.path}: ${file.size} bytes do not make ${file.pieces.length} pieces`);
  }
  for (const path of seen) {
    for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) {
      if (seen.has(path.slice(0, at))) throw invalid(`${path.slice(0, at)} is a file and a folder`);
    }
  }
}

function invalid(reason: string): AppError {
  return new AppError(
    'manifest-invalid',
    `The order's description was refused: ${reason}. Nothing was stored. Tell the sender.`,
    { reason },
  );
}
