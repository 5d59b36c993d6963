import { vi } from 'vitest';
import { Engine } from '../engine.ts';
import { Computer, picked } from './sim-computer.ts';
import { Machine, type Fault } from './sim-machine.ts';
import { SimNetwork } from './sim-network.ts';
import { content, PIECE, publish } from './sim-order.ts';

/** A browser must have delivered the order within this simulated time, in ms. */
const PATIENCE = 1_800_000;

/** Several pieces; zeros where recovery takes them for unwritten bytes; an empty file; names that are taken already. */
const published = publish([
  { path: 'a/first.bin', bytes: content(1, 3.5 * PIECE) },
  {
    path: 'zeros.bin',
    bytes: content(2, 2 * PIECE + 10, [
      [0, 5000],
      [PIECE + 1000, 2 * PIECE],
    ]),
  },
  { path: 'empty.txt', bytes: new Uint8Array() },
  { path: 'taken.bin', bytes: content(3, 2 * PIECE) },
  { path: 'there.bin', bytes: content(4, PIECE + 1) },
]);
const { order, files } = published;
const foreign = content(5, 2 * PIECE);

/** One case of the model. */
export interface Case {
  readonly seed: number;
  readonly faults: readonly Fault[];
  /** False gives the engine a part store whose `flush` does nothing. */
  readonly flushes?: boolean;
  /** True for a disk that loses flushed bytes when the power fails. */
  readonly rots?: boolean;
}

/** How a case ended: the number of faults that happened, and what was violated, if anything. */
interface Result {
  readonly fired: number;
  readonly wrong?: string;
}

/**
 * Delivers an order on a simulated computer, through the faults of the case, and checks on the way: a journaled piece was flushed
 * before and is right, a part is only removed when its file is saved and right, nothing that is kept is fetched again. The clock
 * must be vitest's fake one.
 */
export async function deliver(given: Case): Promise<Result> {
  const { seed } = given;
  const run = new Delivery(given);
  const { fired } = run.machine;
  try {
    await run.untilDone();
    return { fired: fired.length };
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    return { fired: fired.length, wrong: `seed ${seed}, ${fired.join(', then ') || 'no fault'}: ${what}` };
  } finally {
    vi.clearAllTimers();
  }
}

class Delivery {
  readonly machine: Machine;
  private readonly computer: Computer;
  private readonly network: SimNetwork;
  private started = false;

  constructor({ seed, faults, flushes, rots }: Case) {
    this.machine = new Machine(seed, faults);
    this.computer = new Computer(this.machine, published, { flushes, rots });
    this.network = new SimNetwork(this.machine, published);
    this.network.onRange = (_, file, start, end) => this.computer.checkRange(file, start, end);
    const { folder } = this.computer;
    folder.files.set('taken.bin', foreign);
    folder.files.set('there.bin', truth(4));
    folder.folders.add('zeros.bin');
  }

  /** Starts browsers until one of them ends with everything delivered. */
  async untilDone(): Promise<void> {
    for (let browsers = 0; !(await this.runBrowser()); browsers++) {
      if (browsers > 20) throw new Error('The engine did not start in 20 browsers.');
      vi.clearAllTimers();
    }
    this.checkEnd();
  }

  /** True when the order was delivered, false when the browser died. */
  private async runBrowser(): Promise<boolean> {
    let engine: Engine | undefined;
    let startFailed = false;
    let acting = false;
    let idle = 0;
    const { ports } = this.computer.boot((life) => this.network.fetch(life));
    Engine.start(ports).then(
      (started) => (engine = started),
      () => (startFailed = true),
    );
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.computer.violation) throw this.computer.violation;
      if (this.machine.crashed) return false;
      if (startFailed) return false; // the page starts another worker
      if (engine && !acting) {
        if (this.isDone(engine)) return true;
        acting = true;
        this.act(engine).then(
          () => (acting = false),
          () => (acting = false),
        );
      }
      idle = vi.getTimerCount() === 0 ? idle + 1 : 0;
      if (idle > 20) throw new Error(`The engine hangs: ${this.describe(engine)}`);
      if (performance.now() > PATIENCE) throw new Error(`The engine takes for ever: ${this.describe(engine)}`);
      vi.advanceTimersToNextTimer();
    }
  }

  private isDone(engine: Engine): boolean {
    const [summary] = engine.snapshot(true, undefined).orders;
    return summary?.state === 'done' && this.machine.inFlight === 0;
  }

  /** What a user does: opens the link, chooses a folder, presses Start, and later the one button that is offered. */
  private async act(engine: Engine): Promise<void> {
    const snapshot = engine.snapshot(true, undefined);
    const [summary] = snapshot.orders;
    const refused = summary ? engine.rows(order, 0).rows.filter((row) => row.status === 'verified' && row.error) : [];
    // what the folder refuses, the page hands to the browser's downloads
    for (const { file } of refused) await engine.handedOver(order, file);
    if (!summary) await engine.open(published.link);
    else if (!snapshot.folder) await engine.setDestination(picked);
    else if (summary.state === 'ready') {
      if (this.started) this.computer.violation = new Error('A started order forgot that it was started.');
      await engine.start(order);
      this.started = true;
    } else if (summary.state === 'attention') {
      if (summary.reason?.code.startsWith('folder')) await engine.continueSaving();
      else if (summary.reason) await engine.start(order);
      for (const { file, status } of engine.rows(order, 0).rows)
        if (status === 'failed') await engine.retry(order, file);
    }
  }

  private describe(engine: Engine | undefined): string {
    if (!engine) return 'it does not start';
    const [summary] = engine.snapshot(true, undefined).orders;
    const rows = summary ? engine.rows(order, 0).rows.map(({ file, status }) => `${file} ${status}`) : [];
    return `${summary?.state} ${summary?.reason?.code ?? ''} (${rows.join(', ')})`;
  }

  private checkEnd(): void {
    const { folder, journal } = this.computer;
    const handedOver = (file: number): boolean => journal.file(order, file)?.state.kind === 'handed-over';
    const names = ['a/first.bin', 'zeros (1).bin', 'empty.txt', 'taken (1).bin', 'there.bin'];
    const saved = names.map((name, i) => [name, truth(i)] as const).filter((_, i) => !handedOver(i));
    const expected = new Map([...saved, ['taken.bin', foreign] as const]);
    for (const [name, bytes] of expected) {
      const found = folder.files.get(name);
      if (!found || Buffer.compare(found, bytes) !== 0)
        throw new Error(`${name} is not right: ${found?.length} bytes.`);
    }
    const sums = new TextDecoder().decode(folder.files.get('SHA256SUMS')).split('\n');
    if (sums.length !== saved.length + 1)
      throw new Error(`SHA256SUMS lists ${sums.length - 1} of ${saved.length} files.`);
    // a save that only could not be journaled is whole, and may be handed over as well
    const isWhole = (name: string): boolean =>
      Buffer.compare(folder.files.get(name) ?? foreign, truth(names.indexOf(name))) === 0 &&
      handedOver(names.indexOf(name));
    const others = [...folder.files].filter(([name]) => name !== 'SHA256SUMS' && !expected.has(name) && !isWhole(name));
    if (others.length > 0)
      throw new Error(`Nobody asked for ${others.map(([name]) => name).join(', ')} in the folder.`);
  }
}

function truth(file: number): Uint8Array {
  return files[file]?.bytes ?? new Uint8Array();
}
