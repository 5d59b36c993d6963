import { expose } from 'comlink';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { EngineClient } from './engine-client.ts';

/** A worker that was started; its life is a Web Lock, as the real one's. */
class FakeWorker {
  static readonly all: FakeWorker[] = [];
  /** Told when the lock is free: the worker is dead. */
  die: () => void = () => undefined;
  /** How long it takes for an answer, in ms; Infinity for one that hangs. */
  lag = 0;
  ended = false;
  private readonly page: MessagePort;

  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.page = port1;
    const name = String(FakeWorker.all.push(this));
    expose({ life: () => name, subscribe: () => undefined, ping: () => undefined, pause: () => ({ ok: true }) }, port2);
    this.page.start();
  }

  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void {
    this.page.addEventListener(type, listener);
  }
  removeEventListener(type: 'message', listener: (event: MessageEvent) => void): void {
    this.page.removeEventListener(type, listener);
  }
  postMessage(message: unknown, transfer: Transferable[] = []): void {
    if (this.ended || this.lag === Infinity) return;
    if (this.lag === 0) this.page.postMessage(message, transfer);
    else setTimeout(() => this.page.postMessage(message, transfer), this.lag);
  }
  terminate(): void {
    this.ended = true;
    this.page.close();
  }
}

const request = (name: string, _: unknown, task: () => void): Promise<void> =>
  new Promise((resolve) => {
    FakeWorker.all[Number(name) - 1]!.die = () => resolve(task());
  });

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  vi.stubGlobal('Worker', FakeWorker);
  vi.stubGlobal('location', { href: 'https://app.test/', origin: 'https://app.test' });
  vi.stubGlobal('navigator', { locks: { request } });
});
afterEach(() => {
  for (const worker of FakeWorker.all.splice(0)) worker.terminate();
  vi.clearAllTimers();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Messages take their way through the ports of this process, whose time is not simulated. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left >= 0; left -= 500) {
    await vi.advanceTimersByTimeAsync(Math.min(500, left));
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
  }
}

function startClient(): { client: EngineClient; restarted: ReturnType<typeof vi.fn> } {
  const restarted = vi.fn();
  return { client: new EngineClient('/worker.js', { snapshot: () => undefined, restarted }), restarted };
}

it('40: an engine that dies is noticed at once; what it was told fails instead of hanging, and another one starts', async () => {
  const { client, restarted } = startClient();
  await pass(6_000);
  const [first] = FakeWorker.all;
  first!.lag = Infinity;
  const paused = client.command((engine) => engine.pause('a'));
  first!.die();
  await pass(0);
  expect(FakeWorker.all).toHaveLength(2);
  expect([first!.ended, restarted.mock.calls.length]).toEqual([true, 1]);
  expect(await paused).toMatchObject({ ok: false, error: { code: 'engine-failed' } });
  expect(await client.command((engine) => engine.pause('a'))).toEqual({ ok: true });
});

it('40: an engine that hangs is ended and started again; one that is only slow is left alone', async () => {
  const { restarted } = startClient();
  const [first] = FakeWorker.all;
  first!.lag = 4_500;
  await pass(60_000);
  expect(restarted).not.toHaveBeenCalled();
  first!.lag = Infinity;
  await pass(16_000);
  expect([first!.ended, FakeWorker.all.length, restarted.mock.calls.length]).toEqual([true, 2, 1]);
  await pass(60_000);
  expect(FakeWorker.all, 'the new one answers').toHaveLength(2);
});

it('40: an engine that dies as soon as it lives is not started over and over', async () => {
  startClient();
  await pass(0);
  FakeWorker.all.at(-1)!.die();
  await pass(0);
  FakeWorker.all.at(-1)!.die();
  await pass(4_000);
  expect(FakeWorker.all).toHaveLength(2);
  await pass(1_500);
  expect(FakeWorker.all, 'after a pause of five seconds').toHaveLength(3);
});
