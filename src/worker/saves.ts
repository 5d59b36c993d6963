import pLimit from 'p-limit';
import { toAppError, type AppError, type AppErrorData } from '../order/errors.ts';
import { backoff } from './backoff.ts';
import { checksumCount, checksumsAreDue, writeChecksums } from './checksums.ts';
import type { EventLog } from './event-log.ts';
import type { FileRun, OrderRun } from './order-run.ts';
import type { Destination } from './ports.ts';
import { adoptFile, saveFile, type SavePorts } from './save.ts';

/** Closing a saved file waits on the browser's own check (measured): four at once are the fastest. */
const AT_ONCE = 4;
const MAX_ATTEMPTS = 3;
/** Attempts to write the list of checksums, before an order is done without it. */
const LIST_ATTEMPTS = 6;
/** The next look at a full destination, or at a full disk behind the journal, in ms. */
const FULL_PAUSE = 30_000;

/** What the queue of saves needs of the engine. */
export interface SaveQueuePorts extends SavePorts {
  readonly log: EventLog;
  readonly orders: () => readonly OrderRun[];
  /** The user's folder for an order; undefined when there is none or it needs the user's permission. */
  readonly destination: (order: OrderRun) => Destination | undefined;
  /** A file was saved, or one that was saved before is known again. */
  readonly onSaved: (order: OrderRun) => void;
  readonly onChange: () => void;
}

/** Saves verified files, several at a time, while later ones are downloaded. */
export class Saves {
  /** Why nothing is saved at the moment; undefined when saving goes on. */
  blocked: AppErrorData | undefined;
  private readonly limit = pLimit(AT_ONCE);
  private readonly queued = new Map<FileRun, Promise<void>>();
  private readonly finishing = new Map<OrderRun, Promise<void>>();
  private readonly attempts = new Map<FileRun, number>();
  /** Files that wait for their next attempt. */
  private readonly resting = new Set<FileRun>();

  constructor(private readonly ports: SaveQueuePorts) {}

  /** Queues a verified file, or one whose save was interrupted. */
  add(file: FileRun): void {
    if (!isDue(file) || this.blocked || this.queued.has(file) || this.resting.has(file)) return;
    if (!this.ports.destination(file.order)) return;
    const job = this.limit(() => this.save(file)).finally(() => {
      this.queued.delete(file);
      this.add(file); // the user may have acted meanwhile
      this.finish(file.order);
      this.ports.onChange();
    });
    this.queued.set(file, job);
  }

  /** Takes up saving again after the user acted, and at the start: what stopped it stopped all orders. */
  resume(): void {
    this.blocked = undefined;
    this.resting.clear();
    for (const order of this.ports.orders()) {
      for (const file of order.files) this.add(file);
      this.finish(order);
    }
  }

  /** True when the destination has the file already: then it is saved without being fetched. */
  async adopt(file: FileRun): Promise<boolean> {
    const to = this.ports.destination(file.order);
    if (this.blocked || !to || file.verified.size > 0) return false;
    try {
      if (!(await adoptFile(file, to, this.ports))) return false;
    } catch {
      return false; // saving will meet the same trouble, and say so
    }
    this.finish(file.order);
    return true;
  }

  /** Returns when no file of `order` is being saved any more. */
  async settled(order: OrderRun): Promise<void> {
    await Promise.all([...this.queued].filter(([file]) => file.order === order).map(([, job]) => job));
    await this.finishing.get(order);
  }

  /** Takes away what begun saves left in the folder, as far as it can be reached. */
  async discardUnfinished(order: OrderRun): Promise<void> {
    const to = this.ports.destination(order);
    for (const { claimed, isDelivered } of order.files) {
      if (claimed !== undefined && !isDelivered) await to?.discard(claimed).catch(() => undefined);
    }
  }

  /** Lists the checksums when the last file is saved. The order is done after that, not before. */
  finish(order: OrderRun): void {
    this.ports.onSaved(order);
    const to = this.ports.destination(order);
    if (this.finishing.has(order) || this.blocked || !to || !order.isRunning || !checksumsAreDue(order)) return;
    const job = this.writeChecksums(order, to).finally(() => {
      this.finishing.delete(order);
      this.finish(order); // the user may have acted meanwhile
      this.ports.onChange();
    });
    this.finishing.set(order, job);
  }

  private async save(file: FileRun): Promise<void> {
    try {
      await file.alone(async () => {
        const to = this.ports.destination(file.order);
        if (this.blocked || !to || !isDue(file)) return; // something happened while it was queued
        await saveFile(file, to, this.ports);
        this.attempts.delete(file);
      });
    } catch (thrown) {
      await this.failed(file, thrown);
    }
  }

  private async writeChecksums(order: OrderRun, to: Destination): Promise<void> {
    for (let attempt = 1; checksumsAreDue(order); attempt++) {
      let listed: number;
      try {
        listed = await writeChecksums(order, to);
      } catch (thrown) {
        const error = toAppError(thrown, 'save-refused');
        if (error.rule === 'ask') return this.block(error);
        // the files themselves are whole: their list is not worth an order that never ends
        listed = attempt < LIST_ATTEMPTS ? 0 : checksumCount(order);
        await new Promise((resolve) => setTimeout(resolve, backoff(attempt)));
      }
      if (listed === 0) continue;
      // not journaled, it is written once more after the next start
      await order.put({ listed }, this.ports.journal).catch(() => (order.record = { ...order.record, listed }));
    }
  }

  /** Its bytes could not leave the part: those that are damaged are fetched again. */
  async stopped(file: FileRun, error: AppError): Promise<void> {
    this.ports.log.add(`${file.order.record.id}, saving ${file.spec.path}: ${error.code}, ${error.message}`);
    if (error.code === 'piece-damaged') file.reconciled = false;
    file.apply({ kind: error.code === 'piece-damaged' ? 'damaged' : 'save-stopped' });
    // not journaled, the next start finds the same out again
    await this.ports.journal.putFile(file.record()).catch(() => undefined);
  }

  private async failed(file: FileRun, thrown: unknown): Promise<void> {
    const error = toAppError(thrown, 'save-refused');
    await this.stopped(file, error);
    // only now may the page act on it: its own record comes after this one
    if (error.rule === 'ask') this.block(error);
    else if (error.code !== 'piece-damaged') await this.rest(file, error);
  }

  /** Nothing is saved until the user acts; a full folder is looked at again by itself. */
  private block(error: AppError): void {
    this.blocked = error.toData();
    if (error.code !== 'folder-full' && error.code !== 'disk-full') return;
    setTimeout(() => {
      if (this.blocked?.code === error.code) this.resume();
    }, FULL_PAUSE);
  }

  private async rest(file: FileRun, error: AppError): Promise<void> {
    const attempt = (this.attempts.get(file) ?? 0) + 1;
    this.attempts.set(file, attempt);
    if (attempt >= MAX_ATTEMPTS) {
      this.attempts.delete(file);
      if (error.code !== 'save-refused') {
        file.apply({ kind: 'fail', error: error.toData() });
        await this.ports.journal.putFile(file.record()).catch(() => undefined);
        return;
      }
      file.refused = error.toData();
      return;
    }
    this.resting.add(file);
    setTimeout(() => {
      if (this.resting.delete(file)) this.add(file);
    }, backoff(attempt));
  }
}

/** A verified file of an order that the user wants, and that the folder does not refuse. */
function isDue({ state, refused, order }: FileRun): boolean {
  return state.kind === 'verified' && !refused && order.isRunning;
}
