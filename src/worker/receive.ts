import type { FileRun } from './order-run.ts';
import type { PartFile } from './ports.ts';
import { damaged, sameBytes, type PieceChecks } from './piece-checks.ts';
import type { RangeTask, UrgentPiece } from './scheduler.ts';
import { fetchRange, type RangeRequest } from './transfer.ts';

/** A transfer is judged after this long, in ms, and is slow when its range would still take this long. */
const SLOW = 5_000;

/** A transfer on its way: the one writer of the pieces from `piece` up to `end`. */
export interface Flight {
  readonly task: RangeTask;
  /** Pieces it may write; others it passes over (only where the server sends whole files). */
  readonly pieces: ReadonlySet<number>;
  /** The piece that comes next. */
  piece: number;
  /** One behind its last piece; gets less when a second request brought that one first. */
  end: number;
  /** Bytes received, since `performance.now()` in ms was `since`. */
  bytes: number;
  readonly since: number;
  /** Ends this transfer only. */
  readonly abort: AbortController;
  /** The piece that is asked for a second time, and what ends that request. */
  hedge: { readonly piece: number; readonly abort: AbortController } | undefined;
  /** True after a second request that brought nothing good: another one would be no better. */
  alone: boolean;
}

/** A URL that gives access now. */
export type GetUrl = () => Promise<string>;
/** Counts received bytes, of a transfer or of a second request; a promise holds their connection back. */
export type OnBytes = (count: number, flight?: Flight) => Promise<void> | undefined;

/** Writes ranges into parts. A piece has one writer: its flight. */
export class Receiver {
  readonly flights = new Set<Flight>();

  constructor(private readonly checks: PieceChecks) {}

  /** Fetches the task's range into the file's part. Throws the transfer's `AppError`. */
  async receive(task: RangeTask, getUrl: GetUrl, onBytes: OnBytes): Promise<void> {
    const { file } = task;
    const flight: Flight = {
      task,
      pieces: assign(task),
      piece: task.firstPiece,
      end: task.endPiece,
      bytes: 0,
      since: performance.now(),
      abort: new AbortController(),
      hedge: undefined,
      alone: false,
    };
    this.flights.add(flight);
    const signal = AbortSignal.any([file.abort.signal, flight.abort.signal]);
    try {
      const request = { ...requestOf(file, task.start, task.end, signal), whole: file.wholeFile };
      await fetchRange({ ...request, url: await getUrl() }, this.writer(flight, onBytes));
    } catch (error) {
      if (!flight.abort.signal.aborted) throw error;
    } finally {
      this.flights.delete(flight);
      flight.hedge?.abort.abort();
      // pieces before this one belong to their checks, those from `end` on to the second request's
      for (const piece of flight.pieces) {
        if (piece >= flight.piece && piece < flight.end) file.assigned.delete(piece);
      }
    }
  }

  /**
   * Somebody wants to look at a piece that is neither there nor the next one of a transfer. The transfer that has it for later ends before
   * it; when no connection is free (`crowded`), one transfer ends now. What it received is kept.
   */
  makeWay(file: FileRun, piece: number, crowded: boolean): void {
    const flights = [...this.flights];
    const later = flights.find((flight) => flight.task.file === file && flight.pieces.has(piece) && piece < flight.end);
    if (later ? later.piece >= piece || file.wholeFile : file.assigned.has(piece)) return;
    if (later) {
      if (later.hedge && later.hedge.piece >= piece) later.hedge.abort.abort();
      for (const each of later.pieces) if (each >= piece && each < later.end) file.assigned.delete(each);
      later.end = piece;
    }
    if (crowded) (later ?? flights.at(-1))?.abort.abort();
  }

  /** The transfer that brings a piece now. */
  bringing({ file, piece }: UrgentPiece): Flight | undefined {
    return [...this.flights].find((flight) => flight.task.file === file && flight.piece === piece);
  }

  /** A transfer whose last piece is worth asking for a second time, on a connection that has nothing else to do. */
  slowFlight(now: number): Flight | undefined {
    return [...this.flights].find((flight) => {
      const { task, since, bytes } = flight;
      const age = now - since;
      if (flight.hedge || flight.alone || !task.file.spec.hashes || task.file.wholeFile || age < SLOW) return false;
      const left = task.file.span(flight.end - 1).end - task.start - bytes;
      return left > 0 && left * age > bytes * SLOW;
    });
  }

