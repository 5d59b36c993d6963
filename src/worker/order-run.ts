import pLimit from 'p-limit';
import type { AppError, AppErrorData } from '../order/errors.ts';
import { safeName, safePaths } from '../order/file-name.ts';
import { pieceCount, pieceSpan, PieceSet } from '../order/pieces.ts';
import type { FileRecord, FileState, Journal, OrderRecord, PartFile } from './ports.ts';
import { interrupted, transition, type FileEvent } from './file-state.ts';
import type { FileSpec, OrderSpec } from './order-spec.ts';
import { Speed } from './speed.ts';
import { Turns } from './turns.ts';

/** A file that the user has and that is most likely one of the order: it begins and ends as that does and has its size. */
export interface GivenCopy {
  readonly file: File;
  /** Tells whether it lies in the destination already; undefined where the browser gives none. */
  readonly handle: FileSystemFileHandle | undefined;
}

/** One file in this run of the engine. */
export class FileRun {
  state: FileState = { kind: 'waiting' };
  /** Pieces that are flushed and journaled, or will be with the next commit: `uncommitted` tells which. */
  readonly verified: PieceSet;
  readonly uncommitted = new Set<number>();
  /** Those of them that are being journaled now. */
  readonly committing = new Set<number>();
  /** Pieces that a transfer writes or that are being hashed: one writer a piece. */
  readonly assigned: PieceSet;
  /** Bytes at the start of an unfinished piece that are on disk already. */
  readonly partial = new Map<number, number>();
  /** Bytes in unfinished pieces as the journal said, until the part is opened and tells itself. */
  receivedBefore = 0;
  /** Bytes that were received and had to be fetched again, in all runs. */
  fetchedTwice = 0;
  /** Pieces that go on from bytes of before a crash: a wrong hash is no strike against the source. */
  readonly continued = new Set<number>();
  readonly ownHashes: Uint8Array | undefined;
  /** The number of the picked folder that the names here are in: `claimed`, `replaces`, and that of a saved file. */
  folder = 0;
  /** The name under which a save was begun. */
  claimed: string | undefined;
  /** The name of a damaged copy in the folder that the save replaces. */
  replaces: string | undefined;
  /** True for a while after it was saved: a power cut could take it back. */
  fresh = false;
  /** Why the folder does not take the file, after several attempts: the page hands it over another way. */
  refused: AppErrorData | undefined;
  /** What is to be used in the place of a download, and whether it is being copied to the destination now. */
  given: GivenCopy | undefined;
  givenIsSaving = false;
  /** True while a file of its name and size in the folder is compared with it, which takes a while where it is large. */
  comparing = false;
  part: PartFile | undefined;
  /** True while the part is about to be closed: no transfer begins on it any more. */
  closing = false;
  /** Ends the file's transfers when it is paused, failed or removed. */
  abort = new AbortController();
  /** True once the part was compared with the journal in this run. */
  reconciled = false;
  /** True when a verified piece comes from an earlier run: it is hashed again while it is saved. */
  hasOldPieces = false;
  /** Failures so far: requests that began before the last one do not count again. Each asks another mirror. */
  failures = 0;
  /** What the last request failed with, until bytes arrive. */
  trouble: AppErrorData | undefined;
  /** Failed attempts in a row without a byte between them: so many that the file fails. */
  attempts = 0;
  /** Pauses in a row without a byte between them, of waits too: they get longer, and use up no attempt. */
  pauses = 0;
  /** When the first of them was, `performance.now()` in ms. */
  failingSince = 0;
  /** Wrong answers in a row, and how often each piece arrived damaged. */
  strikes = 0;
  readonly damaged = new Map<number, number>();
  /** Refused grants in a row. */
  renewals = 0;
  /** True when the server sends nothing but whole files: each piece is verified as it arrives all the same. */
  wholeFile = false;
  /** No attempt before this moment, `performance.now()` in ms. */
  notBefore = 0;
  /** The order's revision at the last change that a row shows. */
  revision: number;

  constructor(
    readonly order: OrderRun,
    readonly index: number,
    public spec: FileSpec,
    readonly safePath: string,
    record: FileRecord | undefined,
  ) {
    const count = pieceCount(spec.size, spec.pieceLength);
    this.revision = order.revision;
    this.verified = new PieceSet(count, record?.pieces);
    this.assigned = new PieceSet(count);
    this.ownHashes = spec.hashes ? undefined : new Uint8Array(count * 32);
    if (record) {
      this.state = interrupted(record.state);
      if (record.hashes) this.ownHashes?.set(record.hashes.subarray(0, this.ownHashes.length));
      this.folder = record.folder ?? 0;
      this.claimed = record.claimed;
      this.replaces = record.replaces;
      this.fresh = record.fresh ?? false;
      this.receivedBefore = record.received ?? 0;
      this.fetchedTwice = record.fetchedTwice ?? 0;
      this.hasOldPieces = true;
    }
  }

