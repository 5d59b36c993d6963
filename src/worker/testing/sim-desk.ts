import { vi } from 'vitest';
import type { FileRow, OrderSummary } from '../../engine-api.ts';
import { Engine, type EnginePorts } from '../engine.ts';
import { Computer, picked } from './sim-computer.ts';
import { Machine } from './sim-machine.ts';
import { SimNetwork } from './sim-network.ts';
import type { SimOrder } from './sim-order.ts';

/**
 * A customer at a simulated computer, for tests that act step by step. The clock must be vitest's fake one; it moves only while
 * something is waited for.
 */
export class Desk {
  readonly machine = new Machine(1, []);
  readonly computer: Computer;
  /** What was asked of the store: `<file> <first byte>-<last byte>`. */
  readonly asked: string[] = [];
  engine!: Engine;
  private readonly network: SimNetwork;

  /** The first order is the one that the tests are about, unless they name another. */
  constructor(readonly published: readonly [SimOrder, ...SimOrder[]]) {
    this.computer = new Computer(this.machine, published[0]);
    this.network = new SimNetwork(this.machine, ...published);
    this.network.onRange = (_, file, start, end) => this.asked.push(`${file} ${start}-${end - 1}`);
  }

  /** Starts a browser, after a kill where one is running; `change` replaces ports. */
  async boot(change: (ports: EnginePorts) => EnginePorts = (ports) => ports): Promise<void> {
    if (this.machine.life > 0) this.kill();
    const { ports } = this.computer.boot((life) => this.network.fetch(life));
    this.engine = await this.during(Engine.start(change(ports)));
  }

  /** `kill -9`: what was not flushed may be lost, nothing of the old browser happens any more. */
  kill(): void {
    vi.clearAllTimers();
    this.computer.parts.crash('kill');
    this.computer.journal.crash('kill');
    this.machine.crashed = true;
  }

  /** Opens the order, with a folder, and starts it. */
  async start({ link, order } = this.published[0], folder: FileSystemDirectoryHandle = picked): Promise<void> {
    await this.during(this.engine.open(link));
    await this.during(this.engine.setDestination(folder));
    await this.during(this.engine.start(order));
  }

  /** Lets time pass until `task` has ended. */
  async during<T>(task: Promise<T>): Promise<T> {
    let ended = false;
    const end = (): void => void (ended = true);
    task.then(end, end);
    await this.until(() => ended);
    return task;
  }

  /** Lets time pass until `reached`, and until nothing is on its way. Throws when nothing more is going to happen. */
  async until(reached: () => boolean, what = 'what the test waits for'): Promise<void> {
    for (let idle = 0; !reached(); idle = vi.getTimerCount() === 0 ? idle + 1 : 0) {
      if (this.computer.violation) throw this.computer.violation;
      if (idle > 20) throw new Error(`It hangs before ${what}: ${this.describe()}`);
      if (performance.now() > 3_600_000) throw new Error(`It takes for ever until ${what}: ${this.describe()}`);
      vi.advanceTimersToNextTimer();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Lets `ms` of the simulated time pass. */
  async pass(ms: number): Promise<void> {
    let over = false;
    setTimeout(() => (over = true), ms);
    await this.until(() => over);
  }

  /** Lets time pass until the order is in `state`. */
  async reach(state: OrderSummary['state'], order = this.published[0]): Promise<void> {
    await this.until(() => this.summary(order).state === state && this.machine.inFlight === 0, state);
  }

  summary({ order } = this.published[0]): OrderSummary {
    const summary = this.engine.snapshot(true, undefined).orders.find((each) => each.order === order);
    if (!summary) throw new Error('The order is not in the list.');
    return summary;
  }

  row(file: number, { order } = this.published[0]): FileRow {
    return this.engine.rows(order, 0).rows[file] as FileRow;
  }

  private describe(): string {
    if (!(this.engine as Engine | undefined)) return 'it does not start';
    const orders = this.engine.snapshot(true, undefined).orders.map(({ order, state, reason }) => {
      const rows = this.engine.rows(order, 0).rows.map(({ file, status }) => `${file} ${status}`);
      return `${state} ${reason?.code ?? ''} (${rows.join(', ')})`;
    });
    return orders.join('; ');
  }
}
