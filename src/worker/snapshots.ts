import { errorRules, type AppErrorData } from '../order/errors.ts';
import type { FileRow, FileStatus, OrderState, OrderSummary } from '../engine-api.ts';
import { checksumsAreDue } from './checksums.ts';
import type { FileRun, OrderRun } from './order-run.ts';

/** At most eight complete files wait for the destination, so that is what an order occupies beyond the saved ones. */
const FILES_AT_ONCE = 8;

/** Without a byte for this long, in ms, an order says what it met: a stall is noticed after 20 s, and nobody waits 30 s for a word. */
const QUIET = 15_000;

/** Received bytes per second, smoothed over some seconds. */
export class Speed {
  private bytes = 0;
  private rate = 0;
  private since = performance.now();

  add(bytes: number): void {
    this.bytes += bytes;
  }

  /** `now` is `performance.now()` in ms. */
  perSecond(now: number): number {
    const passed = now - this.since;
    if (passed >= 1000) {
      const weight = Math.min(1, passed / 4000);
      this.rate += weight * ((this.bytes * 1000) / passed - this.rate);
      this.bytes = 0;
      this.since = now;
    }
    return this.rate < 1000 ? 0 : Math.round(this.rate);
  }
}

/** The list's view of an order. `blocked` is why nothing can be saved at the moment, `folders` where its saved files are. */
export function summarize(
  run: OrderRun,
  speed: number,
  blocked: OrderSummary['reason'],
  folders: OrderSummary['folders'],
): OrderSummary {
  const count = { saved: 0, handed: 0, unconfirmed: 0, failed: 0, refused: 0, saving: 0, unsaved: 0, coming: 0 };
  const bytes = { received: 0, verified: 0, saved: 0, unconfirmed: 0, unsaved: 0 };
  const active: string[] = [];
  const tooLarge: AppErrorData[] = [];
  let largest = 0;
  for (const file of run.files) {
    bytes.received += file.bytesReceived;
    bytes.verified += file.bytesVerified;
    largest = Math.max(largest, file.spec.size);
    const { kind } = file.state;
    if (file.isDelivered) bytes.saved += file.spec.size;
    else bytes.unsaved += file.bytesReceived;
    if (kind === 'saved') count.saved++;
    if (kind === 'handed-over') count.handed++;
    if (file.isUnconfirmed) {
      count.unconfirmed++;
      bytes.unconfirmed += file.spec.size;
    }
    if (kind === 'failed') count.failed++;
    if (kind === 'saving') count.saving++;
    if (file.refused?.code === 'file-too-large') tooLarge.push(file.refused);
    else if (file.refused && kind === 'verified') count.refused++;
    else if (kind === 'verified' || kind === 'saving') count.unsaved++;
    if (kind === 'waiting' || kind === 'downloading') count.coming++;
    if (kind === 'downloading' && active.length < 3) active.push(file.spec.path);
  }
  const unlisted = checksumsAreDue(run) ? 1 : 0;
  const left = run.files.length - count.saved - count.handed - count.failed + unlisted;
  const unsaved = count.unsaved + unlisted > 0 ? blocked : undefined;
  const troubled = troubledFile(run);
  // what is over has no reason to wait, even when its last file failed while the order waited
  const large = left === tooLarge.length ? tooLarge[0] : undefined;
  const reason = left === 0 ? undefined : (run.reason ?? unsaved ?? large ?? troubled?.trouble);
  return {
    order: run.record.order,
    id: run.record.id,
    title: run.record.title,
    kind: run.record.kind,
    folders,
    receipts: run.spec.receipts && run.record.at === undefined,
    state: orderState(run, { left, failed: count.failed, coming: count.coming }, reason, troubled?.trouble),
    reason,
    retryAt: reason && retryAt(reason === troubled?.trouble ? troubled.notBefore : run.notBefore),
    files: run.files.length,
    filesSaved: count.saved,
    filesHandedOver: count.handed,
    filesUnconfirmed: count.unconfirmed,
    filesFailed: count.failed,
    filesRefused: count.refused,
    filesSaving: count.saving,
    bytes: run.record.bytes,
    bytesReceived: bytes.received,
    bytesVerified: bytes.verified,
    bytesSaved: bytes.saved,
    bytesUnconfirmed: bytes.unconfirmed,
    bytesOnDisk: bytes.unsaved + bytes.unconfirmed,
    bytesFetchedTwice: run.bytesFetchedTwice,
    bytesPerSecond: run.connections > 0 ? speed : 0,
    connections: run.connections,
    active,
    diskNeeded: Math.min(run.record.bytes, largest * FILES_AT_ONCE),
  };
}

/** Files of an order that are not delivered, that failed, and that are still to be received. */
interface Remaining {
  readonly left: number;
  readonly failed: number;
  readonly coming: number;
}
type Reason = OrderSummary['reason'];

function orderState(run: OrderRun, { left, failed, coming }: Remaining, stop: Reason, trouble: Reason): OrderState {
  if (run.record.will === 'ready' || run.record.will === 'paused') return run.record.will;
  if (left === 0) return failed > 0 ? 'attention' : 'done';
  if (!stop) return 'running';
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

/** A file's row. */
export function fileRow(file: FileRun): FileRow {
  const { state, spec } = file;
  const savedAs = ('name' in state ? state.name : undefined) ?? file.safePath;
  const partly = !file.isDelivered && file.verified.size > 0 && !file.verified.full;
  return {
    file: file.index,
    path: spec.path,
    savedAs: savedAs === spec.path ? undefined : savedAs,
    size: spec.size,
    sha256: spec.sha256,
    status: fileStatus(file),
    bytesReceived: file.bytesReceived,
    bytesVerified: file.bytesVerified,
    pieceCount: file.pieces,
    pieces: partly ? file.verified.bytes.slice() : undefined,
    error: state.kind === 'failed' ? state.error : file.refused,
  };
}

function fileStatus({ state, order }: FileRun): FileStatus {
  const stoppable = state.kind === 'waiting' || state.kind === 'downloading';
  return stoppable && order.record.will === 'paused' ? 'paused' : state.kind;
}
