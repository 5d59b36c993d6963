import type { EngineApi, Outcome, Rows, Snapshot } from '../engine-api.ts';
import { AppError, toAppError } from '../order/errors.ts';
import type { Engine } from './engine.ts';

/** Milliseconds between snapshots at the least. */
const SNAPSHOT_EVERY = 200;
/** Milliseconds between two looks at the storage. */
const ESTIMATE_EVERY = 2_000;
const LOCK = 'holdfast-engine';
/** Ms without a word of the owner, who speaks every second, after which a window that follows it says so. */
const SILENCE = 10_000;

/** Calls that are answered by the owner's engine, whichever window they come from. */
type Method = Exclude<keyof EngineApi, 'subscribe' | 'life' | 'ping'>;
type Message =
  | { readonly kind: 'call'; readonly id: string; readonly method: Method; readonly args: readonly unknown[] }
  | { readonly kind: 'reply'; readonly id: string; readonly outcome: Outcome<unknown> }
  | { readonly kind: 'snapshot'; readonly snapshot: Snapshot }
  /** A window has just come, or a new owner has: the owner shows itself, the others ask again. */
  | { readonly kind: 'hello' }
  | { readonly kind: 'owner' };

interface Pending {
  readonly method: Method;
  readonly args: readonly unknown[];
  readonly settle: (outcome: Outcome<unknown>) => void;
}

/**
 * One engine an origin. Each window's worker asks for one Web Lock; whoever holds it runs the engine, the others wait in the
 * lock's queue (that is the take-over) and mirror the owner. The lock dies with its worker.
 */
export class Owner {
  private engine: Engine | undefined;
  private readonly channel = new BroadcastChannel('holdfast');
  private readonly listeners = new Set<(snapshot: Snapshot) => void>();
  private readonly pending = new Map<string, Pending>();
  private last: Snapshot | undefined;
  /** This window's turn has come. */
  private owns = false;
  private silence: ReturnType<typeof setTimeout> | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private storage: StorageEstimate | undefined;
  private estimateAt = 0;

  constructor(start: (onChange: () => void) => Promise<Engine>) {
    this.channel.addEventListener('message', (event: MessageEvent<Message>) => void this.hear(event.data));
    const own = async (): Promise<void> => {
      this.owns = true;
      this.engine = await start(() => this.changed());
      this.tell({ kind: 'owner' });
      this.changed();
      for (const [id, { method, args, settle }] of this.pending) {
        this.pending.delete(id);
        settle(await this.run(method, args));
      }
      setInterval(() => this.changed(), 1000); // speed and waiting times move without an event
      await new Promise<never>(() => undefined);
    };
    navigator.locks.request(LOCK, own).catch((error: unknown) => this.fail(toAppError(error, 'storage-failed')));
    this.tell({ kind: 'hello' });
    this.expectWord();
  }

  /** Calls `listener` now, when something is known, and at each snapshot. */
  subscribe(listener: (snapshot: Snapshot) => void): void {
    this.listeners.add(listener);
    if (this.last) listener(this.last);
    if (this.last?.failure) self.close();
  }

  /** Runs a command here, or in the window that owns the engine. */
  async call<T>(method: Method, ...args: readonly unknown[]): Promise<Outcome<T>> {
    if (this.engine) return (await this.run(method, args)) as Outcome<T>;
    return new Promise((resolve) => {
      const id = crypto.randomUUID();
      this.pending.set(id, { method, args, settle: resolve as (outcome: Outcome<unknown>) => void });
      this.tell({ kind: 'call', id, method, args });
    });
  }

  /** No engine can run here: says why and ends the worker. Its lock goes with it; the page notices and starts another. */
  fail(error: AppError): void {
    this.showFailure(error);
    // the page may not listen yet
    if (this.listeners.size > 0) self.close();
  }

  /** The network is back. */
  wake(): void {
    this.engine?.wake();
  }

  /** This thread has slept. */
  awake(): void {
    this.engine?.awake();
  }

  private tell(message: Message): void {
    this.channel.postMessage(message);
  }

  private async hear(message: Message): Promise<void> {
    switch (message.kind) {
      case 'call':
        if (this.engine) {
          this.tell({ kind: 'reply', id: message.id, outcome: await this.run(message.method, message.args) });
        }
        return;
      case 'reply':
        this.pending.get(message.id)?.settle(message.outcome);
        this.pending.delete(message.id);
        return;
      case 'snapshot':
        if (!this.engine) this.show({ ...message.snapshot, owner: false });
        return this.expectWord();
      case 'hello':
        if (this.engine) this.changed();
        return;
      case 'owner':
        for (const [id, { method, args }] of this.pending) this.tell({ kind: 'call', id, method, args });
    }
  }

  private async run(method: Method, args: readonly unknown[]): Promise<Outcome<unknown>> {
    try {
      if (!this.engine) throw new AppError('engine-failed', 'The engine is not running.');
      const command = this.engine[method] as (this: Engine, ...args: unknown[]) => unknown;
      return { ok: true, value: await command.call(this.engine, ...args) };
    } catch (error) {
      return { ok: false, error: toAppError(error, 'engine-failed').toData() };
    }
  }

  private changed(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      if (!this.engine) return;
      const snapshot = this.engine.snapshot(true, this.storage);
      this.tell({ kind: 'snapshot', snapshot });
      this.show(snapshot);
      this.estimate();
    }, SNAPSHOT_EVERY);
  }

  /** Asks the browser for its guess of the room that there is, now and then: it walks through the site's files for that. */
  private estimate(): void {
    const now = performance.now();
    if (now < this.estimateAt) return;
    this.estimateAt = now + ESTIMATE_EVERY;
    // without an answer the page shows none
    navigator.storage.estimate().then(
      (estimate) => (this.storage = estimate),
      () => undefined,
    );
  }

  /** An owner that hangs is ended by its own page; where that hangs as well, this window must not show old news as true. */
  private expectWord(): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      if (!this.owns) this.showFailure(new AppError('storage-busy', 'The window that downloads does not answer.'));
    }, SILENCE);
  }

  private showFailure(error: AppError): void {
    this.show({
      revision: 0,
      owner: false,
      orders: [],
      folder: undefined,
      downloads: false,
      folderNeedsPermission: false,
      storage: undefined,
      limits: {},
      failure: error.toData(),
    });
  }

  private show(snapshot: Snapshot): void {
    this.last = snapshot;
    for (const listener of this.listeners) listener(snapshot);
  }
}

/** Rows of an order that is gone. */
export const NO_ROWS: Rows = { revision: 0, rows: [] };
