import { afterAll, afterEach, beforeEach, vi } from 'vitest';

/** Time passes in the tests of a file only when they say so; nothing of one test waits on in the next. */
export function simulateTime(): void {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] }));
  afterEach(() => {
    vi.clearAllTimers();
    vi.restoreAllMocks();
  });
  afterAll(() => void vi.useRealTimers());
}