  /** Runs `task` while nothing else opens, fills or saves the part of this file. */
  alone<T>(task: () => Promise<T>): Promise<T> {
    return this.order.turns.take(this.index, task);
  }

  /** True while something runs alone, or waits for that, or closes the part. */
  get busy(): boolean {
    return this.closing || this.order.turns.has(this.index);
  }

  /** True when all of it is on the disk, and the folder does not refuse it: it leaves as soon as it is saved. */
  get isComplete(): boolean {
    return (this.state.kind === 'verified' || this.state.kind === 'saving') && !this.refused;
  }

  /** True when some of it may be on the disk, and not all of it. */
  get isBegun(): boolean {
    if (this.state.kind !== 'waiting') return this.state.kind === 'downloading';
    return this.busy || this.verified.size > 0 || this.partial.size > 0;
  }

  /** Length of its part, as far as it is known: pieces arrive in any order, and a quota counts the holes between them. */
  get bytesOccupied(): number {
    for (let piece = this.pieces - 1; piece >= 0; piece--) {
      if (this.verified.has(piece)) return this.span(piece).end;
      const partial = this.partial.get(piece);
      if (partial !== undefined) return this.span(piece).start + partial;
    }
    return 0;
  }

  /** It begins anew; the part is closed, and about to be removed. What is left of it after all is found by its content. */
  forget(): void {
    this.verified.clear();
    this.uncommitted.clear();
    this.partial.clear();
    this.continued.clear();
    this.reconciled = false;
    this.apply({ kind: 'give-up' });
  }

  get pieces(): number {
    return this.verified.length;
  }

  span(piece: number): { start: number; end: number } {
    return pieceSpan(piece, this.spec.size, this.spec.pieceLength);
  }

  /** The SHA-256 that piece `piece` must have (32 bytes); undefined for a first arrival without the sender's hashes. */
  expected(piece: number): Uint8Array | undefined {
    const hashes = this.spec.hashes ?? (this.verified.has(piece) ? this.ownHashes : undefined);
    return hashes?.subarray(piece * 32, piece * 32 + 32);
  }

  apply(event: FileEvent): void {
    this.state = transition(this.state, event);
    this.touch();
  }

  /** The user wants it tried again: what counted against it counts no more. */
  retry(): void {
    this.strikes = 0;
    this.damaged.clear();
    this.attempts = 0;
    this.pauses = 0;
    this.renewals = 0;
    this.wholeFile = false;
    this.notBefore = 0;
    this.apply({ kind: 'retry', complete: this.verified.full });
  }

  /** It was saved, but is not there as it was: it is received again, and takes the place of `replaces`, its copy in the folder. */
  lost(replaces: string | undefined): void {
    this.verified.clear();
    this.reconciled = false;
    this.fresh = false;
    this.replaces = replaces;
    this.apply({ kind: 'lost' });
  }

  touch(): void {
    this.revision = ++this.order.revision;
  }

  /** What the journal may know: pieces that are not flushed yet are left out. */
  record(): FileRecord {
    const pieces = new PieceSet(this.pieces, this.verified.bytes);
    for (const piece of this.uncommitted) pieces.delete(piece);
    return {
      order: this.order.record.order,
      file: this.index,
      state: this.state,
      pieces: pieces.bytes,
      folder: this.folder,
      claimed: this.claimed,
      replaces: this.replaces,
      fresh: this.fresh,
      received: this.bytesUnfinished + this.bytesOf(this.uncommitted) || undefined,
      fetchedTwice: this.fetchedTwice || undefined,
      hashes: this.ownHashes?.slice(),
    };
  }

  /** Bytes of pieces that are verified and in the journal: a crash takes none of them back. */
  get bytesVerified(): number {
    return this.bytesWhole - (this.isDelivered ? 0 : this.bytesOf(this.uncommitted) + this.bytesOf(this.committing));
  }

  /** Bytes on the disk, those of unfinished pieces included. */
  get bytesReceived(): number {
    return Math.min(this.spec.size, this.bytesWhole + this.bytesUnfinished);
  }

