import pLimit from 'p-limit';
import { AppError, toAppError } from '../order/errors.ts';
import { toHex } from '../order/hex.ts';
import type { FileRun } from './order-run.ts';
import type { Hasher, Journal } from './ports.ts';

/** Verified bytes that may wait for a commit, and how long they may, in ms. */
const COMMIT_BYTES = 64 * 1024 * 1024;
const COMMIT_AFTER = 2_000;
/** Pieces that are read back and hashed at once; more received ones hold their streams back. */
const CHECKS = 3;
/** So often a source may give one piece wrong before its file fails. */
const MAX_STRIKES = 3;
/** Where the strikes of a whole file are counted. */
const WHOLE = -1;

/** What checking tells. */
export interface CheckEvents {
  /** A file has all its pieces, verified and journaled. */
  readonly onComplete: (file: FileRun) => void;
  /** A piece could not be kept. */
  readonly onProblem: (file: FileRun, error: AppError) => void;
  /** A piece was checked: if it was wrong, it is due again. */
  readonly onChecked: () => void;
}

/** Checks every received piece on the disk and journals it: flush first, then the bit. */
export class PieceChecks {
  private readonly checks = pLimit(CHECKS);
  private readonly timers = new Map<FileRun, ReturnType<typeof setTimeout>>();
  /** Files that are being hashed as a whole. */
  private readonly proving = new Set<FileRun>();
  private readonly jobs = new Map<FileRun, Set<Promise<unknown>>>();

  constructor(
    private readonly journal: Journal,
    private readonly hasher: Hasher,
    private readonly events: CheckEvents,
  ) {}

  /**
   * Waits for running checks, then commits, before the part is closed. Never throws: pieces that could not be committed count as
   * received, and are hashed again when the part is opened the next time.
   */
  async settle(file: FileRun): Promise<void> {
    const jobs = this.jobs.get(file);
    if (jobs) await Promise.all(jobs);
    try {
      await this.commit(file);
    } catch {
      for (const piece of file.uncommitted) {
        file.verified.delete(piece);
        file.partial.set(piece, file.lengthOf(piece));
      }
      file.uncommitted.clear();
    }
  }

  /** Commits a file that has all its pieces, and completes it when it is right as a whole. Throws what is wrong with it. */
  async complete(file: FileRun): Promise<void> {
    await this.commit(file);
    await this.prove(file);
  }

  /** Queues the check of a received piece; returns a promise only when the stream should be held back for it. */
  check(file: FileRun, piece: number): Promise<void> | undefined {
    file.assigned.add(piece);
    const job = this.checks(() => this.checkNow(file, piece))
      .catch((error: unknown) => this.events.onProblem(file, toAppError(error, 'storage-failed')))
      .finally(() => {
        file.assigned.delete(piece);
        this.events.onChecked();
      });
    const jobs = this.jobs.get(file) ?? new Set();
    this.jobs.set(file, jobs.add(job));
    void job.finally(() => jobs.delete(job));
    return this.checks.pendingCount >= CHECKS ? job : undefined;
  }

  private async checkNow(file: FileRun, piece: number): Promise<void> {
    const { start, end } = file.span(piece);
    const length = end - start;
    const hash = await this.hasher.hash(length, (buffer) => {
      const read = file.part?.read(buffer, start);
      if (read !== length) {
        throw new AppError(
          'storage-failed',
          `Of a received piece, ${read ?? 'none'} of ${length} bytes could be read back.`,
        );
      }
    });
    file.partial.delete(piece);
    const continued = file.continued.delete(piece);
    const expected = file.expected(piece);
    if (expected && !sameBytes(expected, hash)) {
      file.fetchedTwice += length;
      file.touch();
      if (continued) return; // bytes of before a crash: no strike against the source
      throw damaged(file, piece, expected, hash);
    }
    file.strikes = 0;
    file.damaged.delete(piece);
    file.ownHashes?.set(hash, piece * 32);
    file.verified.add(piece);
    file.uncommitted.add(piece);
    file.touch();
    if (file.verified.full || file.uncommitted.size * length >= COMMIT_BYTES) await this.commit(file);
    else this.commitSoon(file);
    await this.prove(file);
  }

