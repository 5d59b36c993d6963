import { describe, expect, it, vi } from 'vitest';
import type * as pieces from '../order/pieces.ts';
import { computerRows } from './testing/computer-rows.ts';
import { networkRows } from './testing/network-rows.ts';
import { sourceRows, type Row } from './testing/fault-rows.ts';
import { follow, published, type Answer } from './testing/sim-script.ts';
import { simulateTime } from './testing/simulated-time.ts';

// pieces of 8 KiB instead of 1 MiB at the least, so that a case takes milliseconds
vi.mock('../order/pieces.ts', async (original) => ({
  ...(await original<typeof pieces>()),
  MIN_PIECE_LENGTH: 8192,
}));

simulateTime();

const rows: readonly Row[] = [...sourceRows, ...networkRows, ...computerRows];

describe.each([1, 4])('with %i connections', (connections) => {
  describe.each([
    ['first', 0],
    ['middle', 3],
    ['last', 5],
  ] as const)('in the %s piece', (_, piece) => {
    it.each(rows)('$name', async ({ script, first, also }) => {
      const outcome = await follow(script(piece), piece, connections);
      const [row, ...others] = outcome.rows;
      expect(row?.error?.code ?? row?.status).toBe(first);
      expect(others.map(({ status }) => status)).toEqual(['saved', 'saved']);
      for (const { path, bytes } of published.files) {
        if (path === 'faulty.bin' && first !== 'saved') expect(outcome.saved.get(path)).toBeUndefined();
        else expect(Buffer.compare(outcome.saved.get(path) ?? new Uint8Array(), bytes)).toBe(0);
      }
      also?.(outcome, piece);
    });
  });
});

describe('of the whole order', () => {
  it.each(['key-revoked', 'key-expired', 'key-invalid', 'order-unknown', 'password-needed', 'request-invalid'])(
    '21: %s stops the order in words, and keeps what it has',
    async (code) => {
      const outcome = await follow({ grants: () => ({ status: 403, code }) }, 0, 2);
      expect(outcome.summary).toMatchObject({ state: 'attention', reason: { code } });
      expect(outcome.asks).toEqual([]);
    },
  );

  it("32: the customer's clock jumps by a day, there and back: nothing changes", async () => {
    const day = 86_400_000;
    let jumps = 0;
    const store = (): Answer => {
      vi.setSystemTime(Date.now() + (jumps++ % 2 === 0 ? -day : day));
      return { chunk: 500, pause: 200 };
    };
    const outcome = await follow({ store, grantLife: 120_000 }, 0, 2);
    expect(outcome.summary.state).toBe('done');
    expect(outcome.grantRequests).toBe(1);
  });

  it('what happened can be sent to somebody: no address, no key, no name of a file', async () => {
    const { report } = await follow({ grants: () => ({ status: 403, code: 'key-revoked' }) }, 0, 2);
    expect(report).toMatch(/^A-1: order, attention, key-revoked, 0 saved and 0 failed of 3 files/m);
    expect(report).toMatch(/ A-1, file \d: key-revoked/);
    expect(report).not.toContain('.bin');
    expect(report).not.toContain('kkkk');
    expect(report).not.toContain('made=');
  });
});
