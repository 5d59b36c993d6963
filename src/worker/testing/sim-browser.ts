import { vi } from 'vitest';

/** Web Locks and BroadcastChannel of one simulated browser, as several windows' workers share them. */
export class SimBrowser {
  private readonly queues = new Map<string, (() => void)[]>();
  private readonly channels = new Set<SimChannel>();
  /** The window that is being started: locks and channels that are made now are its own. */
  private window = new AbortController();

  constructor() {
    const { queues, channels } = this;
    const windowOf = (): AbortSignal => this.window.signal;
    const locks = {
      async request(name: string, task: () => Promise<unknown>): Promise<unknown> {
        const window = windowOf();
        const queue = queues.get(name) ?? [];
        queues.set(name, queue);
        const next = (): void => {
          queue.shift();
          queue[0]?.();
        };
        await new Promise<void>((resolve) => {
          queue.push(resolve);
          if (queue.length === 1) resolve();
        });
        if (window.aborted) {
          next();
          return new Promise<never>(() => undefined);
        }
        window.addEventListener('abort', next);
        return task();
      },
    };
    vi.stubGlobal('navigator', { locks, storage: { estimate: () => Promise.resolve({}) } });
    vi.stubGlobal('self', { close: () => undefined });
    vi.stubGlobal(
      'BroadcastChannel',
      class extends SimChannel {
        constructor() {
          super(channels, windowOf());
        }
      },
    );
  }

  /** Runs `start` as the worker of a new window; what is returned kills it. */
  open<T>(start: () => T): { readonly worker: T; readonly kill: () => void } {
    this.window = new AbortController();
    const { window } = this;
    return { worker: start(), kill: () => window.abort() };
  }
}

class SimChannel extends EventTarget {
  constructor(
    private readonly all: Set<SimChannel>,
    private readonly window: AbortSignal,
  ) {
    super();
    all.add(this);
  }

  postMessage(data: unknown): void {
    if (this.window.aborted) return;
    const copy = structuredClone(data);
    queueMicrotask(() => {
      for (const other of this.all) {
        if (other !== this && !other.window.aborted) other.dispatchEvent(new MessageEvent('message', { data: copy }));
      }
    });
  }
}
