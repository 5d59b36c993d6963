import { openDB, type DBSchema } from 'idb';
import { toAppError } from '../order/errors.ts';
import type { FileRecord, Journal, NetworkSettings, OrderRecord } from './ports.ts';

interface Schema extends DBSchema {
  orders: { key: string; value: OrderRecord };
  /** The bytes an order was made of: a manifest, or a list of links. */
  manifests: { key: string; value: Uint8Array<ArrayBuffer> };
  files: { key: [string, number]; value: FileRecord };
  settings: { key: string; value: FileSystemDirectoryHandle | NetworkSettings };
}

const ALL_FILES = (order: string): IDBKeyRange => IDBKeyRange.bound([order, 0], [order, Infinity]);

/** Opens the journal in IndexedDB, version 1. `onBlocked` is called when a newer version of the app wants the database. */
export async function openIdbJournal(name: string, onBlocked: () => void): Promise<Journal> {
  const db = await openDB<Schema>(name, 1, {
    upgrade(database) {
      database.createObjectStore('orders', { keyPath: 'order' });
      database.createObjectStore('manifests');
      database.createObjectStore('files', { keyPath: ['order', 'file'] });
      database.createObjectStore('settings');
    },
    blocking() {
      onBlocked();
      db.close();
    },
  }).catch((error: unknown) => {
    throw toAppError(error, 'storage-failed');
  });

  return {
    orders: async () => (await db.getAll('orders')).sort((a, b) => a.addedAt - b.addedAt),
    description: (order) => db.get('manifests', order),
    files: (order) => db.getAll('files', ALL_FILES(order)),
    async addOrder(record, description) {
      const tx = db.transaction(['orders', 'manifests'], 'readwrite', { durability: 'strict' });
      await Promise.all([
        tx.objectStore('orders').put(record),
        tx.objectStore('manifests').put(description, record.order),
        tx.done,
      ]);
    },
    async putOrder(record) {
      await db.put('orders', record);
    },
    async putDescription(order, description) {
      await db.put('manifests', description, order);
    },
    async putFile(record, durability = 'relaxed') {
      const tx = db.transaction('files', 'readwrite', { durability });
      await Promise.all([tx.store.put(record), tx.done]);
    },
    async removeOrder(order) {
      const tx = db.transaction(['orders', 'manifests', 'files'], 'readwrite', { durability: 'strict' });
      await Promise.all([
        tx.objectStore('orders').delete(order),
        tx.objectStore('manifests').delete(order),
        tx.objectStore('files').delete(ALL_FILES(order)),
        tx.done,
      ]);
    },
    destination: async () => (await db.get('settings', 'destination')) as FileSystemDirectoryHandle | undefined,
    async setDestination(folder) {
      await (folder ? db.put('settings', folder, 'destination') : db.delete('settings', 'destination'));
    },
    network: async () => (await db.get('settings', 'network')) as NetworkSettings | undefined,
    async putNetwork(settings) {
      await db.put('settings', settings, 'network');
    },
  };
}