  /**
   * Where the sender gave no other hash than that of the whole file, it is the last word: nothing of a file that is not right is
   * kept, since any of its bytes may be the wrong one. A file that is stopped meanwhile is proven when it is opened again.
   */
  private async prove(file: FileRun): Promise<void> {
    const { part, spec, state } = file;
    if (!part || !file.needsProof || !file.verified.full || state.kind !== 'downloading' || this.proving.has(file))
      return;
    const { signal } = file.abort;
    let hash: Uint8Array;
    this.proving.add(file);
    try {
      hash = await this.hasher.hashAll(spec.size, (buffer, at) => {
        signal.throwIfAborted();
        if (part.read(buffer, at) !== buffer.length)
          throw new AppError('storage-failed', 'A file could not be read back.');
      });
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    } finally {
      this.proving.delete(file);
    }
    if (signal.aborted) return;
    if (toHex(hash) === spec.sha256) return this.commit(file, true);
    file.verified.clear();
    file.uncommitted.clear();
    file.fetchedTwice += spec.size;
    file.touch();
    throw damagedWhole(file, hash);
  }

  private commitSoon(file: FileRun): void {
    if (this.timers.has(file)) return;
    const timer = setTimeout(() => {
      this.commit(file).catch((error: unknown) => this.events.onProblem(file, toAppError(error, 'storage-failed')));
    }, COMMIT_AFTER);
    this.timers.set(file, timer);
  }

  /** Flush, then the journal; a complete file is closed and told. The journal may lag the disk, never lead it. */
  async commit(file: FileRun, isProven = !file.needsProof): Promise<void> {
    clearTimeout(this.timers.get(file));
    this.timers.delete(file);
    const { part } = file;
    if (!part) return;
    const pieces = [...file.uncommitted];
    if (pieces.length > 0) part.flush();
    for (const piece of pieces) {
      file.uncommitted.delete(piece);
      file.committing.add(piece);
    }
    const complete = isProven && file.state.kind === 'downloading' && file.verified.full;
    const record = file.record();
    try {
      await this.journal.putFile(complete ? { ...record, state: { kind: 'verified' } } : record);
    } catch (error) {
      for (const piece of pieces) file.uncommitted.add(piece);
      throw error;
    } finally {
      for (const piece of pieces) file.committing.delete(piece);
    }
    if (!complete || file.part !== part) return;
    part.close();
    file.part = undefined;
    file.apply({ kind: 'complete' });
    this.events.onComplete(file);
  }
}

/** Counts a strike. Its message is what the customer can send to the sender when it was the last one. */
export function damaged(file: FileRun, piece: number, expected: Uint8Array, received: Uint8Array): AppError {
  const strikes = (file.damaged.get(piece) ?? 0) + 1;
  file.damaged.set(piece, strikes);
  const { start, end } = file.span(piece);
  const [path, right, wrong] = [file.spec.path, toHex(expected), toHex(received)];
  const message =
    `Piece ${piece + 1} of ${path} (bytes ${start} to ${end - 1}) arrived damaged ${strikes} times: ` +
    `its SHA-256 must be ${right}, the server's bytes have ${wrong}.`;
  const code = strikes >= MAX_STRIKES ? 'source-damaged' : 'piece-damaged';
  return new AppError(code, message, {
    piece: piece + 1,
    from: start,
    to: end - 1,
    path,
    expected: right,
    received: wrong,
  });
}

/** The same for a file of which no piece can be told from another. */
function damagedWhole(file: FileRun, received: Uint8Array): AppError {
  const strikes = (file.damaged.get(WHOLE) ?? 0) + 1;
  file.damaged.set(WHOLE, strikes);
  const { path, sha256: expected = '' } = file.spec;
  const wrong = toHex(received);
  const message = `${path} arrived damaged ${strikes} times: its SHA-256 must be ${expected}, the server's bytes have ${wrong}.`;
  const code = strikes >= MAX_STRIKES ? 'source-damaged' : 'piece-damaged';
  return new AppError(code, message, { path, expected, received: wrong });
}

/** True when both hold the same bytes. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
