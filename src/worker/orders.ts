import pLimit from 'p-limit';
import { AppError } from '../order/errors.ts';
import type { EventLog } from './event-log.ts';
import type { NewOrder } from './open-order.ts';
import { OrderRun, type FileRun } from './order-run.ts';
import { readOrderSpec } from './order-spec.ts';
import { rankOf, type Journal, type OrderRecord, type PartStore } from './ports.ts';

/** What the list of orders is kept in. */
interface OrderPorts {
  readonly journal: Journal;
  readonly parts: PartStore;
  readonly log: EventLog;
}

/** The orders in the list, as the journal has them, in the order of work. */
export class Orders {
  readonly list: OrderRun[] = [];
  /** Adding and removing, one after the other: the same order may be meant. */
  private readonly turn = pLimit(1);

  constructor(private readonly ports: OrderPorts) {}

  /** Takes up what the journal has, and removes what a crash left in the part store. */
  async load(): Promise<void> {
    const { journal, log } = this.ports;
    for (const record of await journal.orders()) {
      const description = await journal.description(record.order);
      if (!description) continue;
      const files = await journal.files(record.order);
      try {
        this.list.push(new OrderRun(record, readOrderSpec(record.kind, description), files));
      } catch (error) {
        log.add(`${record.id} cannot be read: ${String(error)}`);
      }
    }
    await this.removeLeftovers();
  }

  /** The journal, but for late records of files whose order was removed meanwhile: nobody would ever remove those. */
  guarded(): Journal {
    const { journal } = this.ports;
    const isListed = (order: string): boolean => this.list.some(({ record }) => record.order === order);
    return {
      ...journal,
      putFile: (record, durability) =>
        isListed(record.order) ? journal.putFile(record, durability) : Promise.resolve(),
      putOrder: (record) => (isListed(record.order) ? journal.putOrder(record) : Promise.resolve()),
    };
  }

  find(order: string): OrderRun {
    const run = this.list.find((each) => each.record.order === order);
    if (!run) throw new AppError('order-unknown', 'This order is not in the list any more.');
    return run;
  }

  file(order: string, index: number): FileRun {
    const file = this.find(order).files[index];
    if (!file) throw new AppError('order-unknown', 'This file is not in the order.');
    return file;
  }

  /** Lists a new order; one that came in twice at once is listed once. */
  async add({ record, description }: NewOrder): Promise<{ order: string }> {
    const { order, key, password, at } = record;
    await this.turn(async () => {
      const known = this.list.find((each) => each.record.order === order);
      if (known) return this.put(known, { key, password, at });
      const run = new OrderRun(record, readOrderSpec(record.kind, description), []);
      await this.ports.journal.addOrder(record, description);
      this.list.push(run);
    });
    return { order };
  }

  /** Changes what the journal says of an order. */
  async put(run: OrderRun, change: Partial<OrderRecord>): Promise<void> {
    await run.put(change, this.guarded());
  }

  /** Removes an order when `stop` has ended all work on it. */
  async remove(order: string, stop: (run: OrderRun) => Promise<void>): Promise<void> {
    await this.turn(async () => {
      const run = this.find(order);
      run.record = { ...run.record, will: 'paused' };
      await stop(run);
      this.list.splice(this.list.indexOf(run), 1);
      try {
        await this.ports.journal.removeOrder(order);
      } catch (error) {
        this.list.push(run);
        this.sort();
        throw error;
      }
      // parts that could not be removed are removed at the next start
      await this.ports.parts.removeOrder(order).catch(() => undefined);
    });
  }

  /** Puts an order before all others. */
  async putFirst(run: OrderRun): Promise<void> {
    await this.put(run, { rank: Math.min(...this.list.map((each) => rankOf(each.record))) - 1 });
    this.sort();
  }

  private sort(): void {
    this.list.sort((a, b) => rankOf(a.record) - rankOf(b.record));
  }

  /**
   * Parts of orders that the journal does not know, and of files that are saved or confirmed: a crash came before their removal.
   * Those of files that a power cut could have taken back are kept until it was looked. What cannot be removed now is no reason not to
   * start. The parts of an order that cannot be read, and is not listed, are left alone, and so are all where the journal is empty: the
   * browser may have lost it together with its copy, and an order that is opened again finds them.
   */
  private async removeLeftovers(): Promise<void> {
    const { journal, parts } = this.ports;
    const known = new Set(await journal.known());
    for (const order of await parts.orders().catch(() => [])) {
      if (known.size > 0 && !known.has(order)) await parts.removeOrder(order).catch(() => undefined);
      const run = this.list.find((each) => each.record.order === order);
      if (!run) continue;
      for (const index of await parts.files(order).catch(() => [])) {
        const file = run.files[index];
        const needed = !file?.isDelivered || file.isUnconfirmed || file.fresh;
        if (!needed) await parts.remove(order, index).catch(() => undefined);
      }
    }
  }
}
