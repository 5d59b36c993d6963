import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Snapshot } from '../engine-api.ts';
import { Update, type VersionWatch } from './update.ts';

const reload = vi.fn();
beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('location', { reload });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  reload.mockClear();
});

/** An update whose service worker does what the test says. */
function begun() {
  const heard = new Map<string, (() => void)[]>();
  const watch = {
    addEventListener: (name: string, listener: () => void) => heard.set(name, [...(heard.get(name) ?? []), listener]),
    register: () => Promise.resolve(undefined),
    update: vi.fn(() => Promise.resolve()),
    messageSkipWaiting: vi.fn(),
  };
  const hold = vi.fn(() => Promise.resolve());
  const update = new Update(hold);
  update.begin(watch as unknown as VersionWatch);
  const tell = (name: string): void => heard.get(name)?.forEach((listener) => listener());
  return { update, hold, watch, tell, heard };
}
const saving = (count: number): Snapshot => ({ orders: [{ filesSaving: count }] }) as unknown as Snapshot;

it('reloads once the new version is at work, for which the engine holds', async () => {
  const { update, hold, watch, tell } = begun();
  tell('waiting');
  update.apply();
  expect(hold).toHaveBeenCalledOnce();
  await vi.advanceTimersByTimeAsync(0);
  expect(watch.messageSkipWaiting).toHaveBeenCalledOnce();
  expect(reload).not.toHaveBeenCalled();
  tell('controlling');
  expect(reload).toHaveBeenCalledOnce();
});

it('reloads at once in a second window, where the first one let the new version in', () => {
  const { update, tell } = begun();
  tell('waiting');
  tell('controlling');
  expect([update.state, reload.mock.calls.length]).toEqual(['offered', 0]);
  update.apply();
  expect(reload).toHaveBeenCalledOnce();
});

it('waits while files are being saved, asks once, and listens once', async () => {
  const { update, watch, tell, heard } = begun();
  tell('waiting');
  update.accept(saving(2));
  update.apply();
  expect(update.state).toBe('pending');
  for (let snapshot = 0; snapshot < 50; snapshot++) update.accept(saving(1));
  expect(watch.messageSkipWaiting).not.toHaveBeenCalled();
  for (let snapshot = 0; snapshot < 50; snapshot++) update.accept(saving(0));
  await vi.advanceTimersByTimeAsync(0);
  expect(watch.messageSkipWaiting).toHaveBeenCalledOnce();
  expect(heard.get('controlling')).toHaveLength(1);
});

it('is looked for while the window stays open', () => {
  const { watch } = begun();
  vi.advanceTimersByTime(3 * 3_600_000);
  expect(watch.update).toHaveBeenCalledTimes(3);
});
