import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseContentRange, parseRequestedRange, parseUnsatisfiedRange } from './content-range.ts';

it('reads what servers send', () => {
  expect(parseContentRange('bytes 0-99/1000')).toEqual({ first: 0, last: 99, total: 1000 });
  expect(parseContentRange(' Bytes 5-5/* ')).toEqual({ first: 5, last: 5, total: undefined });
  expect(parseUnsatisfiedRange('bytes */0')).toBe(0);
});

it.each(['', 'bytes 5-4/10', 'bytes 0-10/10', 'bytes 0-9', 'items 0-9/10', 'bytes -5/10', 'bytes 0-9/10, 20-29/40'])(
  'does not believe %j',
  (header) => expect(parseContentRange(header)).toBeUndefined(),
);

it('reads what media elements ask for', () => {
  expect(parseRequestedRange('bytes=0-')).toEqual({ start: 0, end: Infinity });
  expect(parseRequestedRange('bytes=5-5')).toEqual({ start: 5, end: 6 });
  for (const ignored of ['', 'bytes=-5', 'bytes=9-5', 'bytes=0-1,4-5', 'items=0-1']) {
    expect(parseRequestedRange(ignored), ignored).toBeUndefined();
  }
});

it('never throws, and never gives a range that cannot be', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `bytes ${text}`),
      ),
      (header) => {
        const range = parseContentRange(header);
        parseUnsatisfiedRange(header);
        if (range) expect(range.last).toBeGreaterThanOrEqual(range.first);
      },
    ),
  );
});