  /**
   * Asks for the last piece of a slow transfer. It waits in memory, and is written only when its hash is right and it came first.
   * Throws the transfer's `AppError`, and `piece-damaged` or `source-damaged` for a wrong answer.
   */
  async hedge(flight: Flight, getUrl: GetUrl, onBytes: OnBytes): Promise<void> {
    const { file } = flight.task;
    const piece = flight.end - 1;
    const { start, end } = file.span(piece);
    const abort = new AbortController();
    flight.hedge = { piece, abort };
    flight.alone = true; // until it has brought something
    const bytes = new Uint8Array(end - start);
    let at = 0;
    try {
      const request = requestOf(file, start, end, AbortSignal.any([file.abort.signal, abort.signal]));
      await fetchRange({ ...request, url: await getUrl() }, (chunk) => {
        bytes.set(chunk, at);
        at += chunk.length;
        return onBytes(chunk.length);
      });
      const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
      const expected = file.expected(piece);
      if (!expected || request.signal.aborted) return;
      if (!sameBytes(expected, hash)) throw damaged(file, piece, expected, hash);
      flight.alone = false;
      at = flight.piece === piece ? (file.partial.get(piece) ?? 0) : 0;
      this.takeOver(flight, piece, bytes);
    } catch (error) {
      if (!abort.signal.aborted) throw error;
    } finally {
      flight.hedge = undefined;
      file.fetchedTwice += at;
    }
  }

  /** Ends the flight before `piece` and writes `bytes` in its place. */
  private takeOver(flight: Flight, piece: number, bytes: Uint8Array): void {
    const { file } = flight.task;
    if (flight.piece === piece) flight.abort.abort();
    flight.end = piece;
    file.assigned.delete(piece);
    file.part?.write(bytes, file.span(piece).start);
    file.partial.set(piece, bytes.length);
    void this.checks.check(file, piece);
  }

  /** Writes what comes, also the rest that a transfer has in hand when it is stopped: its part is closed after that. */
  private writer(flight: Flight, onBytes: OnBytes): (chunk: Uint8Array) => Promise<void> | undefined {
    const { file } = flight.task;
    const part = file.part as PartFile;
    let at = flight.task.start;
    return (chunk) => {
      let held: Promise<void> | undefined;
      for (let from = 0; from < chunk.length && flight.piece < flight.end && file.part === part;) {
        const { piece } = flight;
        const { start, end } = file.span(piece);
        const bytes = chunk.subarray(from, from + end - at);
        const mine = flight.pieces.has(piece);
        if (mine) {
          part.write(bytes, at);
          file.partial.set(piece, at + bytes.length - start);
        }
        at += bytes.length;
        from += bytes.length;
        if (at < end) continue;
        if (flight.hedge?.piece === piece) flight.hedge.abort.abort();
        flight.piece++;
        if (mine) held = this.checks.check(file, piece);
        // a second request brought the rest
        if (flight.piece === flight.end && flight.end < flight.task.endPiece) flight.abort.abort();
      }
      flight.bytes += chunk.length;
      file.attempts = 0;
      file.pauses = 0;
      file.trouble = undefined;
      file.renewals = 0;
      file.touch();
      const paced = onBytes(chunk.length, flight);
      return held && paced ? Promise.all([held, paced]).then(() => undefined) : (held ?? paced);
    };
  }
}

/** Takes the missing pieces of a task: nobody else fetches them meanwhile. */
function assign({ file, firstPiece, endPiece }: RangeTask): Set<number> {
  const pieces = new Set<number>();
  for (let piece = firstPiece; piece < endPiece; piece++) {
    if (file.verified.has(piece) || file.assigned.has(piece)) continue;
    file.assigned.add(piece);
    pieces.add(piece);
  }
  return pieces;
}

function requestOf(file: FileRun, start: number, end: number, signal: AbortSignal): Omit<RangeRequest, 'url'> {
  const offset = file.spec.offset ?? 0;
  return {
    start: offset + start,
    end: offset + end,
    total: file.spec.offset === undefined ? file.spec.size : undefined,
    hashes: file.spec.hashes !== undefined,
    etag: file.spec.etag,
    modified: file.spec.modified,
    whole: false,
    signal,
  };
}
