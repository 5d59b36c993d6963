import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type * as pieces from '../order/pieces.ts';
import { always, flipped, html, noByteTwice, once, seen, sourceRows, type Row } from './testing/fault-rows.ts';
import { follow, published, type Answer, type Ask } from './testing/sim-script.ts';

// pieces of 8 KiB instead of 1 MiB at the least, so that a case takes milliseconds
vi.mock('../order/pieces.ts', async (original) => ({
  ...(await original<typeof pieces>()),
  MIN_PIECE_LENGTH: 8192,
}));

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] }));
afterEach(() => {
  vi.clearAllTimers();
  vi.restoreAllMocks();
});
afterAll(() => void vi.useRealTimers());

/** What the network, the disk and the service do. */
const rows: readonly Row[] = [
  ...sourceRows,
  {
    name: '5: the disk is full for two minutes: the queue stops, says how much it needs, and goes on by itself',
    script: () => ({ room: (now) => now > 120_000, act: () => Promise.resolve() }),
    first: 'saved',
    also: (outcome) => {
      seen('disk-full')(outcome);
      const meanwhile = outcome.asks.filter((ask) => ask.now > 10_000 && ask.now < 120_000);
      expect(meanwhile, 'nothing is requested while the disk is full').toEqual([]);
      expect(outcome.took).toBeLessThan(150_000);
    },
  },
  {
    name: '7: files that are in the folder already are found by their hashes and not fetched',
    script: () => ({ there: new Map(published.files.map(({ path, bytes }) => [path, bytes])) }),
    first: 'saved',
    also: ({ asks }) => expect(asks).toEqual([]),
  },
  {
    name: '9: another program holds the parts for two minutes: it waits in words, and goes on by itself',
    script: () => ({ held: (now) => now < 120_000 }),
    first: 'saved',
    also: (outcome) => {
      seen('storage-busy')(outcome);
      expect(outcome.asks.filter(({ now }) => now < 120_000)).toEqual([]);
    },
  },
  {
    name: '20: grants are renewed ahead of their end: the store refuses none',
    script: () => ({
      grantLife: 40_000,
      store: (ask) => (ask.now - ask.made > 40_000 ? { status: 403 } : { chunk: 400, pause: 1_000 }),
    }),
    first: 'saved',
    also: ({ asks, took }) => {
      expect(took).toBeGreaterThan(40_000);
      expect(asks.every(({ now, made }) => now - made < 40_000)).toBe(true);
    },
  },
  { name: '20: grants that are good for two seconds only', script: () => ({ grantLife: 2_000 }), first: 'saved' },
  {
    name: '20: a grant is refused ahead of its time',
    script: () => ({ store: once(() => ({ status: 403 })) }),
    first: 'saved',
    also: ({ grantRequests }) => expect(grantRequests).toBe(2),
  },
  { name: '20: refused with 400', script: () => ({ store: once(() => ({ status: 400 })) }), first: 'saved' },
  { name: '20: refused with 401', script: () => ({ store: once(() => ({ status: 401 })) }), first: 'saved' },
  {
    name: '20: all connections are refused at once: one renewal',
    script: () => {
      let old: number | undefined;
      return { store: ({ made }) => (made === (old ??= made) ? { status: 403 } : undefined) };
    },
    first: 'saved',
    also: ({ grantRequests }) => expect(grantRequests).toBe(2),
  },
  { name: '22: 404', script: () => ({ store: always(() => ({ status: 404 })) }), first: 'not-found' },
  { name: '22: 410', script: () => ({ store: always(() => ({ status: 410 })) }), first: 'not-found' },
  { name: '23: 416, once', script: () => ({ store: once(() => ({ status: 416 })) }), first: 'saved' },
  { name: '23: 416, always', script: () => ({ store: always(() => ({ status: 416 })) }), first: 'changed-by-sender' },
  {
    name: '24: 503 with Retry-After',
    script: () => ({ store: once(() => ({ status: 503, headers: { 'Retry-After': '100' } })) }),
    first: 'saved',
    also: (outcome) => {
      seen('server-busy')(outcome);
      expect(outcome.took).toBeGreaterThan(100_000);
    },
  },
  {
    name: '24: 429 with a Retry-After of a day is capped at five minutes',
    script: () => ({ store: once(() => ({ status: 429, headers: { 'Retry-After': '86400' } })) }),
    first: 'saved',
    also: ({ took }) => {
      expect(took).toBeGreaterThan(300_000);
      expect(took).toBeLessThan(330_000);
    },
  },
  {
    name: '24: 503 without Retry-After',
    script: () => ({ store: once(() => ({ status: 503 })) }),
    first: 'saved',
    also: seen('server-busy'),
  },
  ...[500, 502, 504].map((status) => ({
    name: `25: ${status}, three times`,
    script: () => ({ store: (ask: Ask) => (ask.hit && ask.hits < 3 ? { status } : undefined) }),
    first: 'saved',
  })),
  { name: '25: 500, always', script: () => ({ store: always(() => ({ status: 500 })) }), first: 'server-error' },
  {
    name: '26: connection reset in the body',
    script: () => ({ store: once((truth) => ({ body: truth.slice(0, truth.length * 0.7), ending: 'reset' })) }),
    first: 'saved',
    also: noByteTwice,
  },
  {
    name: '27: no byte for 20 s',
    script: () => ({ store: once((truth) => ({ body: truth.slice(0, truth.length / 2), ending: 'silence' })) }),
    first: 'saved',
    also: (outcome) => {
      // where a connection is idle, the stalled piece is asked for a second time
      expect(outcome.summary.bytesFetchedTwice).toBeLessThanOrEqual(8192);
      expect(outcome.took).toBeLessThan(30_000);
    },
  },
  {
    name: '27: no byte, three times in a row: the page says so within 30 s, with the next attempt',
    script: () => ({
      store: (ask) => (ask.file === 0 && ask.now < 70_000 ? { body: new Uint8Array(), ending: 'silence' } : undefined),
    }),
    first: 'saved',
    also: seen('stalled'),
  },
  {
    name: '28: one slow connection: its last pieces come by a second request',
    script: () => ({ store: once(() => ({ chunk: 8, pause: 1_000 })) }),
    first: 'saved',
    also: ({ took }) => expect(took).toBeLessThan(connectionsOf === 1 ? Infinity : 120_000),
  },
  {
    name: '28: the second answer for a slow piece is damaged: it is asked for once, and the slow one is kept',
    script: (piece) => ({
      store: (ask, truth) => {
        if (!ask.hit) return undefined;
        return ask.hits === 0 ? { chunk: 8, pause: 1_000 } : flipped(truth, ask, piece);
      },
    }),
    first: 'saved',
    also: ({ asks }) => expect(asks.filter((ask) => ask.hit)).toHaveLength(connectionsOf === 1 ? 1 : 2),
  },
  {
    name: '28: every connection is slow: they are kept',
    script: () => ({ store: () => ({ chunk: 200, pause: 1_000 }) }),
    first: 'saved',
  },
  {
    name: '42: the store is gone for two minutes',
    script: () => ({ store: (ask) => (ask.now < 120_000 ? { status: 502 } : undefined) }),
    first: 'saved',
    also: ({ summary }) => expect(summary.bytesFetchedTwice).toBe(0),
  },
  {
    name: '42: the store dies in the middle: its mirror gives the rest, and no byte comes twice',
    script: () => {
      let died = false;
      return {
        mirrors: true,
        store: ({ mirror }, truth) => {
          if (mirror) return undefined;
          if (died) return 'unreachable';
          died = true;
          return { body: truth.slice(0, truth.length / 2), ending: 'reset' };
        },
      };
    },
    first: 'saved',
    also: ({ asks, took, summary }) => {
      expect(asks.some(({ mirror }) => mirror)).toBe(true);
      expect(summary.bytesFetchedTwice).toBe(0);
      expect(took).toBeLessThan(30_000);
    },
  },
  { name: '29: TypeError, once', script: () => ({ store: once(() => 'unreachable') }), first: 'saved' },
  {
    name: '29: TypeError for a minute while the own origin answers: a hint that names the host',
    script: () => ({ store: (ask) => (ask.file === 0 && ask.now < 60_000 ? 'unreachable' : undefined) }),
    first: 'saved',
    also: seen('source-unreachable'),
  },
  {
    name: '30: a login page with 200, for two minutes: nothing is written, it waits',
    script: () => ({ store: (ask) => (ask.now < 120_000 ? html : undefined) }),
    first: 'saved',
    also: (outcome) => {
      seen('sign-in-needed')(outcome);
      expect(outcome.summary.bytesFetchedTwice).toBe(0);
    },
  },
  {
    name: '30: the network redirects the own origin to its login page',
    script: () => ({
      store: (ask) => (ask.now < 60_000 ? 'unreachable' : undefined),
      ownOrigin: (now) => (now < 60_000 ? 'redirects' : 'answers'),
    }),
    first: 'saved',
    also: seen('sign-in-needed'),
  },
  {
    name: '33: no network for ten minutes: on within 5 s of its return',
    script: () => ({
      store: (ask) => (ask.now < 600_000 ? 'unreachable' : undefined),
      ownOrigin: (now) => (now < 600_000 ? 'unreachable' : 'answers'),
    }),
    first: 'saved',
    also: (outcome) => {
      seen('offline')(outcome);
      expect(outcome.asks.find((ask) => ask.now >= 600_000)?.now).toBeLessThan(605_000);
    },
  },
  {
    name: '36: the folder is full for two minutes: everything is received, and saved by itself when there is room',
    script: () => ({
      folder: (step, now) => (step === 'close' && now < 120_000 ? 'folder-full' : undefined),
      act: () => Promise.resolve(),
    }),
    first: 'saved',
    also: (outcome) => {
      seen('folder-full')(outcome);
      noByteTwice(outcome);
      expect(outcome.took).toBeLessThan(160_000);
    },
  },
  {
    name: '43: closing a file is refused twice (a virus scanner): tried again',
    script: () => {
      let refusals = 2;
      return { folder: (step) => (step === 'close' && refusals-- > 0 ? 'save-refused' : undefined) };
    },
    first: 'saved',
    also: noByteTwice,
  },
  {
    name: '41: the service is down while grants are in memory',
    script: () => ({ grants: (n) => (n === 0 ? undefined : 'unreachable') }),
    first: 'saved',
  },
  {
    name: '41: the service is down for a minute from the start',
    script: () => ({ grants: (_, now) => (now < 60_000 ? { status: 503 } : undefined) }),
    first: 'saved',
    also: seen('service-unavailable'),
  },
];

let connectionsOf = 1;

describe.each([1, 4])('with %i connections', (connections) => {
  beforeAll(() => void (connectionsOf = connections));

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
  it.each(['key-revoked', 'key-expired', 'key-invalid', 'order-unknown', 'password-needed'])(
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
