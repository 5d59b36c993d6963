import { AppError } from '../order/errors.ts';
import type { FileRun } from './order-run.ts';
import { sameBytes } from './piece-checks.ts';
import type { PartStore } from './ports.ts';

/**
 * The part of a verified file, every byte of it verified in this run: pieces of an earlier one are hashed once more. Throws
 * `piece-damaged` as `wholePart` and `checkedPieces` do.
 */
export async function checkedPart(file: FileRun, parts: PartStore): Promise<Blob> {
  const part = await wholePart(file, parts);
  if (!file.hasOldPieces) return part;
  for await (const _ of checkedPieces(file, part)); // each is only hashed
  file.hasOldPieces = false;
  return part;
}

/** The part of a verified file. Throws `piece-damaged` when it is not there in its full length: the pieces that it lacks are cleared. */
export async function wholePart(file: FileRun, parts: PartStore): Promise<Blob> {
  const { size } = file.spec;
  if (size === 0) return new Blob();
  const part = await parts.blob(file.order.record.order, file.index);
  if (part?.size === size) return part;
  const there = part === undefined || part.size > size ? 0 : part.size;
  for (let piece = 0; piece < file.pieces; piece++) if (file.span(piece).end > there) file.verified.delete(piece);
  throw new AppError('piece-damaged', `Kept bytes of ${file.spec.path} are gone. They are fetched again.`);
}

/** The pieces of a part in turn, each hashed again. Throws `piece-damaged` at the first that has changed, which is cleared. */
export async function* checkedPieces(file: FileRun, part: Blob): AsyncGenerator<ArrayBuffer> {
  for (let piece = 0; piece < file.pieces; piece++) {
    const bytes = await readPiece(file, part, piece);
    if (!bytes) {
      file.verified.delete(piece);
      throw new AppError(
        'piece-damaged',
        `Piece ${piece + 1} of ${file.spec.path} changed on disk. It is fetched again.`,
      );
    }
    yield bytes;
  }
}

/**
 * The pieces of a file that the user has, in turn, as long as they are the sender's. Throws `piece-damaged` at the first that is not,
 * `copy-unreadable`, and when `signal` ends it.
 */
export async function* checkedCopy(file: FileRun, copy: Blob, signal: AbortSignal): AsyncGenerator<ArrayBuffer> {
  for (let piece = 0; piece < file.pieces; piece++) {
    signal.throwIfAborted();
    const bytes = await readPiece(file, copy, piece).catch(() => {
      throw new AppError('copy-unreadable', 'This file cannot be read. Everything received is kept.');
    });
    if (!bytes) throw new AppError('piece-damaged', `The copy of ${file.spec.path} is another file.`);
    yield bytes;
  }
}

/** True when `blob` is this file, by the hashes of all its pieces. */
export async function holdsFile(file: FileRun, blob: Blob): Promise<boolean> {
  if (blob.size !== file.spec.size) return false;
  for (let piece = 0; piece < file.pieces; piece++) if (!(await readPiece(file, blob, piece))) return false;
  return true;
}

/** The bytes of a piece; undefined when they do not have its hash. */
async function readPiece(file: FileRun, blob: Blob, piece: number): Promise<ArrayBuffer | undefined> {
  const { start, end } = file.span(piece);
  const bytes = await blob.slice(start, end).arrayBuffer();
  const expected = file.expected(piece);
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return expected && sameBytes(expected, hash) ? bytes : undefined;
}
