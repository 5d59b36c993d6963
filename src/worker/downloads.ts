import { AppError, toAppError, type ErrorCode } from '../order/errors.ts';
import { backoff } from './backoff.ts';
import { Connections } from './connections.ts';
import type { Grants } from './grants.ts';
import type { FileRun, OrderRun } from './order-run.ts';
import type { Journal, PartStore } from './ports.ts';
import { Receiver } from './receive.ts';
import { reconcile } from './recovery.ts';
import { nextRange, type RangeTask } from './scheduler.ts';
import { Speed } from './snapshots.ts';

/** Failures in a row, without a byte between them, after which a file fails. */
const MAX_ATTEMPTS = 8;
/** Lost connections in a row after which the page says that the store cannot be reached. */
const UNREACHABLE_AFTER = 3;
/** These stop the order, not only the file. */
const ORDER_CODES: ReadonlySet<ErrorCode> = new Set([
  'key-invalid',
  'key-expired',
  'key-revoked',
  'password-needed',
  'order-unknown',
  'link-expired',
]);

/** What downloading needs of the engine. */
export interface DownloadPorts {
  readonly journal: Journal;
  readonly parts: PartStore;
  readonly grants: Grants;
  readonly orders: () => readonly OrderRun[];
  /** True while verified files are being saved. */
  readonly saving: () => boolean;
  readonly onComplete: (file: FileRun) => void;
  readonly onChange: () => void;
}

