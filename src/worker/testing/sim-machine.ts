import { AppError, type ErrorCode } from '../../order/errors.ts';
import { seededRandom, type Random } from './random.ts';

/** What goes wrong at one operation: the browser is killed, the power fails, or the operation throws. */
export interface Fault {
  /** Number of the operation, from 0; of the second fault, counted from the first. */
  readonly at: number;
  readonly kind: 'kill' | 'power' | 'error';
  /** How many operations in a row throw. */
  readonly times?: number;
}

/** Storage that takes part in crashes. */
interface Crashes {
  crash(kind: 'kill' | 'power'): void;
}

/** Thrown by a synchronous operation of a browser that is dead: nothing may come of it. */
class Killed extends Error {}

/**
 * A simulated computer: counts the operations of the engine's ports and lets a planned fault happen at one of them. After a
 * crash every operation of the dead browser throws or never returns, and the storage keeps what a real one would.
 */
export class Machine {
  readonly random: Random;
  /** Browsers started so far; operations of an earlier one are dead. */
  life = 0;
  /** Operations since the last fault. */
  operations = 0;
  /** Operations begun and not yet ended. */
  inFlight = 0;
  crashed = false;
  /** Faults that happened, for the message of a failure. */
  readonly fired: string[] = [];
  private readonly faults: Fault[];
  private failing = 0;
  private readonly storage: Crashes[] = [];

  constructor(seed: number, faults: readonly Fault[]) {
    this.random = seededRandom(seed);
    this.faults = [...faults];
  }

  add(storage: Crashes): void {
    this.storage.push(storage);
  }

  /** A new browser. Returns its number. */
  boot(): number {
    this.crashed = false;
    this.inFlight = 0;
    this.failing = 0;
    return ++this.life;
  }

  isAlive(life: number): boolean {
    return life === this.life && !this.crashed;
  }

  /** Between 0 and `below`, whole. */
  pick(below: number): number {
    return Math.floor(this.random() * below);
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  /** Runs a synchronous operation; `errors` are what it may throw by itself, `torn` what it leaves behind then. */
  sync<T>(life: number, name: string, errors: readonly ErrorCode[], effect: () => T, torn?: () => void): T {
    if (!this.isAlive(life)) throw new Killed();
    const fault = this.next(name);
    if (!fault) return effect();
    if (fault === 'error') {
      torn?.();
      throw this.error(name, errors);
    }
    if (this.chance(0.5)) effect();
    this.crash();
    throw new Killed();
  }

  /** Runs an asynchronous operation, which takes some time before and after its effect. */
  async async<T>(
    life: number,
    name: string,
    errors: readonly ErrorCode[],
    effect: () => T,
    torn?: () => void,
  ): Promise<T> {
    this.inFlight++;
    await this.delay(life, 20);
    if (!this.isAlive(life)) return new Promise<T>(() => undefined); // killed in this very moment
    const fault = this.next(name);
    if (fault === 'error') {
      torn?.();
      this.inFlight--;
      throw this.error(name, errors);
    }
    if (fault) {
      if (this.chance(0.5)) effect();
      else torn?.();
      this.crash();
      return new Promise<T>(() => undefined);
    }
    try {
      const result = effect();
      await this.delay(life, 5);
      return result;
    } finally {
      this.inFlight--;
    }
  }

  /** Waits up to `ms` of the simulated time; never returns to a dead browser. */
  async delay(life: number, ms: number): Promise<void> {
    if (this.isAlive(life)) await new Promise((resolve) => setTimeout(resolve, this.pick(ms + 1)));
    if (!this.isAlive(life)) await new Promise<never>(() => undefined);
  }

  private next(name: string): Fault['kind'] | undefined {
    const [fault] = this.faults;
    const operation = this.operations++;
    if (this.failing > 0) {
      this.failing--;
      this.fired.push(`error at ${name}`);
      return 'error';
    }
    if (!fault || operation < fault.at) return undefined;
    this.faults.shift();
    this.operations = 0;
    this.failing = (fault.times ?? 1) - 1;
    this.fired.push(`${fault.kind} at operation ${fault.at}, ${name}`);
    if (fault.kind !== 'error') this.crashKind = fault.kind;
    return fault.kind;
  }

  private crashKind: 'kill' | 'power' = 'kill';

  private crash(): void {
    this.crashed = true;
    for (const each of this.storage) each.crash(this.crashKind);
  }

  private error(name: string, errors: readonly ErrorCode[]): AppError {
    return new AppError(errors[this.pick(errors.length)] ?? 'storage-failed', `simulated, at ${name}`);
  }
}
