import {
  openDB,
  type DBSchema,
  type IDBPDatabase,
  type IDBPTransaction,
  type OpenDBCallbacks,
  type StoreNames,
} from 'idb';
import type { DestinationChoice } from '../engine-api.ts';
import { AppError, toAppError } from '../order/errors.ts';
import { readFileRecords, readOrderRecords } from './journal-records.ts';
import type { FileRecord, Journal, NetworkSettings, OrderRecord, PickedFolders } from './ports.ts';

interface Schema extends DBSchema {
  orders: { key: string; value: OrderRecord };
  /** The bytes an order was made of: a manifest, or a list of links. */
  manifests: { key: string; value: Uint8Array<ArrayBuffer> };
  files: { key: [string, number]; value: FileRecord };
  /**
   * `folders`: those that the user picked (before there were several, `destination`: the only one, or `downloads`); `network`: what is
   * known of it; `log`: lines of the event log.
   */
  settings: { key: string; value: PickedFolders | DestinationChoice | NetworkSettings | string[] };
}

type StoreName = StoreNames<Schema>;
type Write = (tx: IDBPTransaction<Schema, StoreName[], 'readwrite'>) => readonly Promise<unknown>[];
type Durability = 'strict' | 'relaxed';

const ALL_FILES = (order: string): IDBKeyRange => IDBKeyRange.bound([order, 0], [order, Infinity]);

const OUTDATED = 'A newer version of the app is at work here. Everything is kept; reload this window.';
const HELD = 'Another window holds the journal, and does not let go of it.';
/** Ms for opening. Behind another window's upgrade that cannot begin it would take for ever, without any event. */
const OPEN_WITHIN = 10_000;
const CLEARED = 'The data of this site is being cleared in the browser.';

/**
 * Opens the journal in IndexedDB, version 1. `onLost` is called when somebody takes the database away later: a newer version of the
 * app, or the user who clears the site's data. Throws `app-outdated` when a newer version has it already, `storage-busy` when another
 * window blocks it for `within` ms, `disk-full`, and `storage-failed`. One that the browser closes is opened again when it is needed.
 */
export async function openIdbJournal(
  name: string,
  onLost: (error: AppError) => void,
  within = OPEN_WITHIN,
): Promise<Journal> {
  let lost: AppError | undefined;
  let opened: Promise<IDBPDatabase<Schema>> | undefined;
  const database = (): Promise<IDBPDatabase<Schema>> => {
    if (lost) return Promise.reject(lost);
    const mine = (opened ??= openDatabase(name, within, {
      blocking(_version, wanted) {
        lost = wanted === null ? new AppError('storage-failed', CLEARED) : new AppError('app-outdated', OUTDATED);
        void mine.then((db) => db.close());
        onLost(lost);
      },
      terminated: forget,
    }));
    mine.catch(forget);
    return mine;
  };
  const forget = (): void => void (opened = undefined);

  const use = async <T>(task: (db: IDBPDatabase<Schema>) => Promise<T>): Promise<T> => {
    try {
      return await task(await database()).catch(async (error: unknown) => {
        if (!isNamed(error, 'InvalidStateError')) throw error;
        // the browser has closed it, as Chromium does when the disk is full in the middle of a write: another one may be had
        forget();
        return task(await database());
      });
    } catch (error) {
      throw journalError(error);
    }
  };
  const transaction = (stores: StoreName[], write: Write, durability: Durability = 'strict'): Promise<void> =>
    use(async (db) => {
      const tx = db.transaction(stores, 'readwrite', { durability });
      await Promise.all([...write(tx), tx.done]);
    });
  await database();

  return {
    orders: async () => readOrderRecords(await use((db) => db.getAll('orders'))),
    known: async () => {
      const keys = await use((db) => Promise.all([db.getAllKeys('orders'), db.getAllKeys('manifests')]));
      return [...new Set(keys.flat())];
    },
    description: (order) => use((db) => db.get('manifests', order)),
    files: async (order) => readFileRecords(await use((db) => db.getAll('files', ALL_FILES(order)))),
    addOrder: (record, description) =>
      transaction(['orders', 'manifests', 'files'], (tx) => [
        // what a removed order of the same key may have left
        tx.objectStore('files').delete(ALL_FILES(record.order)),
        tx.objectStore('orders').put(record),
        tx.objectStore('manifests').put(description, record.order),
      ]),
    putOrder: (record) => transaction(['orders'], (tx) => [tx.objectStore('orders').put(record)]),
    putDescription: (order, description) =>
      transaction(['manifests'], (tx) => [tx.objectStore('manifests').put(description, order)]),
    putFile: (record, durability = 'relaxed') =>
      transaction(['files'], (tx) => [tx.objectStore('files').put(record)], durability),
    removeOrder: (order) =>
      transaction(['orders', 'manifests', 'files'], (tx) => [
        tx.objectStore('orders').delete(order),
        tx.objectStore('manifests').delete(order),
        tx.objectStore('files').delete(ALL_FILES(order)),
      ]),
    log: async () => {
      const lines = await use((db) => db.get('settings', 'log'));
      return Array.isArray(lines) ? lines : [];
    },
    putLog: (lines) =>
      transaction(['settings'], (tx) => [tx.objectStore('settings').put([...lines], 'log')], 'relaxed'),
    async folders() {
      const folders = (await use((db) => db.get('settings', 'folders'))) as PickedFolders | undefined;
      if (folders) return folders;
      const only = (await use((db) => db.get('settings', 'destination'))) as DestinationChoice | undefined;
      return only && only !== 'downloads' ? { handles: [only], current: 0 } : { handles: [], current: only };
    },
    putFolders: (folders) => transaction(['settings'], (tx) => [tx.objectStore('settings').put(folders, 'folders')]),
    network: async () => (await use((db) => db.get('settings', 'network'))) as NetworkSettings | undefined,
    putNetwork: (settings) =>
      transaction(['settings'], (tx) => [tx.objectStore('settings').put(settings, 'network')], 'relaxed'),
  };
}

/** Opens the database, or says within `within` ms why not. */
async function openDatabase(
  name: string,
  within: number,
  callbacks: OpenDBCallbacks<Schema>,
): Promise<IDBPDatabase<Schema>> {
  const opening = openDB<Schema>(name, 1, {
    upgrade(database) {
      database.createObjectStore('orders', { keyPath: 'order' });
      database.createObjectStore('manifests');
      database.createObjectStore('files', { keyPath: ['order', 'file'] });
      database.createObjectStore('settings');
    },
    ...callbacks,
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new AppError('storage-busy', HELD)), within);
  });
  try {
    return await Promise.race([opening, tooLate]);
  } catch (error) {
    throw isNamed(error, 'VersionError')
      ? new AppError('app-outdated', OUTDATED, {}, { cause: error })
      : journalError(error);
  } finally {
    clearTimeout(timer);
  }
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof DOMException && error.name === name;
}

/** A full disk stops the queue; whatever else a transaction ends with is tried again. */
function journalError(error: unknown): AppError {
  if (isNamed(error, 'QuotaExceededError'))
    return new AppError('disk-full', 'The disk is full. Everything received is kept.', {}, { cause: error });
  return toAppError(error, 'storage-failed');
}
