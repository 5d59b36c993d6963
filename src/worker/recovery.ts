import type { FileRun } from './order-run.ts';
import type { PartFile } from './ports.ts';

/** A piece whose first bytes are all zero was most likely never written; fetching it again is always right. In bytes. */
const PROBE = 4096;
/** Bytes that are read at once to find where a piece ends. */
const STEP = 64 * 1024;

/**
 * Compares the part of a file with the journal: the only way into a download, after a fresh start and a crash alike.
 * Verified pieces that the part is too short for are cleared. Bytes of unfinished pieces are found by content, since a part is
 * zero where nothing was written: beginnings are kept in `partial`, whole pieces are returned to be hashed; the hash decides.
 * Without the sender's hashes only journaled pieces are kept. What is lost is counted as fetched twice.
 */
export function reconcile(file: FileRun, part: PartFile): number[] {
  if (file.reconciled) return wholeUnchecked(file);
  const before = file.bytesReceived;
  const size = part.size();
  // what was known in memory counts no more: after a storage fault in the middle of a run the disk may hold less
  file.partial.clear();
  for (let piece = 0; piece < file.pieces; piece++) {
    if (file.span(piece).end > size) file.verified.delete(piece);
  }
  findBeginnings(file, part, size);
  file.reconciled = true;
  file.receivedBefore = 0;
  // what the journal knew of and the disk has lost, and what nothing could judge: the cost of the crash
  const lost = Math.max(before, file.bytesReceived);
  if (!file.spec.hashes) file.partial.clear();
  file.fetchedTwice += lost - file.bytesReceived;
  return wholeUnchecked(file);
}

/** Pieces of which all bytes are there and that no hash has judged yet. */
function wholeUnchecked(file: FileRun): number[] {
  return [...file.partial].filter(([piece, length]) => length === file.lengthOf(piece)).map(([piece]) => piece);
}

function findBeginnings(file: FileRun, part: PartFile, size: number): void {
  for (let piece = 0; piece < file.pieces; piece++) {
    const { start, end } = file.span(piece);
    if (file.verified.has(piece) || size <= start || isZero(part, start, Math.min(PROBE, end - start))) continue;
    file.partial.set(piece, writtenLength(part, start, Math.min(end, size)));
    if (file.spec.hashes) file.continued.add(piece);
  }
}

function isZero(part: PartFile, at: number, length: number): boolean {
  const bytes = new Uint8Array(length);
  return bytes.subarray(0, part.read(bytes, at)).every((byte) => byte === 0);
}

/** Bytes from `start` up to the last one before `end` that is not zero. Looked for from the end: of a whole piece little is read. */
function writtenLength(part: PartFile, start: number, end: number): number {
  const bytes = new Uint8Array(Math.min(STEP, end - start));
  for (let to = end; to > start; to -= bytes.length) {
    const from = Math.max(start, to - bytes.length);
    let length = part.read(bytes.subarray(0, to - from), from);
    while (length > 0 && bytes[length - 1] === 0) length--;
    if (length > 0) return from + length - start;
  }
  return 0;
}
