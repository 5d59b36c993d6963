import type { FileRun, OrderRun } from './order-run.ts';

/** 64 MiB: the longest range, in bytes. Longer saves no requests worth having, shorter costs ramp-up time. */
const MAX_RANGE = 64 * 1024 * 1024;
/** 32 MiB: the longest range while nothing is known of the connection, in bytes. */
const FIRST_RANGE = 32 * 1024 * 1024;
/** 56 MiB: the same, for a file that two such ranges are enough for, in bytes: one of 110 MB takes no third request. */
const HALF_FILE = 56 * 1024 * 1024;
/** The last ranges of an order take about this long at the least, in seconds. */
const LAST_RANGE = 4;
/** Files of all orders that may be on the disk at once while they can be saved: begun, complete, or being saved. */
export const MAX_UNSAVED = 8;
/** More of them while all together are small, in bytes: closing each may wait for seconds on the browser's own check. */
export const SMALL_UNSAVED = 64 * 1024 * 1024;
const MANY_UNSAVED = 32;

/** A viewer gets the piece that it asks for and the next one before all else, so that one arrives while the other is shown. */
const URGENT_PIECES = 2;

/** A piece that somebody wants to look at. */
export interface UrgentPiece {
  readonly file: FileRun;
  readonly piece: number;
}

/** Bytes `[start, end)` of a file: missing pieces that touch, assigned to one transfer. None, where the part only has to be looked at. */
export interface RangeTask {
  readonly file: FileRun;
  readonly firstPiece: number;
  /** One behind the last piece. */
  readonly endPiece: number;
  readonly start: number;
  readonly end: number;
}

/** What the scheduler must know besides the orders. */
export interface Situation {
  /** `performance.now()` in ms. */
  readonly now: number;
  /** Connections that may be open at once. */
  readonly connections: number;
  /** Bytes per second of one connection, 0 when unknown. */
  readonly bytesPerSecond: number;
  /** True while files can be saved, so that they must not pile up. */
  readonly saving: boolean;
  /** Bytes that unsaved files may occupy together; Infinity before the disk was full once. */
  readonly room: number;
  /** What is looked at, the last first. */
  readonly urgent?: readonly UrgentPiece[];
}

/** The next range to fetch: what is looked at, then by order, then by file, files that were begun first. Undefined when nothing is due. */
export function nextRange(orders: readonly OrderRun[], situation: Situation): RangeTask | undefined {
  const window = windowOf(orders, situation);
  for (const { file, piece } of situation.urgent ?? []) {
    // on a disk that was full nothing is begun that does not fit, also not to be looked at
    const fits = file.isBegun ? !window.resting.has(file) : situation.room === Infinity || window.mayBegin(file);
    if (!fits || !isFetchable(file, situation.now)) continue;
    const task = missingRange(file, Infinity, piece, Math.min(file.pieces, piece + URGENT_PIECES));
    if (task) return task;
  }
  for (const order of orders) {
    if (!isActive(order, situation.now)) continue;
    const task = nextOfOrder(order, situation, window);
    if (task) return task;
  }
  return undefined;
}

/** Which files may come onto the disk now. */
interface Window {
  /** Begun files that must wait for room; the others go on. */
  readonly resting: ReadonlySet<FileRun>;
  readonly mayBegin: (file: FileRun) => boolean;
}

/**
 * Finished files leave before new ones are begun. Where experience says how much fits, begun files go on as far as they fit, those that
 * lack the least first, and at least one, or nothing would ever leave.
 */
function windowOf(orders: readonly OrderRun[], { now, saving, room }: Situation): Window {
  const begun: FileRun[] = [];
  let complete = 0;
  let bytes = 0;
  for (const order of orders) {
    if (!order.isRunning) continue;
    for (const file of order.files) {
      if (file.isComplete) {
        complete++;
        bytes += file.spec.size;
      } else if (order.notBefore <= now && file.isBegun) begun.push(file);
    }
  }
  const unsaved = complete + begun.length;
  const unsavedBytes = begun.reduce((sum, { spec }) => sum + spec.size, bytes);
  const resting = new Set<FileRun>();
  // one goes on in any case, unless a file that is saved is about to leave room
  let mustFit = saving && complete > 0;
  if (room < Infinity) {
    begun.sort((a, b) => a.spec.size - a.bytesReceived - (b.spec.size - b.bytesReceived));
    for (const file of begun) {
      if (mustFit && bytes + file.spec.size > room) resting.add(file);
      else bytes += file.spec.size;
      mustFit = true;
    }
  }
  const mayBegin = (file: FileRun): boolean => {
    const isSmall = unsaved < MANY_UNSAVED && unsavedBytes + file.spec.size <= SMALL_UNSAVED;
    if (saving && unsaved >= MAX_UNSAVED && !isSmall) return false;
    return resting.size === 0 && (!mustFit || bytes + file.spec.size <= room);
  };
  return { resting, mayBegin };
}

