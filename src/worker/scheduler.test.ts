import { describe, expect, it } from 'vitest';
import type { FileRun } from './order-run.ts';
import { nextRange } from './scheduler.ts';
import { MIB, orderOf } from './testing/fakes.ts';

const calm = { now: 0, connections: 1, bytesPerSecond: 1, saving: true, room: Infinity };

describe('nextRange', () => {
  it('asks for up to 64 MiB of missing pieces that touch', () => {
    const order = orderOf([200 * MIB, 200 * MIB]);
    expect(nextRange([order], calm)).toMatchObject({ start: 0, end: 64 * MIB, firstPiece: 0, endPiece: 64 });
  });

  it('asks for less while the speed of the connection is unknown: 32 MiB, or half a file of 112 MiB', () => {
    const unknown = { ...calm, bytesPerSecond: 0 };
    expect(nextRange([orderOf([200 * MIB])], unknown)).toMatchObject({ start: 0, end: 32 * MIB });
    expect(nextRange([orderOf([110 * MIB, 200 * MIB])], unknown)).toMatchObject({ start: 0, end: 56 * MIB });
  });

  it('asks for less near the end of one large file, too', () => {
    const order = orderOf([1024 * MIB]);
    order.files[0]!.apply({ kind: 'begin' });
    for (let piece = 0; piece < 944; piece++) order.files[0]!.verified.add(piece);
    const task = nextRange([order], { ...calm, connections: 6, bytesPerSecond: 1e6 });
    expect(task).toMatchObject({ firstPiece: 944, endPiece: 950 });
  });

  it('asks for less near the end, so that all connections finish together', () => {
    const order = orderOf([40 * MIB]);
    expect(nextRange([order], { ...calm, connections: 4 })).toMatchObject({ start: 0, end: 5 * MIB });
  });

  it('passes over pieces that are verified or that somebody writes', () => {
    const order = orderOf([4 * MIB]);
    const file = order.files[0]!;
    file.verified.add(0);
    file.assigned.add(2);
    expect(nextRange([order], calm)).toMatchObject({ start: MIB, end: 2 * MIB });
  });

  it('goes on at the byte where an unfinished piece ended, and lets a later one begin its own range', () => {
    const order = orderOf([4 * MIB]);
    const file = order.files[0]!;
    file.partial.set(0, 1000);
    file.partial.set(1, 5);
    expect(nextRange([order], calm)).toMatchObject({ start: 1000, end: MIB });
  });

  it('takes the files first that the user wants first', () => {
    const order = orderOf([MIB, MIB, MIB, MIB]);
    order.record = { ...order.record, firstFiles: [2, 3] };
    const taken = Array.from({ length: 4 }, () => {
      const task = nextRange([order], calm)!;
      task.file.state = { kind: 'verified' };
      return task.file.index;
    });
    expect(taken).toEqual([2, 3, 0, 1]);
  });

  it('takes two pieces first that somebody looks at, whatever else is due, but none that somebody writes', () => {
    const [one, two] = [orderOf([4 * MIB]), orderOf([9 * MIB, 9 * MIB])];
    const file = two.files[1]!;
    const looked = { ...calm, urgent: [{ file, piece: 5 }] };
    expect(nextRange([one, two], looked)).toMatchObject({ file, firstPiece: 5, endPiece: 7 });
    file.assigned.add(5);
    expect(nextRange([one, two], looked)).toMatchObject({ file, firstPiece: 6, endPiece: 7 });
    file.verified.add(6);
    expect(nextRange([one, two], looked)?.file.order).toBe(one);
    expect(nextRange([one, two], { ...calm, urgent: [{ file, piece: 8 }] })).toMatchObject({
      firstPiece: 8,
      endPiece: 9,
    });
    two.record = { ...two.record, will: 'paused' };
    expect(nextRange([one, two], { ...calm, urgent: [{ file, piece: 8 }] })?.file.order).toBe(one);
  });

  it('begins no further file while eight wait to be saved, but ends those that were begun', () => {
    const order = orderOf(Array.from({ length: 10 }, () => 9 * MIB));
    for (const file of order.files.slice(0, 8)) file.state = { kind: 'verified' };
    expect(nextRange([order], calm)).toBeUndefined();
    expect(nextRange([order], { ...calm, saving: false })?.file.index).toBe(8);
    order.files[9]!.state = { kind: 'downloading' };
    expect(nextRange([order], calm)?.file.index).toBe(9);
  });

  it('begins more of them while all together are small, 32 at the most', () => {
    const order = orderOf(Array.from({ length: 40 }, () => MIB));
    for (const file of order.files.slice(0, 8)) file.state = { kind: 'verified' };
    expect(nextRange([order], calm)?.file.index).toBe(8);
    for (const file of order.files.slice(0, 32)) file.state = { kind: 'verified' };
    expect(nextRange([order], calm)).toBeUndefined();
  });

  it('counts begun files as well, of all orders', () => {
    const [one, two] = [
      orderOf(Array.from({ length: 5 }, () => 12 * MIB)),
      orderOf(Array.from({ length: 5 }, () => 9 * MIB)),
    ];
    const take = ({ assigned, pieces }: FileRun): void => {
      for (let piece = 0; piece < pieces; piece++) assigned.add(piece);
    };
    for (const file of one.files) {
      file.state = { kind: 'downloading' };
      take(file);
    }
    for (const file of two.files.slice(0, 2)) file.state = { kind: 'verified' };
    two.files[3]!.partial.set(0, 5); // begun before a restart
    expect(nextRange([one, two], calm)?.file).toBe(two.files[3]);
    take(two.files[3]!);
    expect(nextRange([one, two], calm)).toBeUndefined();
    two.files[0]!.state = { kind: 'saved', name: 'x' };
    expect(nextRange([one, two], calm)?.file).toBe(two.files[2]);
    one.record = { ...one.record, will: 'paused' };
    expect(nextRange([one, two], calm)?.file, 'those of a paused order do not count').toBe(two.files[2]);
  });

  it('does not count files that the folder refuses: the page hands them over', () => {
    const order = orderOf(Array.from({ length: 9 }, () => 9 * MIB));
    for (const file of order.files.slice(0, 8)) {
      file.state = { kind: 'verified' };
      file.refused = { code: 'save-refused', message: '', detail: {} };
    }
    expect(nextRange([order], calm)?.file.index).toBe(8);
  });

  describe('where it is known how much fits', () => {
    const begun = (sizes: readonly number[], received: readonly number[]): ReturnType<typeof orderOf> => {
      const order = orderOf(sizes);
      received.forEach((pieces, i) => {
        const file = order.files[i]!;
        file.state = { kind: 'downloading' };
        for (let piece = 0; piece < pieces; piece++) file.verified.add(piece);
      });
      return order;
    };

    it('goes on with the begun files that fit, those that lack the least first, and begins no other', () => {
      const order = begun([4 * MIB, 4 * MIB, 4 * MIB, MIB], [1, 3, 2]);
      const situation = { ...calm, room: 8 * MIB };
      expect(nextRange([order], situation)?.file.index).toBe(1);
      order.files[1]!.assigned.add(3);
      expect(nextRange([order], situation)?.file.index).toBe(2);
      for (const piece of [2, 3]) order.files[2]!.assigned.add(piece);
      expect(nextRange([order], situation)).toBeUndefined();
    });

    it('goes on with one file, whatever its size, but not while a file that is saved is about to leave room', () => {
      const order = begun([4 * MIB, 4 * MIB], [1, 1]);
      expect(nextRange([order], { ...calm, room: MIB })?.file.index).toBe(0);
      order.files[0]!.state = { kind: 'verified' };
      expect(nextRange([order], { ...calm, room: MIB })).toBeUndefined();
      expect(nextRange([order], { ...calm, room: MIB, saving: false })?.file.index).toBe(1);
    });

    it('begins a file when it fits beside the others', () => {
      const order = begun([2 * MIB, 2 * MIB, MIB], [1]);
      order.files[0]!.assigned.add(1);
      expect(nextRange([order], { ...calm, room: 3 * MIB })?.file.index).toBe(2);
      expect(nextRange([order], { ...calm, room: 2 * MIB })).toBeUndefined();
      expect(nextRange([orderOf([MIB])], { ...calm, room: 0 })?.file.index).toBe(0);
    });
  });

  it('leaves orders and files alone that are paused or wait', () => {
    const order = orderOf([MIB, MIB]);
    order.files[0]!.notBefore = 10;
    expect(nextRange([order], calm)?.file.index).toBe(1);
    order.notBefore = 10;
    expect(nextRange([order], calm)).toBeUndefined();
    order.notBefore = 0;
    order.record = { ...order.record, will: 'paused' };
    expect(nextRange([order], calm)).toBeUndefined();
  });

  it('takes the first order first', () => {
    const [first, second] = [orderOf([MIB]), orderOf([MIB])];
    expect(nextRange([first, second], calm)?.file.order).toBe(first);
    first.files[0]!.state = { kind: 'saved', name: 'x' };
    expect(nextRange([first, second], calm)?.file.order).toBe(second);
  });
});
