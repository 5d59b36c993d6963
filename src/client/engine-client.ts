import { proxy, releaseProxy, wrap, type Remote } from 'comlink';
import type { EngineApi, Outcome, Snapshot } from '../engine-api.ts';
import { trustedUrl } from '../trusted-url.ts';

const PING_EVERY_MS = 5_000;
/** A worker that does not answer for this long is ended and started again. */
const DEAD_AFTER_MS = 10_000;
/** Between two restarts: a worker that dies as soon as it lives must not be started over and over. */
const LEAST_PAUSE_MS = 5_000;

type RemoteEngine = Remote<EngineApi>;

/** What the client reports to the store. */
export interface EngineListener {
  snapshot(snapshot: Snapshot): void;
  /** The worker was lost and another one started; revisions begin anew. */
  restarted(): void;
}

interface Life {
  readonly worker: Worker;
  readonly engine: RemoteEngine;
  readonly death: AbortController;
}

/** Starts the worker, keeps it alive, and lets commands fail instead of hanging when it dies. */
export class EngineClient {
  #life: Life;
  /** `performance.now()` in ms. */
  #restartedAt = -Infinity;

  /** `address`: where the worker's script is. */
  constructor(
    private readonly address: string,
    private readonly listener: EngineListener,
  ) {
    this.#life = this.#start();
    void this.#watch();
  }

  /** Runs a command. A worker that dies meanwhile makes the outcome `engine-failed`. */
  async command<T>(use: (engine: RemoteEngine) => Promise<Outcome<T>>): Promise<Outcome<T>> {
    try {
      return await this.call(use);
    } catch (error) {
      return { ok: false, error: { code: 'engine-failed', message: String(error), detail: {} } };
    }
  }

  /** Calls the engine; rejects when the worker dies, since Comlink's own promise would then never settle. */
  call<T>(use: (engine: RemoteEngine) => Promise<T>): Promise<T> {
    const { engine, death } = this.#life;
    return new Promise<T>((resolve, reject) => {
      const died = (): void => reject(new Error('The engine was restarted.'));
      death.signal.addEventListener('abort', died, { once: true });
      use(engine)
        .then(resolve, reject)
        .finally(() => death.signal.removeEventListener('abort', died));
    });
  }

  #start(): Life {
    const worker = new Worker(trustedUrl(this.address), { type: 'module', name: 'holdfast' });
    const life = { worker, engine: wrap<EngineApi>(worker), death: new AbortController() };
    const listener = proxy((snapshot: Snapshot) => {
      if (this.#life === life) this.listener.snapshot(snapshot);
    });
    // Fails only with the worker itself, which the watch notices.
    life.engine.subscribe(listener).catch(() => undefined);
    void this.#mourn(life);
    return life;
  }

  /** Waits for the lock that the worker holds: whoever gets it survives the worker. */
  async #mourn(life: Life): Promise<void> {
    const { engine, death } = life;
    try {
      await navigator.locks.request(await engine.life(), { signal: death.signal }, () => undefined);
    } catch {
      return; // the watch was quicker
    }
    await new Promise((resolve) => setTimeout(resolve, LEAST_PAUSE_MS - (performance.now() - this.#restartedAt)));
    if (this.#life === life) this.#restart();
  }

  #restart(): void {
    const { worker, engine, death } = this.#life;
    this.#restartedAt = performance.now();
    worker.terminate();
    engine[releaseProxy]();
    this.#life = this.#start();
    this.listener.restarted();
    death.abort();
  }

  async #watch(): Promise<never> {
    for (;;) {
      if (!(await this.#answers()) && !(await this.#answers())) this.#restart();
      await new Promise((resolve) => setTimeout(resolve, PING_EVERY_MS));
    }
  }

  /** Two pings of half the time each: a computer that wakes up fires the timer before the worker had a chance to answer. */
  #answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), DEAD_AFTER_MS / 2);
      this.call((engine) => engine.ping()).then(
        () => {
          clearTimeout(timer);
          resolve(true);
        },
        // A rejected ping was answered all the same.
        () => resolve(true),
      );
    });
  }
}
