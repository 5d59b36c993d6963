import { expect, it, vi } from 'vitest';
import { openIdbCopy, openIdbJournal } from './idb-journal.ts';
import { withCopy } from './journal-copy.ts';
import type { FileRecord, Journal, OrderRecord } from './ports.ts';

const order: OrderRecord = {
  order: 'a',
  kind: 'order',
  id: 'A-1042',
  title: 'Lot 7',
  addedAt: 1,
  will: 'started',
  files: 2,
  bytes: 10,
};
const file = (index: number, state: FileRecord['state']): FileRecord => ({
  order: 'a',
  file: index,
  state,
  pieces: Uint8Array.of(128),
});
const MANIFEST = Uint8Array.of(1, 2);

const open = (name: string = crypto.randomUUID()): Promise<Journal> => openIdbJournal(name, () => undefined);

it('has the orders, the folders and what is saved when the browser has emptied the journal', async () => {
  const name = crypto.randomUUID();
  const journal = await withCopy(await open(), (await openIdbCopy(name))!);
  const root = await navigator.storage.getDirectory();
  await journal.addOrder({ ...order, will: 'ready' }, MANIFEST);
  await journal.putOrder(order);
  await journal.putFolders({ handles: [root], current: 0 });
  await journal.putNetwork({ limits: { bytesPerSecond: 5 }, connections: new Map() });
  await journal.putFile(file(0, { kind: 'downloading' }));
  await journal.putFile(file(0, { kind: 'saved', name: 'a.7z' }), 'strict');
  await journal.putFile(file(1, { kind: 'downloading' }));

  const kept = (await openIdbCopy(name))!;
  await vi.waitFor(async () => expect((await kept.files('a'))[0]?.state.kind).toBe('saved'));
  // the copy lies in a place of its own, and is there at the next start
  const again = await withCopy(await open(), (await openIdbCopy(name))!);
  expect(await again.orders()).toEqual([order]);
  expect(await again.description('a')).toEqual(MANIFEST);
  expect(await again.files('a'), 'recovery finds what is not saved').toEqual([
    file(0, { kind: 'saved', name: 'a.7z' }),
  ]);
  const { handles, current } = await again.folders();
  expect([await handles[0]!.isSameEntry(root), current]).toEqual([true, 0]);
  expect((await again.network())?.limits).toEqual({ bytesPerSecond: 5 });
  expect((await again.log()).join()).toContain('had lost the journal, or a part of it: 1 orders were taken');
});

it('copies what the journal has from before there was a copy', async () => {
  const first = await open();
  await first.addOrder(order, MANIFEST);
  await first.putFile(file(0, { kind: 'saved', name: 'a.7z' }));
  await first.putFolders({ handles: [await navigator.storage.getDirectory()], current: 0 });
  const copy = await open();
  await withCopy(first, copy);
  expect(await copy.orders()).toEqual([order]);
  expect(await copy.files('a')).toHaveLength(1);
  expect((await copy.folders()).handles).toHaveLength(1);
  expect(await first.log(), 'nothing was lost').toEqual([]);
});

it('does not bring back an order that was removed, nor call a file saved that is not any more', async () => {
  const [first, copy] = [await open(), await open()];
  const journal = await withCopy(first, copy);
  await journal.addOrder(order, MANIFEST);
  await journal.putFile(file(0, { kind: 'saved', name: 'a.7z' }));
  await vi.waitFor(async () => expect((await copy.files('a'))[0]?.state.kind).toBe('saved'));
  await journal.putFile(file(0, { kind: 'downloading' })); // found damaged
  await vi.waitFor(async () => expect((await copy.files('a'))[0]?.state.kind).toBe('downloading'));
  await journal.removeOrder('a');
  expect(await (await withCopy(await open(), copy)).known()).toEqual([]);
});

it('goes on without a copy that fails, but removes no order that the copy would bring back', async () => {
  const first = await open();
  const fails = (): Promise<never> => Promise.reject(new Error('no more'));
  const copy: Journal = { ...(await open()), known: fails, addOrder: fails, putOrder: fails, removeOrder: fails };
  const journal = await withCopy(first, copy);
  await journal.addOrder(order, MANIFEST);
  await journal.putOrder({ ...order, will: 'paused' });
  expect(await first.orders()).toEqual([{ ...order, will: 'paused' }]);
  await expect(journal.removeOrder('a')).rejects.toThrow('no more');
  expect(await first.known()).toEqual(['a']);
});
