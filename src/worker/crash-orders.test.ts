import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type * as pieces from '../order/pieces.ts';
import type { Fault } from './testing/sim-machine.ts';
import { deliverThree } from './testing/sim-orders-run.ts';
import { CRASH_SEED } from './testing/crash-seed.ts';

// pieces of 8 KiB, so that a case takes milliseconds and share links have several
vi.mock('../order/pieces.ts', async (original) => ({
  ...(await original<typeof pieces>()),
  MIN_PIECE_LENGTH: 8192,
  DEFAULT_PIECE_LENGTH: 8192,
}));

beforeAll(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] }));
afterEach(() => vi.restoreAllMocks());
afterAll(() => void vi.useRealTimers());

const ROUNDS = process.env['HOLDFAST_DEEP'] === undefined ? 1 : 10;
let cases = 0;

async function atEveryOperation(kind: Fault['kind']): Promise<void> {
  const wrong: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (let at = 0, fired = 1; fired > 0; at++) {
      cases++;
      const result = await deliverThree(CRASH_SEED * 1000 + round, [{ at, kind }]);
      ({ fired } = result);
      if (result.wrong !== undefined && wrong.length < 5) wrong.push(result.wrong);
    }
  }
  expect(wrong).toEqual([]);
}

describe(
  `with share links, and an order that is removed in the middle (HOLDFAST_SEED=${CRASH_SEED})`,
  { timeout: ROUNDS * 600_000 },
  () => {
    afterAll(() => void process.stdout.write(`Crash cases with three orders: ${cases}\n`));
    it('without a fault', async () => expect(await deliverThree(CRASH_SEED, [])).toEqual({ fired: 0 }));
    it('when the browser is killed at any operation', () => atEveryOperation('kill'));
    it('when the power fails at any operation', () => atEveryOperation('power'));
    it('when any operation fails once', () => atEveryOperation('error'));
  },
);
