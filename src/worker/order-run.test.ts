import { expect, it } from 'vitest';
import { MIB, orderOf } from './testing/fakes.ts';

it('tells the journal of no piece that is not flushed', () => {
  const [file] = orderOf([3 * MIB]).files as [ReturnType<typeof orderOf>['files'][number]];
  for (const piece of [0, 1, 2]) file.verified.add(piece);
  file.uncommitted.add(1);
  expect([...file.record().pieces]).toEqual([0b101]);
  file.uncommitted.clear();
  expect([...file.record().pieces]).toEqual([0b111]);
});

it('is newer than anything that a page knows of an earlier engine, from the start', () => {
  const order = orderOf([MIB]);
  expect(order.files[0]?.revision).toBe(order.revision);
  order.files[0]?.touch();
  expect(order.files[0]?.revision).toBe(order.revision);
});
