import { describe, expect, it } from 'vitest';
import { reconcile } from './recovery.ts';
import { memoryPart, MIB, orderOf } from './testing/fakes.ts';

const fileOf = (size: number, hashes = true): ReturnType<typeof orderOf>['files'][number] =>
  orderOf([size], hashes ? {} : { hashes: undefined }).files[0]!;

describe('reconcile', () => {
  it('finds nothing in an empty part', () => {
    const file = fileOf(3 * MIB);
    expect(reconcile(file, memoryPart())).toEqual([]);
    expect(file.bytesReceived).toBe(0);
  });

  it('clears verified pieces that the part is too short for', () => {
    const file = fileOf(3 * MIB);
    file.verified.add(0);
    file.verified.add(1);
    reconcile(file, memoryPart(new Uint8Array(MIB + 5).fill(7)));
    expect(file.verified.has(0)).toBe(true);
    expect(file.verified.has(1)).toBe(false);
  });

  it('keeps the beginning of a piece, and hands whole ones to be hashed, without a strike', () => {
    const file = fileOf(3 * MIB);
    const bytes = new Uint8Array(MIB + 500).fill(7);
    expect(reconcile(file, memoryPart(bytes))).toEqual([0]);
    expect(file.partial.get(1)).toBe(500);
    expect([...file.continued]).toEqual([0, 1]);
  });

  it('takes zeros for bytes that were never written, also between two ranges', () => {
    const file = fileOf(3 * MIB);
    const bytes = new Uint8Array(2 * MIB + 100);
    bytes.fill(7, 0, 10);
    bytes.fill(7, 2 * MIB);
    expect(reconcile(file, memoryPart(bytes))).toEqual([]);
    expect([...file.partial]).toEqual([
      [0, 10],
      [2, 100],
    ]);
  });

  it('keeps only journaled pieces where the sender gave no hashes', () => {
    const file = fileOf(3 * MIB, false);
    file.verified.add(0);
    expect(reconcile(file, memoryPart(new Uint8Array(2 * MIB).fill(7)))).toEqual([]);
    expect(file.bytesReceived).toBe(MIB);
  });

  it('looks once in a run: what a transfer left is known in memory', () => {
    const file = fileOf(MIB);
    reconcile(file, memoryPart());
    file.partial.set(0, 10);
    expect(reconcile(file, memoryPart(new Uint8Array(MIB).fill(7)))).toEqual([]);
    expect(file.partial.get(0)).toBe(10);
  });

  it('counts what a crash cost: pieces that are gone, and bytes that nothing can judge', () => {
    const short = fileOf(3 * MIB);
    for (const piece of [0, 1]) short.verified.add(piece);
    reconcile(short, memoryPart(new Uint8Array(MIB + 5).fill(7)));
    // the fifth byte of the second piece is kept and continued
    expect(short.fetchedTwice).toBe(MIB - 5);

    const unjudged = fileOf(3 * MIB, false);
    unjudged.verified.add(0);
    reconcile(unjudged, memoryPart(new Uint8Array(MIB + 700).fill(7)));
    expect([unjudged.fetchedTwice, unjudged.bytesReceived]).toEqual([700, MIB]);

    const nothing = fileOf(3 * MIB);
    reconcile(nothing, memoryPart(new Uint8Array(2 * MIB + 9).fill(7)));
    expect(nothing.fetchedTwice).toBe(0);
  });
});
