import { expect, it } from 'vitest';
import { openIdbJournal } from './idb-journal.ts';
import type { FileRecord, OrderRecord } from './ports.ts';

const record = (order: string, addedAt: number): OrderRecord => ({
  order,
  kind: 'order',
  id: order,
  title: order,
  addedAt,
  will: 'ready',
  files: 1,
  bytes: 10,
});
const file = (order: string, index: number): FileRecord => ({
  order,
  file: index,
  state: { kind: 'waiting' },
  pieces: Uint8Array.of(5),
});

it('keeps orders in their order of arrival, their files and their description', async () => {
  const name = crypto.randomUUID();
  const journal = await openIdbJournal(name, () => undefined);
  await journal.addOrder(record('b', 2), Uint8Array.of(1, 2));
  await journal.addOrder(record('a', 1), Uint8Array.of(3));
  await journal.putFile(file('a', 1), 'strict');
  await journal.putFile(file('a', 0));
  await journal.putFile(file('b', 0));

  const again = await openIdbJournal(name, () => undefined);
  expect((await again.orders()).map((each) => each.order)).toEqual(['a', 'b']);
  expect(await again.description('b')).toEqual(Uint8Array.of(1, 2));
  expect((await again.files('a')).map((each) => each.file)).toEqual([0, 1]);
  await again.removeOrder('a');
  expect(await again.files('a')).toEqual([]);
  expect(await again.files('b')).toHaveLength(1);
});

it('lists an order that was removed and is opened again without anything of before', async () => {
  const journal = await openIdbJournal(crypto.randomUUID(), () => undefined);
  await journal.addOrder(record('a', 1), Uint8Array.of(3));
  await journal.removeOrder('a');
  await journal.putFile({ ...file('a', 1), state: { kind: 'saved', name: 'x' } }); // a write that came late
  await journal.addOrder(record('a', 2), Uint8Array.of(3));
  expect(await journal.files('a')).toEqual([]);
});

it('keeps where finished files go: the picked folder, or the browser’s downloads', async () => {
  const journal = await openIdbJournal(crypto.randomUUID(), () => undefined);
  expect(await journal.destination()).toBeUndefined();
  await journal.setDestination(await navigator.storage.getDirectory());
  expect(await journal.destination()).toMatchObject({ kind: 'directory' });
  await journal.setDestination('downloads');
  expect(await journal.destination()).toBe('downloads');
});

it("keeps the user's limits, and what it learned of the hosts", async () => {
  const journal = await openIdbJournal(crypto.randomUUID(), () => undefined);
  expect(await journal.network()).toBeUndefined();
  const settings = { limits: { bytesPerSecond: 1_000_000 }, connections: new Map([['store.example', 6]]) };
  await journal.putNetwork(settings);
  expect(await journal.network()).toEqual(settings);
});

it('steps aside when a newer version of the app wants the database', async () => {
  const name = crypto.randomUUID();
  let asked = false;
  await openIdbJournal(name, () => (asked = true));
  await new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = resolve;
    request.onerror = reject;
  });
  expect(asked).toBe(true);
});
