import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { candidates, findPieces, findWhole, type Find } from './find-pieces.ts';
import type { OrderRun } from './order-run.ts';
import { MIB, orderOf } from './testing/fakes.ts';

/** 3.5 MiB that repeat nowhere: four pieces of 1 MiB. */
const bytes = Uint8Array.from({ length: 3.5 * MIB }, (_, i) => (i * 31 + (i >> 13) * 7) % 256);

function hashesOf(content: Uint8Array): Uint8Array {
  const pieces = Array.from({ length: Math.ceil(content.length / MIB) }, (_, i) =>
    createHash('sha256')
      .update(content.subarray(i * MIB, (i + 1) * MIB))
      .digest(),
  );
  return Uint8Array.from(Buffer.concat(pieces));
}

const orderWith = (path: string): OrderRun => orderOf([bytes.length], { path, hashes: hashesOf(bytes) });
const copyOf = (name: string, content: Uint8Array): File => new File([content as Uint8Array<ArrayBuffer>], name);
/** The bytes with nothing but zeros in these pieces. */
const without = (...pieces: readonly number[]): Uint8Array => {
  const holes = bytes.slice();
  for (const piece of pieces) holes.fill(0, piece * MIB, (piece + 1) * MIB);
  return holes;
};

const look = async (order: OrderRun, copy: File): Promise<Find[]> => findPieces(await candidates(order, copy), copy);

async function found(path: string, name: string, content: Uint8Array): Promise<readonly number[] | undefined> {
  return (await look(orderWith(path), copyOf(name, content)))[0]?.pieces;
}

describe('candidates, findPieces', () => {
  it('knows a whole file under any name', async () => {
    expect(await found('a.7z', 'holiday.jpg', bytes)).toEqual([0, 1, 2, 3]);
  });

  it.each([
    ['a.7z', 'a.7z.crdownload'],
    ['sub/a.7z', 'a.7z.part'],
    ['a.7z', 'a.Kq3_x-Z0.7z.part'],
    ['caf\u00e9.7z', 'cafe\u0301.7z.part'],
    ['A.7z', 'a.7z'],
    ['CON.7z', 'CON_.7z'],
  ])('knows what %s is called while it is half there: %s', async (path, name) => {
    expect(await found(path, name, without(0, 2).subarray(0, 3 * MIB))).toEqual([1]);
  });

  it('tries every piece of a file of the right size, whatever its name: holes do not hide the rest', async () => {
    expect(await found('a.7z', 'unknown', without(0))).toEqual([1, 2, 3]);
    expect(await found('a.7z', 'unknown', without(0).subarray(0, 3 * MIB))).toBeUndefined();
  });

  it('takes nothing from control files, empty files and strangers', async () => {
    expect(await found('a.7z', 'a.7z.aria2', bytes.subarray(5, 2 * MIB))).toBeUndefined();
    expect(await found('a.7z', 'a.7z', new Uint8Array())).toBeUndefined();
    expect(await found('a.7z', 'b.7z', bytes.subarray(1))).toBeUndefined();
  });

  it('leaves alone what is there or on its way already', async () => {
    const order = orderWith('a.7z');
    order.files[0]?.verified.add(1);
    order.files[0]?.assigned.add(2);
    expect((await look(order, copyOf('x', bytes)))[0]?.pieces).toEqual([0, 3]);
  });

  it('says when a file cannot be read', async () => {
    const gone = { size: 5, name: 'a.7z', slice: () => ({ arrayBuffer: () => Promise.reject(new Error('gone')) }) };
    await expect(candidates(orderWith('a.7z'), gone as unknown as File)).rejects.toMatchObject({
      code: 'copy-unreadable',
    });
  });
});

describe('findWhole', () => {
  it('names files of which nothing is there yet, by their beginning and their size', async () => {
    const order = orderWith('a.7z');
    expect(await findWhole(order, copyOf('x', bytes))).toEqual([order.files[0]]);
    expect(await findWhole(order, copyOf('x', bytes.subarray(0, 3 * MIB)))).toEqual([]);
    expect(await findWhole(order, copyOf('x', without(0)))).toEqual([]);
    expect(await findWhole(order, copyOf('x', without(3))), 'preallocated').toEqual([]);
    order.files[0]?.verified.add(3);
    expect(await findWhole(order, copyOf('x', bytes))).toEqual([]);
  });
});
