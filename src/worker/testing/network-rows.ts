import { expect } from 'vitest';
import { always, flipped, html, noByteTwice, once, seen, type Row } from './fault-rows.ts';
import type { Ask } from './sim-script.ts';

/** What the network, the store and the order service do. */
export const networkRows: readonly Row[] = [
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
    name: '27: a service that answers late, then a store that is silent: the page says so within 30 s all the same',
    script: () => ({
      grants: (n) => (n === 0 ? 'late' : undefined),
      store: (ask) => (ask.now < 30_000 ? { body: new Uint8Array(), ending: 'silence' } : undefined),
    }),
    first: 'saved',
    also: seen('stalled'),
  },
  {
    name: '28: one slow connection: its last pieces come by a second request',
    script: () => ({ store: once(() => ({ chunk: 8, pause: 1_000 })) }),
    first: 'saved',
    also: ({ took, connections }) => expect(took).toBeLessThan(connections === 1 ? Infinity : 120_000),
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
    also: ({ asks, connections }) => expect(asks.filter((ask) => ask.hit)).toHaveLength(connections === 1 ? 1 : 2),
  },
  {
    name: '28: every connection is slow: they are kept',
    script: () => ({ store: () => ({ chunk: 200, pause: 1_000 }) }),
    first: 'saved',
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
  {
    name: '41: the service takes requests and says nothing, for two minutes: it is named within 30 s',
    script: () => ({ grants: (_, now) => (now < 120_000 ? 'silence' : undefined) }),
    first: 'saved',
    also: seen('service-unavailable'),
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
  {
    name: '45: a proxy wants a password (407) for a minute: the host is named, and no attempt is used up',
    script: () => ({ store: (ask) => (ask.file === 0 && ask.now < 60_000 ? { status: 407 } : undefined) }),
    first: 'saved',
    also: seen('source-unreachable'),
  },
  {
    name: '45: TLS is broken open by a proxy for a minute, so that nothing comes through but the own origin',
    script: () => ({ store: (ask) => (ask.now < 60_000 ? 'unreachable' : undefined) }),
    first: 'saved',
    also: (outcome) => {
      seen('source-unreachable')(outcome);
      expect(outcome.summary.bytesFetchedTwice).toBe(0);
    },
  },
  {
    name: '45: the network answers 511 for a minute: it wants a sign-in',
    script: () => ({ store: (ask) => (ask.now < 60_000 ? { status: 511 } : undefined) }),
    first: 'saved',
    also: seen('sign-in-needed'),
  },
];
