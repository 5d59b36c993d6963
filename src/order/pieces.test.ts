import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  choosePieceLength,
  DEFAULT_PIECE_LENGTH,
  MAX_PIECE_LENGTH,
  pieceCount,
  PieceSet,
  pieceSpan,
} from './pieces.ts';

const size = fc.integer({ min: 0, max: 2 ** 45 });

describe('pieces', () => {
  it('cover a file without a gap', () => {
    fc.assert(
      fc.property(size, fc.nat(), (bytes, pick) => {
        const count = pieceCount(bytes, DEFAULT_PIECE_LENGTH);
        fc.pre(count > 0);
        const piece = pick % count;
        const { start, end } = pieceSpan(piece, bytes, DEFAULT_PIECE_LENGTH);
        expect(end).toBeGreaterThan(start);
        expect(start).toBe(piece === 0 ? 0 : pieceSpan(piece - 1, bytes, DEFAULT_PIECE_LENGTH).end);
        if (piece === count - 1) expect(end).toBe(bytes);
      }),
    );
  });

  it('get longer when there are too many', () => {
    expect(choosePieceLength([0, 1])).toBe(DEFAULT_PIECE_LENGTH);
    expect(choosePieceLength([2 ** 41])).toBe(2 * DEFAULT_PIECE_LENGTH);
    expect(choosePieceLength([2 ** 50])).toBe(MAX_PIECE_LENGTH);
  });
});

describe('PieceSet', () => {
  it('is a set of numbers that survives the journal', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 99 })), fc.nat(99), (pieces, gone) => {
        const set = new PieceSet(100);
        for (const piece of pieces) set.add(piece);
        set.delete(gone);
        const again = new PieceSet(100, set.bytes);
        const expected = new Set(pieces);
        expected.delete(gone);
        expect(again.size).toBe(expected.size);
        for (let piece = 0; piece < 100; piece++) expect(again.has(piece)).toBe(expected.has(piece));
      }),
    );
  });

  it('takes no bits beyond its length from a damaged record, and no bytes either', () => {
    expect(new PieceSet(3, Uint8Array.of(0xff, 0xff)).size).toBe(3);
    expect(new PieceSet(20, Uint8Array.of(0xff)).size).toBe(8);
    expect(new PieceSet(8, Uint8Array.of(0xff)).full).toBe(true);
  });
});
