import { errorRules, type AppErrorData } from '../order/errors.ts';
import { presignedEnd } from '../order/presigned-end.ts';
import type { FileRow, FileStatus, OrderState, OrderSummary } from '../engine-api.ts';
import { PieceSet } from '../order/pieces.ts';
import { checksumsAreDue } from './checksums.ts';
import type { FileRun, OrderRun } from './order-run.ts';
import { MAX_UNSAVED, SMALL_UNSAVED } from './scheduler.ts';
import { secondsLeft } from './time-left.ts';

/** Without a byte for this long, in ms, an order says what it met: a stall is noticed after 20 s, and nobody waits 30 s for a word. */
const QUIET = 15_000;

/**
 * The same where nothing failed yet, in ms: a late grant and a silent store, one after the other, take longer than either may.
 */
const SILENT = 25_000;
const SILENCE: AppErrorData = { code: 'stalled', message: 'No byte came for 25 seconds.', detail: {} };

/** What the summaries of all orders have in common. */
export interface Surroundings {
  /** `performance.now()` in ms. */
  readonly now: number;
  /** Why nothing can be saved at the moment. */
  readonly blocked: OrderSummary['reason'];
  /** Bytes a second that the folder takes; undefined when there is no folder. */
  readonly saving: number | undefined;
  /** Open connections of all orders. */
  readonly connections: number;
}

/**
 * The list's view of an order; `folders` are where its saved files are. It is made several times a second, so it looks at files, never
 * at their pieces.
 */
export function summarize(
  run: OrderRun,
  { now, blocked, saving, connections }: Surroundings,
  folders: OrderSummary['folders'],
): OrderSummary {
  const count = {
    saved: 0,
    handed: 0,
    unconfirmed: 0,
    failed: 0,
    refused: 0,
    saving: 0,
    unsaved: 0,
    coming: 0,
    compared: 0,
  };
  const bytes = { received: 0, verified: 0, saved: 0, unconfirmed: 0, unsaved: 0, twice: 0, toReceive: 0, toSave: 0 };
  const active: string[] = [];
  const tooLarge: AppErrorData[] = [];
  const largest = { size: 0, unsaved: 0 };
  for (const file of run.files) {
    const { size } = file.spec;
    const { kind } = file.state;
    const received = file.bytesReceived;
    bytes.received += received;
    bytes.verified += file.bytesVerified;
    bytes.twice += file.fetchedTwice;
    largest.size = Math.max(largest.size, size);
    if (kind === 'waiting' || kind === 'downloading') bytes.toReceive += size - received;
    if (!file.isDelivered && kind !== 'failed' && !file.refused) {
      bytes.toSave += size;
      largest.unsaved = Math.max(largest.unsaved, size);
    }
    if (!file.isDelivered) bytes.unsaved += received;
    if (kind === 'saved') {
      count.saved++;
      bytes.saved += size;
    }
    if (kind === 'handed-over') count.handed++;
    if (file.isUnconfirmed) {
      count.unconfirmed++;
      bytes.unconfirmed += size;
    }
    if (kind === 'failed') count.failed++;
    if (file.comparing) count.compared++;
    if (kind === 'saving' || file.givenIsSaving) count.saving++;
    if (file.refused?.code === 'file-too-large') tooLarge.push(file.refused);
    else if (file.refused && kind === 'verified') count.refused++;
    else if (kind === 'verified' || kind === 'saving' || file.given) count.unsaved++;
    if ((kind === 'waiting' || kind === 'downloading') && !file.given) count.coming++;
    if (kind === 'downloading' && active.length < 3) active.push(file.spec.path);
  }
  const unlisted = checksumsAreDue(run) ? 1 : 0;
  const left = run.files.length - count.saved - count.handed - count.failed + unlisted;
  const unsaved = count.unsaved + unlisted > 0 ? blocked : undefined;
  const troubled = troubledFile(run);
  const silent = run.isRunning && run.connections > 0 && count.coming > 0 && now - run.progressAt > SILENT;
  const trouble = troubled?.trouble ?? (silent && count.saving === 0 ? SILENCE : undefined);
  // what is over has no reason to wait, even when its last file failed while the order waited
  const large = left === tooLarge.length ? tooLarge[0] : undefined;
  const reason = left === 0 ? undefined : (run.reason ?? unsaved ?? large ?? trouble);
  const busy = run.connections + count.compared > 0;
  const idle = connections > 0 && !busy && now - run.progressAt > QUIET;
  const remaining = { left, failed: count.failed, coming: count.coming, queued: idle && left === count.coming };
  const state = orderState(run, remaining, reason, trouble);
  const receiving = state === 'running' ? run.speed.perSecond(now) : run.speed.reset();
  const work = {
    toReceive: bytes.toReceive,
    receiving,
    toSave: saving === undefined || blocked ? 0 : bytes.toSave,
    saving: saving ?? 1,
    largest: largest.unsaved,
  };
  return {
    order: run.record.order,
    id: run.record.id,
    title: run.record.title,
    kind: run.record.kind,
    folders,
    checksums: run.files.every(hasChecksums),
    receipts: run.spec.receipts && run.record.at === undefined,
    isStatic: run.record.at !== undefined,
    endsAt: run.record.at === undefined ? undefined : presignedEnd(run.record.at),
    state,
    reason,
    retryAt: reason && retryAt(reason === troubled?.trouble ? troubled.notBefore : run.notBefore),
    files: run.files.length,
    filesSaved: count.saved,
    filesHandedOver: count.handed,
    filesUnconfirmed: count.unconfirmed,
    filesFailed: count.failed,
    filesRefused: count.refused,
    filesSaving: count.saving,
    filesCompared: count.compared,
    bytes: run.record.bytes,
    bytesReceived: bytes.received,
    bytesVerified: bytes.verified,
    bytesSaved: bytes.saved,
    bytesUnconfirmed: bytes.unconfirmed,
    bytesOnDisk: bytes.unsaved + bytes.unconfirmed,
    bytesFetchedTwice: bytes.twice,
    bytesPerSecond: receiving,
    secondsLeft: state === 'running' ? secondsLeft(work) : undefined,
    connections: run.connections,
    doneAt: state === 'done' ? run.record.doneAt : undefined,
    active,
    // so many wait for the destination at most, beyond those that are saved
    diskNeeded: Math.min(run.record.bytes, Math.max(largest.size * MAX_UNSAVED, SMALL_UNSAVED)),
  };
}