  /** Bytes of all verified pieces, without a look at each of them: it is asked for every file, several times a second. */
  private get bytesWhole(): number {
    const { verified, spec, pieces } = this;
    if (this.isDelivered || verified.full) return spec.size;
    const last = pieces - 1;
    return verified.size * spec.pieceLength - (verified.has(last) ? spec.pieceLength - this.lengthOf(last) : 0);
  }

  private get bytesUnfinished(): number {
    if (this.isDelivered) return 0;
    let bytes = this.receivedBefore;
    for (const received of this.partial.values()) bytes += received;
    return bytes;
  }

  private bytesOf(pieces: Iterable<number>): number {
    let bytes = 0;
    for (const piece of pieces) bytes += this.lengthOf(piece);
    return bytes;
  }

  /** Bytes of piece `piece`. */
  lengthOf(piece: number): number {
    const { start, end } = this.span(piece);
    return end - start;
  }

  /** True when nothing but the hash of the whole file tells that it is right: its pieces protect the bytes only once they are here. */
  get needsProof(): boolean {
    return this.spec.hashes === undefined && this.spec.sha256 !== undefined && this.pieces > 0;
  }

  /** Only hashes can tell whether a whole file is the right one. */
  get canComeWhole(): boolean {
    return this.spec.hashes !== undefined && this.spec.offset === undefined;
  }

  /** True while nobody has said that the file, which was handed over, has arrived: its part is kept. */
  get isUnconfirmed(): boolean {
    return this.state.kind === 'handed-over' && this.state.confirmed !== true;
  }

  /** Nothing of it is there, or on its way. */
  get isUntouched(): boolean {
    return this.state.kind === 'waiting' && !this.part && !this.busy && !this.given && this.verified.size === 0;
  }

  get isDelivered(): boolean {
    return this.state.kind === 'saved' || this.state.kind === 'handed-over';
  }
}

/** One order in this run of the engine. */
export class OrderRun {
  readonly files: readonly FileRun[];
  /** Begins higher than that of an earlier worker, so that a page which knew that one misses nothing. */
  revision = Date.now() * 1000;
  /** Why nothing is done for the order at the moment. */
  reason: AppErrorData | undefined;
  /** No attempt before this moment, `performance.now()` in ms; Infinity while the user is needed. */
  notBefore = 0;
  waits = 0;
  /** True after the disk was full, until it takes bytes again: nothing is requested before, only what is in the folder already is found. */
  needsRoom = false;
  /** When bytes arrived last, or it was started, `performance.now()` in ms. */
  progressAt = 0;
  connections = 0;
  readonly speed = new Speed();
  private readonly changes = pLimit(1);
  /** Whose turn it is at a part, by the number of the file. */
  readonly turns = new Turns<number>();
  private names: Set<string> | undefined;

  constructor(
    public record: OrderRecord,
    public spec: OrderSpec,
    records: readonly FileRecord[],
  ) {
    const paths = safePaths(spec.files.map((file) => file.path));
    const known = new Map(records.map((file) => [file.file, file]));
    this.files = spec.files.map((file, i) => new FileRun(this, i, file, paths[i] as string, known.get(i)));
  }

  /** Its folder in the one that the user picked. An id can be a name that Windows keeps for itself. */
  get folder(): string {
    return safeName(this.record.id);
  }

  /** True when a file has this name by its own right, whatever the case. */
  hasName(path: string): boolean {
    this.names ??= new Set(this.files.map((file) => file.safePath.toLowerCase()));
    return this.names.has(path.toLowerCase());
  }

  get isRunning(): boolean {
    return this.record.will === 'started';
  }

  /** Changes what the journal says of the order; one change after the other, so that none is lost. Throws what the journal throws. */
  async put(change: Partial<OrderRecord>, journal: Journal): Promise<void> {
    await this.changes(async () => {
      await journal.putOrder({ ...this.record, ...change });
      this.record = { ...this.record, ...change };
    });
  }

  /** Stops work on the order until `retryAt` (`performance.now()` in ms; Infinity: until the user acts). */
  wait(error: AppError, retryAt: number): void {
    this.reason = error.toData();
    this.notBefore = retryAt;
  }

  /** Bytes arrived: the reason of a wait that is over is gone. A wait that the server asked for is kept. */
  progressed(now: number): void {
    this.progressAt = now;
    if (this.notBefore > now) return;
    this.clearWait();
    this.waits = 0;
  }

  /** A wait is over, or is cut short: what waits for room on the disk still says so until there is some. */
  clearWait(): void {
    if (!this.needsRoom) this.reason = undefined;
    this.notBefore = 0;
  }
}
