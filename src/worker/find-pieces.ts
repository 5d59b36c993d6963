import { AppError } from '../order/errors.ts';
import type { FileRun, OrderRun } from './order-run.ts';
import { sameBytes } from './piece-checks.ts';

/** What a download that was cut short is called by Chrome, Firefox and others; aria2 leaves the name as it is. */
const UNFINISHED = /\.(crdownload|crswap|part|partial|download|tmp|!ut)$/i;
/** Firefox puts random characters before the extension: `chip.Kq3_x-Z0.7z.part`. */
const FIREFOX = /\.[\w-]{4,12}(?=\.[^.]+$)/;

/** Pieces of a file that a copy holds and that are still needed. */
export interface Find {
  readonly file: FileRun;
  readonly pieces: readonly number[];
}

/** What `copy` holds of these files of one order and is still needed; only hashes are believed. Throws `copy-unreadable`. */
export async function findPieces(files: readonly FileRun[], copy: File): Promise<Find[]> {
  const found = files.map((file) => ({ file, pieces: [] as number[] }));
  const count = Math.max(0, ...files.map((file) => file.pieces));
  for (let piece = 0; piece < count; piece++) {
    // most files of one order have their pieces at the same offsets: a piece is read and hashed once for all of them
    const hashes = new Map<string, Promise<Uint8Array>>();
    for (const { file, pieces } of found) {
      if (piece >= file.pieces || file.verified.has(piece) || file.assigned.has(piece)) continue;
      const { start, end } = file.span(piece);
      if (end > copy.size) continue;
      const span = `${start}-${end}`;
      const hash = hashes.get(span) ?? hashOf(copy.slice(start, end));
      hashes.set(span, hash);
      if (sameBytes(await hash, file.expected(piece) ?? new Uint8Array())) pieces.push(piece);
    }
  }
  return found.filter(({ pieces }) => pieces.length > 0);
}

/**
 * Files of which nothing is there yet, and that `copy` most likely is as a whole: it has their size, begins and ends as they do. Throws
 * `copy-unreadable`.
 */
export async function findWhole(order: OrderRun, copy: File): Promise<FileRun[]> {
  const same = openFiles(order).filter((file) => file.isUntouched && file.spec.size === copy.size);
  const files = await beginAs(same, copy);
  const [first] = files;
  if (!first) return [];
  const last = first.pieces - 1;
  // what preallocates, as aria2 does, has the size long before it has the end
  const end = await hashOf(copy.slice(first.span(last).start));
  return files.filter((file) => sameBytes(file.expected(last) ?? new Uint8Array(), end));
}

/**
 * Files that are not there yet and that `copy` may hold pieces of: those that begin as it does, or else those that have its name or
 * its size, since half a download may be full of holes. Throws `copy-unreadable`.
 */
export async function candidates(order: OrderRun, copy: File): Promise<FileRun[]> {
  const open = openFiles(order).filter((file) => !file.given);
  const same = await beginAs(open, copy);
  if (same.length > 0) return same;
  const names = namesOf(copy.name);
  return open.filter(
    (file) =>
      file.spec.size === copy.size ||
      [file.spec.path, file.safePath, file.claimed].some((path) => path !== undefined && names.has(lastPart(path))),
  );
}

function openFiles(order: OrderRun): FileRun[] {
  return order.files.filter((file) => file.spec.hashes && file.pieces > 0 && !file.isDelivered && !file.verified.full);
}

async function beginAs(files: readonly FileRun[], copy: File): Promise<FileRun[]> {
  if (copy.size === 0) return [];
  for (const length of new Set(files.map(({ spec }) => Math.min(spec.pieceLength, copy.size)))) {
    const begin = await hashOf(copy.slice(0, length));
    const same = files.filter((file) => {
      const first = file.expected(0);
      return first !== undefined && file.span(0).end === length && sameBytes(first, begin);
    });
    if (same.length > 0) return same;
  }
  return [];
}

/** Names of the order's file that a copy of this name may be. */
function namesOf(name: string): Set<string> {
  const plain = lastPart(name).replace(UNFINISHED, '');
  return new Set([plain, plain.replace(FIREFOX, '')]);
}

/** macOS gives names in another form of Unicode than the sender may have written. */
function lastPart(path: string): string {
  return (path.split('/').pop() ?? '').normalize('NFC').toLowerCase();
}

/** SHA-256 of a copy's bytes. Throws `copy-unreadable`. */
export async function hashOf(bytes: Blob): Promise<Uint8Array> {
  try {
    return new Uint8Array(await crypto.subtle.digest('SHA-256', await bytes.arrayBuffer()));
  } catch {
    throw new AppError('copy-unreadable', 'This file cannot be read. Everything received is kept.');
  }
}
