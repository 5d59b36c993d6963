import * as Comlink from 'comlink';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { PartStoreApi } from './testing/part-store-worker.ts';

let worker: Worker;
let store: Comlink.Remote<PartStoreApi>;

beforeEach(() => {
  worker = new Worker(new URL('./testing/part-store-worker.ts', import.meta.url), { type: 'module' });
  store = Comlink.wrap(worker);
});

afterEach(async () => {
  for (const order of await store.orders()) await store.removeOrder(order);
  worker.terminate();
});

it('writes at an offset, reads back, and gives the bytes as a file', async () => {
  expect(await store.write('order-a', 0, Uint8Array.of(1, 2, 3), 10)).toBe(13);
  expect([...(await store.read('order-a', 0, 9, 10))]).toEqual([0, 1, 2, 3]);
  expect((await store.blob('order-a', 0))?.size).toBe(13);
  expect(await store.orders()).toEqual(['order-a']);
});

it('knows no part that was never opened, and removes without complaint what is not there', async () => {
  expect(await store.blob('order-b', 7)).toBeUndefined();
  await store.remove('order-b', 7);
  await store.removeOrder('order-b');
  expect(await store.orders()).toEqual([]);
});

it('waits for a handle that a dead worker still holds', async () => {
  await store.holdFor('order-c', 0, 600);
  expect(await store.write('order-c', 0, Uint8Array.of(1), 0)).toBe(1);
});

it('finds out whether there is room, and leaves nothing of it', async () => {
  expect(await store.hasRoom(9 * 1024 * 1024)).toBe(true);
  expect(await store.orders()).toEqual([]);
});

it('6: takes a write of which the browser took only half for a full disk', async () => {
  expect(await store.writeShort('order-d', new Uint8Array(10))).toBe('disk-full');
});
