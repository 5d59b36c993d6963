import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { OrderSummary } from '../engine-api.ts';
import type * as pieces from '../order/pieces.ts';
import type { Engine } from './engine.ts';
import { follow, published } from './testing/sim-script.ts';

// pieces of 8 KiB instead of 1 MiB at the least, so that a case takes milliseconds
vi.mock('../order/pieces.ts', async (original) => ({
  ...(await original<typeof pieces>()),
  MIN_PIECE_LENGTH: 8192,
}));

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] }));
afterEach(() => void vi.clearAllTimers());
afterAll(() => void vi.useRealTimers());

it('when nothing but failed files is left, all are tried again at once', async () => {
  let back = false;
  const act = (engine: Engine, { state, reason, filesFailed }: OrderSummary): Promise<void> => {
    expect({ state, reason, filesFailed }).toEqual({ state: 'attention', reason: undefined, filesFailed: 3 });
    back = true;
    return engine.retry(published.order);
  };
  const outcome = await follow({ store: () => (back ? undefined : { status: 404 }), act }, 0, 2);
  expect(outcome.summary.state).toBe('done');
});

it('uses up no attempts while it waits: five minutes without the store, then a 502', async () => {
  const outcome = await follow(
    { store: ({ now }) => (now < 300_000 ? 'unreachable' : now < 310_000 ? { status: 502 } : undefined) },
    0,
    2,
  );
  expect(outcome.summary.state).toBe('done');
});