/** Files of an order that are not delivered, that failed, and that are still to be received. */
interface Remaining {
  readonly left: number;
  readonly failed: number;
  readonly coming: number;
  /** True while other orders have all connections, and this one has nothing else to do. */
  readonly queued: boolean;
}
type Reason = OrderSummary['reason'];

function orderState(
  run: OrderRun,
  { left, failed, coming, queued }: Remaining,
  stop: Reason,
  trouble: Reason,
): OrderState {
  if (run.record.will === 'ready' || run.record.will === 'paused') return run.record.will;
  if (left === 0) return failed > 0 ? 'attention' : 'done';
  if (!stop) return queued ? 'waiting' : 'running';
  if (stop === trouble) return 'waiting';
  // saving that is stopped does not stop the download
  if (run.reason === undefined) return coming > 0 ? 'running' : 'attention';
  const asks = errorRules[run.reason.code] === 'ask';
  return run.notBefore === Infinity || asks ? 'attention' : 'waiting';
}

/** Of a running order that receives nothing: a file that met something, the one that is tried again first. */
function troubledFile(run: OrderRun): FileRun | undefined {
  if (!run.isRunning || performance.now() - run.progressAt < QUIET) return undefined;
  const open = run.files.filter(({ state }) => state.kind === 'waiting' || state.kind === 'downloading');
  return open.filter(({ trouble }) => trouble).sort((a, b) => a.notBefore - b.notBefore)[0];
}

/** Ms since the epoch, from the engine's own clock. */
function retryAt(due: number): number | undefined {
  const wait = due - performance.now();
  return wait > 0 && wait !== Infinity ? Math.round(Date.now() + wait) : undefined;
}

function bitsOf({ pieces, isDelivered }: FileRun, numbers: Iterable<number>): Uint8Array | undefined {
  const bits = new PieceSet(pieces);
  for (const piece of numbers) if (piece >= 0) bits.add(piece);
  return isDelivered || bits.size === 0 ? undefined : bits.bytes;
}

function hasChecksums({ spec }: FileRun): boolean {
  return spec.size === 0 || spec.hashes !== undefined || spec.sha256 !== undefined;
}

/** A file's row. */
export function fileRow(file: FileRun): FileRow {
  const { state, spec } = file;
  const savedAs = ('name' in state ? state.name : undefined) ?? file.safePath;
  const partly = !file.isDelivered && file.verified.size > 0 && file.bytesVerified < spec.size;
  return {
    file: file.index,
    path: spec.path,
    savedAs: savedAs === spec.path ? undefined : savedAs,
    size: spec.size,
    checksums: hasChecksums(file),
    sha256: spec.sha256,
    status: fileStatus(file),
    bytesReceived: file.bytesReceived,
    bytesVerified: file.bytesVerified,
    pieceCount: file.pieces,
    pieces: partly ? file.verified.bytes.slice() : undefined,
    begun: bitsOf(file, file.partial.keys()),
    bad: bitsOf(file, file.damaged.keys()),
    kept: file.isUnconfirmed,
    error: state.kind === 'failed' ? state.error : file.refused,
  };
}

function fileStatus({ state, order, givenIsSaving }: FileRun): FileStatus {
  if (givenIsSaving) return 'saving';
  const stoppable = state.kind === 'waiting' || state.kind === 'downloading';
  return stoppable && order.record.will === 'paused' ? 'paused' : state.kind;
}
