import { backoff } from './backoff.ts';
import { sendReceipts } from './access.ts';
import type { OrderRun } from './order-run.ts';
import type { Journal } from './ports.ts';

/** Files that are saved within this time, in ms, share a receipt. */
const GATHER = 5_000;
const BATCH = 1000;
const MAX_ATTEMPTS = 5;

/** Tells the sender which files are verified and saved, or were handed over and found by the user, where the order's manifest asks for it and the page says so. */
export class Receipts {
  private readonly running = new Set<OrderRun>();
  /** What was told in this run. */
  private readonly told = new WeakMap<OrderRun, Set<number>>();

  constructor(private readonly journal: Journal) {}

  /** Called when a file was saved, and at the start: sends what was not sent yet. An order never waits for it. */
  due(order: OrderRun): void {
    if (!order.spec.receipts || order.record.at !== undefined || this.running.has(order)) return;
    if (saved(order).length === (order.record.receipted ?? 0)) return;
    this.running.add(order);
    void this.send(order).finally(() => this.running.delete(order));
  }

  private async send(order: OrderRun): Promise<void> {
    // those of an earlier run all at once: the service keeps each batch once, and a file that it has twice counts once
    const told = this.told.get(order) ?? new Set<number>();
    this.told.set(order, told);
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      await new Promise((resolve) => setTimeout(resolve, attempt === 1 ? GATHER : backoff(attempt)));
      const files = saved(order);
      const due = files.filter(({ file }) => !told.has(file));
      try {
        for (let at = 0; at < due.length; at += BATCH) {
          const batch = due.slice(at, at + BATCH);
          await sendReceipts(order.record, batch);
          for (const { file } of batch) told.add(file);
        }
        await order.put({ receipted: files.length }, this.journal);
        if (saved(order).length === files.length) return;
        attempt = 0;
      } catch {
        // tried again here, and at the next start
      }
    }
  }
}

function saved(order: OrderRun): { file: number; sha256: string }[] {
  return order.files.flatMap(({ index, spec, isDelivered, isUnconfirmed }) =>
    isDelivered && !isUnconfirmed && spec.sha256 !== undefined ? [{ file: index, sha256: spec.sha256 }] : [],
  );
}
