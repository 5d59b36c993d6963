import { vi } from 'vitest';
import type { OrderSummary } from '../../engine-api.ts';
import { Engine } from '../engine.ts';
import type { Destination } from '../ports.ts';
import { Computer, picked } from './sim-computer.ts';
import { Machine, type Fault } from './sim-machine.ts';
import { SimNetwork } from './sim-network.ts';
import { content, PIECE, publish, type SimOrder } from './sim-order.ts';

/** A browser must have done all of it within this simulated time, in ms. */
const PATIENCE = 1_800_000;

const kept = publish([{ path: 'kept.bin', bytes: content(21, 2 * PIECE + 7) }], 'A-1');
const removed = publish([{ path: 'removed.bin', bytes: content(22, 2 * PIECE) }], 'A-2');
/** What the share links lead to; it has no manifest at the customer's. */
const shared = publish([{ path: 'shared.bin', bytes: content(23, 2 * PIECE) }], 'A-3');

/**
 * A customer with three orders, of which one consists of share links and one is removed in the middle, on a simulated computer. Ends
 * when the two others are delivered and nothing is left of the third; what was violated, if anything, and how many faults happened.
 */
export async function deliverThree(
  seed: number,
  faults: readonly Fault[],
): Promise<{ readonly fired: number; readonly wrong?: string }> {
  const run = new ThreeOrders(new Machine(seed, faults));
  try {
    await run.untilDone();
    return { fired: run.machine.fired.length };
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    return { fired: run.machine.fired.length, wrong: `seed ${seed}, ${run.machine.fired.join(', then ')}: ${what}` };
  } finally {
    vi.clearAllTimers();
  }
}

class ThreeOrders {
  private readonly computer: Computer;
  private readonly network: SimNetwork;
  /** What the user has done with the order that is removed. */
  private opened = false;
  private removing = false;

  constructor(readonly machine: Machine) {
    const computer = new Computer(machine, kept);
    this.computer = computer;
    this.network = new SimNetwork(machine, kept, removed, shared);
    this.network.onRange = (order, file, start, end) => {
      if (order === kept) computer.checkRange(file, start, end);
    };
    // the computer knows the truth of one order
    const { onFile } = computer.journal;
    computer.journal.onFile = (record) => record.order === kept.order && onFile(record);
    const { onRemove } = computer.parts;
    computer.parts.onRemove = (order, file) => order === kept.order && onRemove(order, file);
  }

  async untilDone(): Promise<void> {
    for (let browsers = 0; !(await this.runBrowser()); browsers++) {
      if (browsers > 20) throw new Error('The engine did not start in 20 browsers.');
      vi.clearAllTimers();
    }
    // whatever could not be removed then is removed at the next start
    while (!(await this.runBrowser())) vi.clearAllTimers();
    this.checkEnd();
  }

  /** True when all was done, false when the browser died. */
  private async runBrowser(): Promise<boolean> {
    let engine: Engine | undefined;
    let startFailed = false;
    let acting = false;
    const { life, ports } = this.computer.boot((each) => this.network.fetch(each));
    const destinationIn = (_: FileSystemDirectoryHandle, id: string): Destination =>
      inFolder(id, this.computer.folder.destination(life));
    Engine.start({ ...ports, destinationIn }).then(
      (started) => (engine = started),
      () => (startFailed = true),
    );
    for (let idle = 0; ;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.computer.violation) throw this.computer.violation;
      if (this.machine.crashed || startFailed) return false;
      if (engine && !acting) {
        if (this.isDone(engine)) return true;
        acting = true;
        const end = (): void => void (acting = false);
        this.act(engine).then(end, end);
      }
      idle = vi.getTimerCount() === 0 ? idle + 1 : 0;
      if (idle > 20) throw new Error(`It hangs: ${describe(engine)}`);
      if (performance.now() > PATIENCE) throw new Error(`It takes for ever: ${describe(engine)}`);
      vi.advanceTimersToNextTimer();
    }
  }

  private isDone(engine: Engine): boolean {
    const { orders } = engine.snapshot(true, undefined);
    const done = orders.length === 2 && orders.every(({ state }) => state === 'done');
    return done && this.removing && this.machine.inFlight === 0;
  }

  /** One step of what a user does. */
  private async act(engine: Engine): Promise<void> {
    const snapshot = engine.snapshot(true, undefined);
    const find = (order: SimOrder): OrderSummary | undefined =>
      snapshot.orders.find((each) => each.order === order.order);
    const unwanted = find(removed);
    if (!snapshot.folder) return engine.setDestination(picked);
    if (!this.opened) {
      await engine.open(removed.link);
      this.opened = true;
    } else if (!find(kept)) await engine.open(kept.link);
    else if (!snapshot.orders.some(({ kind }) => kind === 'links'))
      await engine.addLinks(this.network.linkTo(shared, 0));
    else if (unwanted && (this.removing || unwanted.bytesReceived > 0)) {
      this.removing = true;
      await engine.remove(unwanted.order);
    } else for (const order of snapshot.orders) await this.push(engine, order);
  }

  private async push(engine: Engine, { order, state, reason }: OrderSummary): Promise<void> {
    if (state === 'ready') return engine.start(order);
    if (state !== 'attention') return;
    if (reason?.code.startsWith('folder')) await engine.continueSaving();
    else if (reason) await engine.start(order);
    for (const { file, status, error } of engine.rows(order, 0).rows) {
      if (status === 'failed') await engine.retry(order, file);
      // what the folder refuses, the page hands to the browser's downloads
      if (status === 'verified' && error) await engine.handedOver(order, file);
    }
  }

  private checkEnd(): void {
    const { journal, parts, folder } = this.computer;
    const left = [...journal.keys(), ...parts.disk.keys()].filter((key) => key.includes(removed.order));
    if (left.length > 0) throw new Error(`Of the order that was removed is left: ${left.join(', ')}`);
    for (const [name, { files }] of [
      [/^A-1\/kept\.bin$/, kept],
      [/^links-[^/]*\/0$/, shared],
    ] as const) {
      const found = [...folder.files].filter(([path]) => name.test(path));
      const right = found.filter(([, bytes]) => Buffer.compare(bytes, files[0]?.bytes ?? bytes) === 0);
      if (found.length !== 1 || right.length !== 1)
        throw new Error(`${found.length} files ${name}, ${right.length} right.`);
    }
  }
}

function inFolder(id: string, to: Destination): Destination {
  return {
    existing: (path) => to.existing(`${id}/${path}`),
    write: (path, chunks) => to.write(`${id}/${path}`, chunks),
    discard: (path) => to.discard(`${id}/${path}`),
    pathOf: () => Promise.resolve(undefined),
  };
}

function describe(engine: Engine | undefined): string {
  const orders = engine?.snapshot(true, undefined).orders ?? [];
  return orders.map(({ id, state, reason }) => `${id} ${state} ${reason?.code ?? ''}`).join(', ') || 'nothing runs';
}
