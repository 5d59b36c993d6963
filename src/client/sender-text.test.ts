import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { FileRow, OrderSummary } from '../engine-api.ts';
import { errorRules, type ErrorCode, type ErrorDetail } from '../order/errors.ts';
import { describeError } from './messages.ts';
import { senderOrder, senderText } from './sender-text.ts';

// Node 20 has none
beforeAll(() => void vi.stubGlobal('navigator', { languages: ['en-US'] }));
afterAll(() => void vi.unstubAllGlobals());

const summary = { id: 'A-1042', title: 'Lot 7', kind: 'order', order: 'c'.repeat(64) } as OrderSummary;
const textOf = (code: ErrorCode, detail: ErrorDetail = {}): string | undefined =>
  senderText(
    { path: 'chips/a.7z', size: 20_000_000, pieceCount: 3, error: { code, message: '', detail } } as FileRow,
    senderOrder(summary),
  );

it('17: names order, file, piece, both hashes and the time', () => {
  const [expected, received] = ['a'.repeat(64), 'b'.repeat(64)];
  const detail = { piece: 2, from: 8_388_608, to: 16_777_215, expected, received, at: Date.UTC(2026, 10, 26, 18) };
  expect(textOf('source-damaged', detail)?.split('\n')).toEqual([
    'Order: A-1042, Lot 7',
    `SHA-256 of its description: ${'c'.repeat(64)}`,
    'File: chips/a.7z, 20,000,000 bytes',
    'What happened: Piece 2 of 3 (bytes 8,388,608 to 16,777,215) arrives damaged every time.',
    `Expected SHA-256: ${expected}`,
    `Received SHA-256: ${received}`,
    'When: 2026-11-26T18:00:00.000Z',
  ]);
});

it('17: says of a file without hashes of its pieces that it is damaged, and of a failure of before no time', () => {
  expect(textOf('source-damaged')).toContain('What happened: It arrives damaged every time.');
  expect(textOf('source-damaged')).not.toContain('When');
});

/** With these a file fails. */
const FAIL: ReadonlySet<ErrorCode> = new Set([
  'not-found',
  'source-damaged',
  'changed-by-sender',
  'header-hidden',
  'range-ignored',
  'range-wrong',
  'encoding-refused',
  'unexpected-status',
  'server-error',
  'storage-failed',
  'engine-failed',
]);
const describe = (code: ErrorCode): string => describeError({ code, message: '', detail: {} }, { failed: true });

it('a file that failed is never said to be tried again by itself', () => {
  for (const code of FAIL) expect(describe(code), code).not.toMatch(/by itself|is fetched again/);
});

it('is there whenever the page says of a file that the sender is to be told', () => {
  const codes = Object.keys(errorRules) as ErrorCode[];
  // these stop an order, or concern what the customer does
  const ofFiles = codes.filter((code) => textOf(code) !== undefined);
  const told = codes.filter((code) => FAIL.has(code) && /[Tt]ell the sender|The sender/.test(describe(code)));
  // by another network, most likely; but only the sender may know what is between
  expect(ofFiles.sort()).toEqual([...told, 'encoding-refused'].sort());
});
