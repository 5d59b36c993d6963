import { openDB } from 'idb';
import { expect, it } from 'vitest';
import { openIdbJournal } from './idb-journal.ts';
import type { FileRecord, OrderRecord } from './ports.ts';
import { OLD_RECORDS } from './testing/old-records.ts';

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

it('keeps the picked folders, and reads the only one of a journal of before', async () => {
  const name = crypto.randomUUID();
  const journal = await openIdbJournal(name, () => undefined);
  expect(await journal.folders()).toEqual({ handles: [], current: undefined });
  const root = await navigator.storage.getDirectory();
  const db = await openDB(name);
  await db.put('settings', root, 'destination');
  expect(await journal.folders()).toMatchObject({ handles: [{ kind: 'directory' }], current: 0 });
  await db.put('settings', 'downloads', 'destination');
  expect(await journal.folders()).toEqual({ handles: [], current: 'downloads' });
  db.close();
  const other = await root.getDirectoryHandle('other', { create: true });
  await journal.putFolders({ handles: [root, other], current: 1 });
  const { handles, current } = await journal.folders();
  expect([handles.map((handle) => handle.name), current]).toEqual([['', 'other'], 1]);
  await journal.putFolders({ handles, current: 'downloads' });
  expect(await journal.folders()).toMatchObject({ handles: [{ name: '' }, { name: 'other' }], current: 'downloads' });
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

it.each(OLD_RECORDS)('reads what a version of the app kept: $commit', async ({ order, files, now }) => {
  const name = crypto.randomUUID();
  await new Promise<void>((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.addEventListener('error', () => reject(new Error(String(request.error))));
    request.addEventListener('upgradeneeded', () => {
      const orders = request.result.createObjectStore('orders', { keyPath: 'order' });
      request.result.createObjectStore('manifests');
      const records = request.result.createObjectStore('files', { keyPath: ['order', 'file'] });
      request.result.createObjectStore('settings');
      orders.put(order);
      for (const file of files) records.put(file);
    });
    request.addEventListener('success', () => {
      request.result.close();
      resolve();
    });
  });
  const journal = await openIdbJournal(name, () => undefined);
  expect(await journal.orders()).toEqual([order]);
  const [first, ...others] = files;
  expect(await journal.files('one')).toEqual([{ ...first, ...now }, ...others]);
  // and this version's own records go in beside them
  await journal.putFile({ ...file('one', 0), claimed: 'c.7z' });
  expect((await journal.files('one'))[0]?.claimed).toBe('c.7z');
});

it('says that another window holds the journal, instead of waiting for ever', async () => {
  const name = crypto.randomUUID();
  const held = await new Promise<IDBDatabase>((resolve) => {
    const request = indexedDB.open(name, 1);
    request.addEventListener('success', () => resolve(request.result));
  });
  indexedDB.deleteDatabase(name); // waits for the connection that is never closed
  await expect(openIdbJournal(name, () => undefined, 500)).rejects.toMatchObject({ code: 'storage-busy' });
  held.close();
});

it('writes one transaction at a time: two on different stores are corrupt to Chromium after a kill', async () => {
  const { transaction } = IDBDatabase.prototype;
  let open = 0;
  const most: number[] = [];
  IDBDatabase.prototype.transaction = function (stores, mode, options) {
    const tx = transaction.call(this as IDBDatabase, stores, mode, options);
    most.push(++open);
    tx.addEventListener('complete', () => open--);
    return tx;
  };
  try {
    const journal = await openIdbJournal(crypto.randomUUID(), () => undefined);
    await Promise.all([
      journal.addOrder(record('a', 1), Uint8Array.of(3)),
      journal.putOrder(record('a', 2)),
      journal.putDescription('a', Uint8Array.of(4)),
      journal.putFile(file('a', 0)),
      journal.putLog(['x']),
      journal.putFolders({ handles: [], current: 'downloads' }),
      journal.putNetwork({ limits: {}, connections: new Map() }),
      journal.removeOrder('a'),
    ]);
  } finally {
    IDBDatabase.prototype.transaction = transaction;
  }
  expect(most).toEqual(Array.from({ length: 8 }, () => 1));
});

it('5: is opened again when the browser has closed it, as on a full disk; a newer version that took it keeps it', async () => {
  const { transaction } = IDBDatabase.prototype;
  let connection: IDBDatabase | undefined;
  IDBDatabase.prototype.transaction = function (...args) {
    connection = this as IDBDatabase;
    return transaction.apply(this, args);
  };
  try {
    const name = crypto.randomUUID();
    const journal = await openIdbJournal(name, () => undefined);
    await journal.putFile(file('a', 0));
    connection?.close();
    await journal.putFile(file('a', 1));
    connection?.close();
    expect(await journal.files('a')).toHaveLength(2);
    const newer = await openDB(name, 2);
    await expect(journal.putFile(file('a', 2))).rejects.toMatchObject({ code: 'app-outdated' });
    newer.close();
  } finally {
    IDBDatabase.prototype.transaction = transaction;
  }
});
