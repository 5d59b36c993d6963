import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../order/errors.ts';
import { readFileRecords, readOrderRecords } from './journal-records.ts';
import { OrderRun } from './order-run.ts';
import { readOrderSpec } from './order-spec.ts';
import type { FileRecord } from './ports.ts';
import { orderOf, MIB } from './testing/fakes.ts';
import { OLD_RECORDS } from './testing/old-records.ts';

const good: FileRecord = { order: 'a', file: 0, state: { kind: 'verified' }, pieces: Uint8Array.of(7) };

/** Records with one field or more replaced by anything. */
const hostile = fc
  .record({
    order: fc.oneof(fc.constant('a'), fc.anything()),
    file: fc.oneof(fc.constantFrom(0, 1, 5), fc.anything()),
    state: fc.oneof(fc.constantFrom({ kind: 'waiting' }, { kind: 'verified' }, { kind: 'saved' }), fc.anything()),
    pieces: fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.anything()),
    hashes: fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.anything()),
    claimed: fc.oneof(fc.string(), fc.anything()),
    replaces: fc.oneof(fc.string(), fc.anything()),
  })
  .map((record): unknown => record);

describe('records from a journal that somebody or something has changed', () => {
  it('are kept when they are whole', () => {
    expect(readFileRecords([good])).toEqual([good]);
  });

  it('count as missing when they are not: the file begins anew', () => {
    expect(readFileRecords([{ ...good, pieces: 'x' }, null, { ...good, state: { kind: 'saved' } }])).toEqual([]);
    expect(readOrderRecords([{ order: 'a' }, undefined])).toEqual([]);
  });

  it('never break an order', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(hostile, fc.anything())), fc.boolean(), (values, hashed) => {
        const { record, spec } = orderOf([3 * MIB, 5, 0], hashed ? {} : { hashes: undefined });
        const run = new OrderRun(record, spec, readFileRecords(values));
        for (const file of run.files) {
          expect(file.bytesReceived).toBeLessThanOrEqual(file.spec.size);
          expect(file.record().pieces).toHaveLength(Math.ceil(file.pieces / 8));
        }
      }),
    );
  });

  it('never make a save trust bytes without hashing them again', () => {
    const { record, spec } = orderOf([3 * MIB]);
    const run = new OrderRun(record, spec, [{ ...good, pieces: new Uint8Array() }]);
    expect(run.files[0]?.hasOldPieces).toBe(true);
  });

  it('throw nothing but AppError when the description of the order is damaged', () => {
    fc.assert(
      fc.property(fc.constantFrom('order', 'links'), fc.oneof(fc.uint8Array(), fc.json()), (kind, description) => {
        const bytes = typeof description === 'string' ? new TextEncoder().encode(description) : description;
        try {
          readOrderSpec(kind as 'order' | 'links', bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
        }
      }),
    );
  });
});

it.each(OLD_RECORDS)('reads what a version of the app kept: $commit', ({ order, files, now }) => {
  expect(readOrderRecords([order])).toEqual([order]);
  const [first, ...others] = files;
  expect(readFileRecords(files)).toEqual([{ ...first, ...now }, ...others]);
});
