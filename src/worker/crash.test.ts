import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type * as pieces from '../order/pieces.ts';
import { seededRandom } from './testing/random.ts';
import { CRASH_SEED } from './testing/crash-seed.ts';
import type { Fault } from './testing/sim-machine.ts';
import { deliver } from './testing/sim-run.ts';

// pieces of 8 KiB instead of 1 MiB at the least, so that a case takes milliseconds
vi.mock('../order/pieces.ts', async (original) => ({
  ...(await original<typeof pieces>()),
  MIN_PIECE_LENGTH: 8192,
}));
/** Ten times as many cases. */
const DEEP = process.env['HOLDFAST_DEEP'] !== undefined;
/** Orders that are delivered through every fault, each with its own timing. */
const ROUNDS = DEEP ? 20 : 2;
let cases = 0;

beforeAll(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] }));
afterEach(() => vi.restoreAllMocks());
afterAll(() => {
  vi.useRealTimers();
  process.stdout.write(`Crash cases: ${cases}, seed ${CRASH_SEED}\n`);
});

/** Every operation in turn, until one lies behind the end of the delivery. */
async function atEveryOperation(plan: (operation: number, round: number) => Fault[], rots = false): Promise<void> {
  const wrong: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (let operation = 0, fired = 1; fired > 0; operation++) {
      cases++;
      const result = await deliver({ seed: CRASH_SEED * 1000 + round, faults: plan(operation, round), rots });
      ({ fired } = result);
      if (result.wrong !== undefined && wrong.length < 5) wrong.push(result.wrong);
    }
  }
  expect(wrong).toEqual([]);
}

describe(
  `an order arrives whole, and no kept piece is fetched again (HOLDFAST_SEED=${CRASH_SEED})`,
  { timeout: DEEP ? 3_600_000 : 600_000 },
  () => {
    it('without a fault', async () => expect(await deliver({ seed: CRASH_SEED, faults: [] })).toEqual({ fired: 0 }));

    it('when the browser is killed at any operation', () => atEveryOperation((at) => [{ at, kind: 'kill' }]));

    it('when the power fails at any operation', () => atEveryOperation((at) => [{ at, kind: 'power' }]));

    it('when the power fails at any operation and the disk loses what it had promised to keep', () =>
      atEveryOperation((at) => [{ at, kind: 'power' }], true));

    it('when any operation fails once', () => atEveryOperation((at) => [{ at, kind: 'error' }]));

    it('when any five operations in a row fail', () => atEveryOperation((at) => [{ at, kind: 'error', times: 5 }]));

    it('when the power fails again during recovery', () =>
      atEveryOperation((at, round) => {
        const random = seededRandom(CRASH_SEED + at * 31 + round);
        return [
          { at, kind: 'power' },
          { at: Math.floor(random() * 40), kind: 'kill' },
          { at: Math.floor(random() * 40), kind: 'power' },
        ];
      }));

    it('when an operation fails after a crash', () =>
      atEveryOperation((at, round) => {
        const random = seededRandom(CRASH_SEED + at * 17 + round);
        return [
          { at, kind: 'kill' },
          { at: Math.floor(random() * 60), kind: 'error', times: 1 + Math.floor(random() * 3) },
        ];
      }));

    it(`in ${DEEP ? 'ten thousand' : 'a thousand'} cases at least`, () =>
      expect(cases).toBeGreaterThanOrEqual(DEEP ? 10_000 : 1_000));
  },
);

it('the model finds a part store guilty whose flush does nothing', async () => {
  const { wrong } = await deliver({ seed: CRASH_SEED, faults: [], flushes: false });
  expect(wrong).toContain('was not safely on disk');
});
