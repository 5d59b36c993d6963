import pLimit from 'p-limit';
import { toAppError, type AppErrorData } from '../order/errors.ts';
import { backoff } from './backoff.ts';
import { checksumCount, checksumsAreDue, writeChecksums } from './checksums.ts';
import type { FileRun, OrderRun } from './order-run.ts';
import type { Destination } from './ports.ts';
import { saveFile, type SavePorts } from './save.ts';

/** Closing a saved file waits on the browser's own check (measured): four at once are the fastest. */
const AT_ONCE = 4;
const MAX_ATTEMPTS = 3;

/** What the queue of saves needs of the engine. */
export interface SaveQueuePorts extends SavePorts {
  /** The user's folder for an order; undefined when there is none or it needs the user's permission. */
  readonly destination: (order: OrderRun) => Destination | undefined;
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

  constructor(private readonly ports: SaveQueuePorts) {}

  /** Queues a verified file, or one whose save was interrupted. */
  add(file: FileRun): void {
    const due = (file.state.kind === 'verified' || file.state.kind === 'saving') && !file.refused;
    if (!due || this.blocked || this.queued.has(file) || !this.ports.destination(file.order)) return;
    const job = this.limit(() => this.save(file)).finally(() => {
      this.queued.delete(file);
      this.ports.onChange();
    });
    this.queued.set(file, job);
  }

  /** Takes up saving again after the user acted, and at the start. */
  resume(orders: readonly OrderRun[]): void {
    this.blocked = undefined;
    for (const order of orders) {
      for (const file of order.files) this.add(file);
      this.finish(order);
    }
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
    const to = this.ports.destination(order);
    if (this.finishing.has(order) || this.blocked || !to || !order.isRunning || !checksumsAreDue(order)) return;
    const job = this.writeChecksums(order, to).finally(() => {
      this.finishing.delete(order);
      this.ports.onChange();
    });
    this.finishing.set(order, job);
  }

  private async save(file: FileRun): Promise<void> {
    const to = this.ports.destination(file.order);
    if (this.blocked || !to) return;
    try {
      await saveFile(file, to, this.ports);
      this.attempts.delete(file);
      this.finish(file.order);
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
        if (error.rule === 'ask') {
          this.blocked = error.toData();
          return;
        }
        // the files themselves are whole: their list is not worth an order that never ends
        listed = attempt < MAX_ATTEMPTS ? 0 : checksumCount(order);
        await new Promise((resolve) => setTimeout(resolve, backoff(attempt)));
      }
      if (listed === 0) continue;
      order.record = { ...order.record, listed };
      await this.ports.journal.putOrder(order.record);
    }
  }

  private async failed(file: FileRun, thrown: unknown): Promise<void> {
    const error = toAppError(thrown, 'save-refused');
    if (error.rule === 'ask') {
      file.apply({ kind: 'save-stopped' });
      this.blocked = error.toData();
    } else if (error.code === 'piece-damaged') {
      file.apply({ kind: 'damaged' });
    } else {
      const attempt = (this.attempts.get(file) ?? 0) + 1;
      this.attempts.set(file, attempt);
      file.apply({ kind: 'save-stopped' });
      if (attempt < MAX_ATTEMPTS) setTimeout(() => this.add(file), backoff(attempt));
      else file.refused = error.toData();
    }
    await this.ports.journal.putFile(file.record());
  }
}
