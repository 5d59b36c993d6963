import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Snapshot } from '../engine-api.ts';
import { AppError } from '../order/errors.ts';
import type { Engine } from './engine.ts';
import { Owner } from './owner.ts';
import { SimBrowser } from './testing/sim-browser.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.clearAllTimers();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A window of a simulated browser: its worker, what it shows, and the commands that its engine was given. */
function openWindow(browser: SimBrowser, starts: () => Promise<void> = () => Promise.resolve()) {
  const shown: Snapshot[] = [];
  const commands: string[] = [];
  const engine: Pick<Engine, 'snapshot' | 'pause' | 'start' | 'wake' | 'awake'> = {
    snapshot: (owner) => ({ revision: 1, owner, orders: [], limits: {} }) as unknown as Snapshot,
    pause: async (order) => void commands.push(`pause ${order}`),
    start: () => Promise.reject(new AppError('order-unknown', 'gone')),
    wake: () => void commands.push('wake'),
    awake: () => void commands.push('awake'),
  };
  const { worker: owner, kill } = browser.open(() => new Owner(() => starts().then(() => engine as Engine)));
  owner.subscribe((snapshot) => shown.push(snapshot));
  return { owner, kill, shown, commands };
}

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

describe('row 8: several windows', () => {
  it('one owns the engine, the others mirror it and command it', async () => {
    const browser = new SimBrowser();
    const first = openWindow(browser);
    const second = openWindow(browser);
    await pass(500);
    expect(first.shown.at(-1)?.owner).toBe(true);
    expect(second.shown.at(-1)?.owner).toBe(false);
    const paused = second.owner.call<void>('pause', 'a');
    await pass(10);
    expect(await paused).toEqual({ ok: true, value: undefined });
    expect(first.commands).toEqual(['pause a']);
    const failed = second.owner.call<void>('start', 'a');
    await pass(10);
    expect(await failed).toMatchObject({ ok: false, error: { code: 'order-unknown' } });
  });

  it('the next one takes over when the owner dies, and runs the command that nobody answered', async () => {
    const browser = new SimBrowser();
    const first = openWindow(browser);
    const second = openWindow(browser);
    const third = openWindow(browser);
    await pass(500);
    first.kill();
    const paused = third.owner.call<void>('pause', 'b');
    await pass(500);
    expect(await paused).toMatchObject({ ok: true });
    expect(second.commands).toEqual(['pause b']);
    expect(second.shown.at(-1)?.owner).toBe(true);
    expect(third.shown.at(-1)?.owner).toBe(false);
  });

  it('a command that is given before any engine runs is run by the first one', async () => {
    const first = openWindow(new SimBrowser(), () => new Promise((resolve) => setTimeout(resolve, 3_000)));
    const paused = first.owner.call<void>('pause', 'c');
    await pass(3_100);
    expect(await paused).toMatchObject({ ok: true });
  });

  it('follows an owner that hangs with words, and without once it answers', async () => {
    const browser = new SimBrowser();
    let answer = (): void => undefined;
    openWindow(browser, () => new Promise((resolve) => (answer = resolve)));
    const second = openWindow(browser);
    await pass(10_100);
    expect(second.shown.at(-1)?.failure?.code).toBe('storage-busy');
    answer();
    await pass(500);
    expect(second.shown.at(-1)?.failure).toBeUndefined();
  });
});

it('no engine can run here: it says why', async () => {
  const refused = new AppError('app-outdated', 'A newer version is at work.');
  const { shown } = openWindow(new SimBrowser(), () => Promise.reject(refused));
  await pass(100);
  expect(shown.at(-1)?.failure?.code).toBe('app-outdated');
});
