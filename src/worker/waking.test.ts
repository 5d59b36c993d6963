import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { onWaking } from './waking.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.clearAllTimers();
  vi.useRealTimers();
});

it('row 10: notices a sleep by the clock that went on in it, and nothing else', () => {
  const awake = vi.fn();
  onWaking(awake);
  vi.advanceTimersByTime(60_000);
  expect(awake).not.toHaveBeenCalled();
  vi.setSystemTime(Date.now() + 3_600_000);
  vi.advanceTimersByTime(1_000);
  expect(awake).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(60_000);
  expect(awake).toHaveBeenCalledTimes(1);
});