/** Keeps the connections busy, and decides what a failure means. */
export class Downloads {
  readonly speed = new Speed();
  private readonly connections = new Connections();
  private readonly receiver: Receiver;
  private wake: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly ports: DownloadPorts) {
    this.receiver = new Receiver(
      ports.journal,
      (file) => {
        ports.onComplete(file);
        this.pump();
      },
      (file, error) => void this.failed(file, error).finally(() => this.pump()),
    );
  }

  /** Starts all work that is due. Called whenever something changed. */
  pump(): void {
    this.ports.onChange();
    while (this.connections.active < this.connections.limit) {
      const task = nextRange(this.ports.orders(), {
        now: performance.now(),
        connections: this.connections.limit,
        saving: this.ports.saving(),
      });
      if (!task) break;
      void (task.file.part ? this.fetch(task) : this.begin(task.file));
    }
    this.wakeWhenDue();
  }

  /** Conditions may have changed (online, resume): tries at once what waits by itself. */
  tryNow(orders: readonly OrderRun[]): void {
    for (const order of orders) {
      order.clearWait();
      for (const file of order.files) file.notBefore = 0;
    }
    this.pump();
  }

  /** Empty files have nothing to fetch. */
  async completeEmptyFiles(order: OrderRun): Promise<void> {
    for (const file of order.files) {
      if (file.pieces > 0 || file.state.kind !== 'waiting') continue;
      file.apply({ kind: 'begin' });
      file.apply({ kind: 'complete' });
      await this.ports.journal.putFile(file.record());
      this.ports.onComplete(file);
    }
  }

  /** Ends the transfers of a file, commits what it has and closes its part. */
  async stop(file: FileRun): Promise<void> {
    file.abort.abort();
    file.abort = new AbortController();
    if (!file.part) return;
    await this.receiver.settle(file);
    file.part?.close();
    file.part = undefined;
    file.touch();
  }

  private async begin(file: FileRun): Promise<void> {
    const { signal } = file.abort;
    file.opening = true;
    this.connections.active++;
    try {
      const part = await this.ports.parts.open(file.order.record.order, file.index);
      if (signal.aborted) {
        part.close();
        return;
      }
      file.part = part;
      const whole = reconcile(file, part);
      file.apply({ kind: 'begin' });
      await this.ports.journal.putFile(file.record());
      for (const piece of whole) void this.receiver.check(file, piece);
      if (file.verified.full) await this.receiver.settle(file);
    } catch (error) {
      if (!signal.aborted) await this.failed(file, toAppError(error, 'storage-failed'));
    } finally {
      file.opening = false;
      this.connections.active--;
      this.pump();
    }
  }

  private async fetch(task: RangeTask): Promise<void> {
    const { file } = task;
    const { order } = file;
    const { signal } = file.abort;
    this.connections.active++;
    order.connections++;
    try {
      await this.receiver.receive(
        task,
        () => this.ports.grants.url(order, file.index),
        (count) => {
          order.progressed(performance.now());
          this.speed.add(count);
          this.connections.received(count, performance.now());
          this.ports.onChange();
        },
      );
    } catch (error) {
      if (!signal.aborted) await this.failed(file, toAppError(error, 'engine-failed'));
    } finally {
      this.connections.active--;
      order.connections--;
      this.pump();
    }
  }

  private async failed(file: FileRun, error: AppError): Promise<void> {
    const { order } = file;
    if (error.code === 'disk-full') {
      for (const each of this.ports.orders()) if (each.isRunning) each.wait(error, Infinity);
      return;
    }
    if (ORDER_CODES.has(error.code)) return order.wait(error, Infinity);
    switch (error.rule) {
      case 'wait':
        return this.wait(order, error);
      case 'renew':
        this.ports.grants.drop(order, file.index);
        if (file.spec.url !== undefined) {
          const expired = new AppError('link-expired', 'The link has expired. Everything received is kept.');
          return order.wait(expired, Infinity);
        }
        return this.tryAgain(file, error, file.attempts === 0 ? 0 : backoff(file.attempts));
      case 'retry':
        if (error.code === 'connection-lost' || error.code === 'stalled') return this.connectionLost(file);
        return this.tryAgain(file, error, backoff(file.attempts + 1));
      case 'source':
        // a damaged piece counted its strike where it was checked
        if (error.code !== 'piece-damaged' && ++file.strikes >= 3) return this.fail(file, error);
        file.notBefore = performance.now() + backoff(1);
        return;
      case 'ask':
      case 'final':
        return this.fail(file, error);
    }
  }

  private wait(order: OrderRun, error: AppError): void {
    const now = performance.now();
    if (error.code === 'server-busy') this.connections.halve(now);
    order.waits++;
    order.wait(error, now + Math.max(Number(error.detail['retryAfter'] ?? 0), backoff(order.waits)));
  }

  /** DNS, TLS, CORS and a pulled cable look the same to a page: asking its own origin tells them apart. */
  private async connectionLost(file: FileRun): Promise<void> {
    file.attempts++;
    file.notBefore = performance.now() + backoff(file.attempts);
    if (!(await ownOriginAnswers())) {
      this.wait(
        file.order,
        new AppError('offline', 'No network. Everything is kept; goes on by itself when it is back.'),
      );
    } else if (file.attempts >= UNREACHABLE_AFTER) {
      this.wait(file.order, new AppError('source-unreachable', 'The server with the files cannot be reached.'));
    }
  }

  private async tryAgain(file: FileRun, error: AppError, delay: number): Promise<void> {
    if (++file.attempts >= MAX_ATTEMPTS) return this.fail(file, error);
    file.notBefore = performance.now() + delay;
  }

  private async fail(file: FileRun, error: AppError): Promise<void> {
    await this.stop(file);
    file.apply({ kind: 'fail', error: error.toData() });
    await this.ports.journal.putFile(file.record());
  }

  private wakeWhenDue(): void {
    clearTimeout(this.wake);
    const now = performance.now();
    let due = Infinity;
    for (const order of this.ports.orders()) {
      if (!order.isRunning) continue;
      if (order.notBefore > now) due = Math.min(due, order.notBefore);
      for (const file of order.files) if (file.notBefore > now) due = Math.min(due, file.notBefore);
    }
    if (due < Infinity) this.wake = setTimeout(() => this.pump(), due - now + 10);
  }
}

async function ownOriginAnswers(): Promise<boolean> {
  try {
    await fetch('/healthz', { cache: 'no-store', signal: AbortSignal.timeout(5_000) });
    return true;
  } catch {
    return false;
  }
}
