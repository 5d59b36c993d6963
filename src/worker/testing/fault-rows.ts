import { expect } from 'vitest';
import type { Answer, Ask, Outcome, Script } from './sim-script.ts';

/** Wrong once, for the piece that is hit. */
export const once =
  (answer: (truth: Uint8Array, ask: Ask) => Answer | 'unreachable'): NonNullable<Script['store']> =>
  (ask, truth) =>
    ask.hit && ask.hits === 0 ? answer(truth, ask) : undefined;
/** Wrong always, for the piece that is hit. */
export const always =
  (answer: (truth: Uint8Array, ask: Ask) => Answer | 'unreachable'): NonNullable<Script['store']> =>
  (ask, truth) =>
    ask.hit ? answer(truth, ask) : undefined;

/** A hotel's login page. */
export const html: Answer = {
  status: 200,
  headers: { 'Content-Type': 'text/html' },
  body: new Uint8Array(500).fill(60),
};
/** The wanted piece's first byte is flipped, in the middle of whatever range it came with. */
export const flipped = (truth: Uint8Array, ask: Ask, piece: number): Answer => {
  const body = truth.slice();
  body[Math.max(0, piece * 8192 - ask.start)]! ^= 0xff;
  return { body };
};

/** A row of the fault table: what the network does, and how it must end. `first` names what becomes of the file with the fault. */
export interface Row {
  readonly name: string;
  readonly script: (piece: number) => Script;
  /** `saved`, or the code with which the file fails. */
  readonly first: string;
  readonly also?: (outcome: Outcome, piece: number) => void;
}

/** The order's reason was this one for a while. */
export const seen = (code: string) => (outcome: Outcome) => expect(outcome.reasons).toContain(code);

/** What a store, a proxy or the sender does to the bytes. */
export const sourceRows: readonly Row[] = [
  { name: '12: 200 instead of 206, once', script: () => ({ store: once(() => ({ status: 200 })) }), first: 'saved' },
  {
    name: '12: 200 instead of 206, always: the file comes as a whole, each piece verified',
    script: () => ({
      store: (ask) =>
        ask.file === 0 && !ask.whole ? { status: 200, headers: { 'Content-Range': undefined } } : undefined,
    }),
    first: 'saved',
    also: ({ asks }) => expect(asks.some((ask) => ask.whole)).toBe(true),
  },
  {
    name: '12: 200 with another length is never believed',
    script: () => ({ store: (ask, truth) => (ask.file === 0 ? { status: 200, body: truth.slice(1) } : undefined) }),
    first: 'range-ignored',
  },
  {
    name: '13: wrong Content-Range',
    script: () => ({
      store: once((_, { start }) => ({ headers: { 'Content-Range': `bytes ${start + 1}-${start + 9}/50000` } })),
    }),
    first: 'saved',
  },
  {
    name: '13: wrong total, always',
    script: () => ({
      store: always((_, { start, end }) => ({ headers: { 'Content-Range': `bytes ${start}-${end - 1}/99999` } })),
    }),
    first: 'changed-by-sender',
  },
  {
    name: '13: always another range: the file fails',
    script: () => ({
      store: always((_, { start, end }) => ({ headers: { 'Content-Range': `bytes ${start + 1}-${end}/50000` } })),
    }),
    first: 'range-wrong',
  },
  {
    name: '14: Content-Range hidden by CORS',
    script: () => ({ store: always(() => ({ headers: { 'Content-Range': undefined } })) }),
    first: 'saved',
  },
  {
    name: '15: body too short',
    script: () => ({ store: once((truth) => ({ body: truth.slice(0, truth.length / 2) })) }),
    first: 'saved',
    also: noByteTwice,
  },
  {
    name: '16: body too long, once',
    script: () => ({ store: once((truth) => ({ body: new Uint8Array([...truth, 1, 2, 3]) })) }),
    first: 'saved',
    also: noByteTwice,
  },
  {
    name: '16: body too long, always: its pieces are right, and are kept',
    script: () => ({ store: always((truth) => ({ body: new Uint8Array([...truth, 1, 2, 3]) })) }),
    first: 'saved',
    also: noByteTwice,
  },
  {
    name: '17: a corrupt byte, once: one piece is fetched again',
    script: (piece) => ({ store: once((truth, ask) => flipped(truth, ask, piece)) }),
    first: 'saved',
    also: ({ summary }, piece) => expect(summary.bytesFetchedTwice).toBe(piece === 5 ? 8192 - 100 : 8192),
  },
  {
    name: '17: a corrupt byte, always: "source damaged", with a text for the sender',
    script: (piece) => ({ store: always((truth, ask) => flipped(truth, ask, piece)) }),
    first: 'source-damaged',
    also: ({ rows: [row] }, piece) => {
      expect(row?.error?.message).toContain(`Piece ${piece + 1} of faulty.bin`);
      const hash = expect.stringMatching(/^[0-9a-f]{64}$/) as string;
      const text = { piece: piece + 1, from: piece * 8192, path: 'faulty.bin', expected: hash, received: hash };
      expect(row?.error?.detail).toMatchObject({ ...text, at: expect.any(Number) as number });
    },
  },
  {
    name: '19: another ETag, with hashes',
    script: () => ({ store: always(() => ({ headers: { ETag: '"other"' } })) }),
    first: 'saved',
  },
  {
    name: '31: Content-Encoding, once',
    script: () => ({ store: once(() => ({ headers: { 'Content-Encoding': 'gzip' } })) }),
    first: 'saved',
  },
  {
    name: '31: Content-Encoding, always',
    script: () => ({ store: always(() => ({ headers: { 'Content-Encoding': 'gzip' } })) }),
    first: 'encoding-refused',
  },
];

/** No byte was asked for again. */
export function noByteTwice({ asks, summary }: Outcome): void {
  expect(summary.bytesFetchedTwice).toBe(0);
  const starts = asks.filter((ask) => ask.hit).map((ask) => ask.start);
  expect(new Set(starts).size).toBe(starts.length);
}
