import pLimit from 'p-limit';
import { AppError } from '../order/errors.ts';
import type { FileRun } from './order-run.ts';
import type { Journal, PartFile } from './ports.ts';
import type { RangeTask } from './scheduler.ts';
import { fetchRange } from './transfer.ts';

/** Verified bytes that may wait for a commit, and how long they may, in ms. */
const COMMIT_BYTES = 64 * 1024 * 1024;
const COMMIT_AFTER = 2_000;
/** Pieces that are read back and hashed at once; more received ones hold their streams back. */
const CHECKS = 3;
/** So often a source may give a wrong piece before its file fails. */
const MAX_STRIKES = 3;

/** Writes ranges into parts, checks every piece on the disk, and journals it: flush first, then the bit. */
export class Receiver {
  private readonly checks = pLimit(CHECKS);
  private readonly timers = new Map<FileRun, ReturnType<typeof setTimeout>>();
  private readonly jobs = new Map<FileRun, Set<Promise<unknown>>>();

  constructor(
    private readonly journal: Journal,
    /** Told when a file has all its pieces, verified and journaled. */
    private readonly onComplete: (file: FileRun) => void,
    /** Told when a piece could not be kept. */
    private readonly onProblem: (file: FileRun, error: AppError) => void,
  ) {}

  /** Fetches the task's range into the file's part. `onBytes` counts. Throws the transfer's `AppError`. */
  async receive(task: RangeTask, getUrl: () => Promise<string>, onBytes: (count: number) => void): Promise<void> {
    const { file } = task;
    const part = file.part as PartFile;
    const { signal } = file.abort;
    const offset = file.spec.offset ?? 0;
    let at = task.start;
    let piece = task.firstPiece;
    for (let assigned = piece; assigned < task.endPiece; assigned++) file.assigned.add(assigned);
    const request = {
      start: offset + task.start,
      end: offset + task.end,
      total: file.spec.offset === undefined ? file.spec.size : undefined,
      etag: file.spec.hashes ? undefined : file.spec.etag,
      signal,
    };
    const write = (chunk: Uint8Array): Promise<void> | undefined => {
      if (signal.aborted) return undefined;
      let held: Promise<void> | undefined;
      for (let from = 0; from < chunk.length;) {
        const { start, end } = file.span(piece);
        const bytes = chunk.subarray(from, from + end - at);
        part.write(bytes, at);
        at += bytes.length;
        from += bytes.length;
        file.partial.set(piece, at - start);
        if (at === end) held = this.check(file, piece++);
      }
      file.attempts = 0;
      file.touch();
      onBytes(chunk.length);
      return held;
    };
    try {
      await fetchRange({ ...request, url: await getUrl() }, write);
    } finally {
      // pieces before this one belong to their checks
      for (; piece < task.endPiece; piece++) file.assigned.delete(piece);
    }
  }

  /** Waits for running checks, then commits: for a pause, and before the part is closed. */
  async settle(file: FileRun): Promise<void> {
    const jobs = this.jobs.get(file);
    if (jobs) await Promise.all(jobs);
    await this.commit(file);
  }

  /** Queues the check of a received piece; returns a promise only when the stream should be held back for it. */
  check(file: FileRun, piece: number): Promise<void> | undefined {
    file.assigned.add(piece);
    const job = this.checks(() => this.checkNow(file, piece))
      .catch((error: unknown) => this.onProblem(file, error as AppError))
      .finally(() => file.assigned.delete(piece));
    const jobs = this.jobs.get(file) ?? new Set();
    this.jobs.set(file, jobs.add(job));
    void job.finally(() => jobs.delete(job));
    return this.checks.pendingCount >= CHECKS ? job : undefined;
  }

  private async checkNow(file: FileRun, piece: number): Promise<void> {
    const { start, end } = file.span(piece);
    const bytes = new Uint8Array(end - start);
    const read = file.part?.read(bytes, start);
    if (read !== bytes.length) throw new AppError('storage-failed', 'A received piece could not be read back.');
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    file.partial.delete(piece);
    const continued = file.continued.delete(piece);
    const expected = file.expected(piece);
    if (expected && !sameBytes(expected, hash)) {
      file.order.bytesFetchedTwice += bytes.length;
      file.touch();
      if (continued) return; // bytes of before a crash: no strike against the source
      const detail = { piece: piece + 1, path: file.spec.path };
      const code = ++file.strikes >= MAX_STRIKES ? 'source-damaged' : 'piece-damaged';
      throw new AppError(code, `Piece ${piece + 1} of ${file.spec.path} arrived damaged.`, detail);
    }
    file.ownHashes?.set(hash, piece * 32);
    file.verified.add(piece);
    file.unflushed += bytes.length;
    file.touch();
    if (file.verified.full || file.unflushed >= COMMIT_BYTES) await this.commit(file);
    else this.commitSoon(file);
  }

  private commitSoon(file: FileRun): void {
    if (this.timers.has(file)) return;
    const timer = setTimeout(() => {
      this.commit(file).catch((error: unknown) => this.onProblem(file, error as AppError));
    }, COMMIT_AFTER);
    this.timers.set(file, timer);
  }

  /** Flush, then the journal; a complete file is closed and told. The journal may lag the disk, never lead it. */
  private async commit(file: FileRun): Promise<void> {
    clearTimeout(this.timers.get(file));
    this.timers.delete(file);
    if (!file.part) return;
    if (file.unflushed > 0) file.part.flush();
    file.unflushed = 0;
    const complete = file.state.kind === 'downloading' && file.verified.full;
    if (complete) {
      file.part.close();
      file.part = undefined;
      file.apply({ kind: 'complete' });
    }
    await this.journal.putFile(file.record());
    if (complete) this.onComplete(file);
  }
}

/** True when both hold the same bytes. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