/** True when pieces of the file may be asked for now (`performance.now()` in ms). */
export function isFetchable(file: FileRun, now: number): boolean {
  return isActive(file.order, now) && isDue(file, now);
}

function isActive(order: OrderRun, now: number): boolean {
  return order.isRunning && order.notBefore <= now;
}

function isDue({ state, notBefore, busy, order, part }: FileRun, now: number): boolean {
  // without room on the disk nothing is fetched; what is in the folder already can be found all the same
  if (order.needsRoom && part) return false;
  return (state.kind === 'waiting' || state.kind === 'downloading') && notBefore <= now && !busy;
}

function nextOfOrder(order: OrderRun, situation: Situation, window: Window): RangeTask | undefined {
  let left = 0;
  const due: FileRun[] = [];
  for (const file of order.files) {
    if (file.state.kind !== 'waiting' && file.state.kind !== 'downloading') continue;
    if (file.given) continue; // the user has it
    left += file.state.kind === 'waiting' ? file.spec.size : bytesMissing(file);
    if (isDue(file, situation.now)) due.push(file);
  }
  const wanted = order.record.firstFiles ?? [];
  if (wanted.length > 0) due.sort((a, b) => place(wanted, a) - place(wanted, b));
  // shorter ranges near the end, so that all connections finish together; not so short that requests cost more than that gains
  const share = Math.max(left / (2 * situation.connections), situation.bytesPerSecond * LAST_RANGE);
  // a first range that proves to be slow must not keep the others waiting at the end
  const most = ({ spec }: FileRun): number =>
    situation.bytesPerSecond > 0 ? MAX_RANGE : spec.size > 2 * HALF_FILE ? FIRST_RANGE : HALF_FILE;
  for (const file of due) {
    if (file.isBegun ? window.resting.has(file) : !window.mayBegin(file)) continue;
    const task = missingRange(file, Math.max(file.spec.pieceLength, Math.min(most(file), share)));
    if (task) return task;
  }
  return undefined;
}

/** Bytes of pieces that nobody fetches yet, at most: a beginning on the disk counts as missing. */
function bytesMissing(file: FileRun): number {
  let bytes = 0;
  for (let piece = 0; piece < file.pieces; piece++) {
    if (file.verified.has(piece) || file.assigned.has(piece)) continue;
    const { start, end } = file.span(piece);
    bytes += end - start;
  }
  return bytes;
}

/** A file's place among those that the user wants first; the others keep their order behind them. */
function place(wanted: readonly number[], file: FileRun): number {
  const at = wanted.indexOf(file.index);
  return at < 0 ? wanted.length : at;
}

/** The first missing pieces from `from` on that touch, before `to`, of `longest` bytes or one piece at the most. */
function missingRange(file: FileRun, longest: number, from = 0, to = file.pieces): RangeTask | undefined {
  // an empty file, or one whose last piece came by another way than a transfer
  if (file.verified.full && !file.part) return { file, firstPiece: 0, endPiece: 0, start: 0, end: 0 };
  const missing = (piece: number): boolean => !file.verified.has(piece) && !file.assigned.has(piece);
  for (let first = from; first < to; first++) {
    if (!missing(first)) continue;
    const start = file.span(first).start + (file.partial.get(first) ?? 0);
    let end = first + 1;
    // a piece that has a beginning on disk starts a range of its own
    while (end < to && missing(end) && !file.partial.has(end) && file.span(end).end - start <= longest) end++;
    return { file, firstPiece: first, endPiece: end, start, end: file.span(end - 1).end };
  }
  return undefined;
}
