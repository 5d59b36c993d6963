import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { OrderRun } from './order-run.ts';
import type { Journal } from './ports.ts';
import { Receipts } from './receipts.ts';
import { MIB, orderOf } from './testing/fakes.ts';

const sent: unknown[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  sent.length = 0;
  vi.stubGlobal('fetch', (_: unknown, init: RequestInit) => {
    sent.push(JSON.parse(init.body as string));
    return Promise.resolve(Response.json({ received: 1 }));
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function orderWithReceipts(): OrderRun {
  const order = orderOf([MIB, MIB]);
  order.spec = { ...order.spec, receipts: true };
  order.record = { ...order.record, key: 'k' };
  return order;
}

it('tells nothing of a file that was handed over before the user found it', async () => {
  const journal: Partial<Journal> = { putOrder: () => Promise.resolve() };
  const receipts = new Receipts(journal as Journal);
  const order = orderWithReceipts();
  const [first, second] = order.files;
  first!.state = { kind: 'handed-over', name: 'file-0' };
  receipts.due(order);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sent).toEqual([]);

  second!.state = { kind: 'saved', name: 'file-1' };
  receipts.due(order);
  await vi.advanceTimersByTimeAsync(60_000);
  first!.apply({ kind: 'confirm' });
  receipts.due(order);
  await vi.advanceTimersByTimeAsync(60_000);
  const files = sent.map((body) => (body as { files: { file: number }[] }).files.map(({ file }) => file));
  expect(files).toEqual([[1], [0]]);
});
