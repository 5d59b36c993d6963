import { wrap, type DBSchema, type IDBPDatabase, type IDBPTransaction, type StoreNames } from 'idb';
import pLimit from 'p-limit';
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

/** What TypeScript's library does not know yet of the Storage Buckets API, section 4. */
interface StorageBuckets {
  open(name: string): Promise<{ readonly indexedDB: IDBFactory }>;
}

type StoreName = StoreNames<Schema>;
type Write = (tx: IDBPTransaction<Schema, StoreName[], 'readwrite'>) => readonly Promise<unknown>[];
type Durability = 'strict' | 'relaxed';

const ALL_FILES = (order: string): IDBKeyRange => IDBKeyRange.bound([order, 0], [order, Infinity]);

const OUTDATED = 'A newer version of the app is at work here. Everything is kept; reload this window.';
const HELD = 'Another window holds the journal, and does not let go of it.';
/** Ms for opening. Behind another window's upgrade that cannot begin it would take for ever, without any event. */
const OPEN_WITHIN = 10_000;
const BUCKET = 'journal-copy';
/** Ms for opening what is in it: the app does not wait long for what it can do without. */
const COPY_WITHIN = 2_000;
const CLEARED = 'The data of this site is being cleared in the browser.';

/**
 * Opens the journal in IndexedDB, version 1. `onLost` is called when somebody takes the database away later: a newer version of the
 * app, or the user who clears the site's data. `factory` is the database's own place, where it is not the site's. Throws
 * `app-outdated` when a newer version has it already, `storage-busy` when another window blocks it for `within` ms, `disk-full`, and
 * `storage-failed`. One that the browser closes is opened again when it is needed.
 */
export async function openIdbJournal(
  name: string,
  onLost: (error: AppError) => void,
  within = OPEN_WITHIN,
  factory = indexedDB,
): Promise<Journal> {
  let lost: AppError | undefined;
  let opened: Promise<IDBPDatabase<Schema>> | undefined;
  const database = (): Promise<IDBPDatabase<Schema>> => {
    if (lost) return Promise.reject(lost);
    if (opened) return opened;
    opened = openDatabase(factory, name, within);
    opened.then((db) => {
      db.addEventListener('versionchange', ({ newVersion }) => {
        lost = newVersion === null ? new AppError('storage-failed', CLEARED) : new AppError('app-outdated', OUTDATED);
        db.close();
        onLost(lost);
      });
      db.addEventListener('close', forget);
    }, forget);
    return opened;
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
  /**
   * One write at a time. Killed while it commits two on different stores, Chromium 156 takes both claims of the database, which they share,
   * for exclusive ones at the next start, calls that corrupt, and empties all databases of the site (`docs/browsers.md`).
   */
  const turn = pLimit(1);
  const transaction = (stores: StoreName[], write: Write, durability: Durability = 'strict'): Promise<void> =>
    turn(() =>
      use(async (db) => {
        const tx = db.transaction(stores, 'readwrite', { durability });
        await Promise.all([...write(tx), tx.done]);
      }),
    );
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

/**
 * Opens the copy of the journal (`journal-copy.ts`), in a storage bucket of its own: all other databases of a site lie together, and are
 * lost together. undefined where the browser has no buckets, or this one does not open.
 */
export async function openIdbCopy(name: string): Promise<Journal | undefined> {
  const { storageBuckets } = navigator as { storageBuckets?: StorageBuckets };
  try {
    const bucket = await storageBuckets?.open(BUCKET);
    return bucket && (await openIdbJournal(name, () => undefined, COPY_WITHIN, bucket.indexedDB));
  } catch {
    return undefined;
  }
}

/** Opens the database, or says within `within` ms why not. */
async function openDatabase(factory: IDBFactory, name: string, within: number): Promise<IDBPDatabase<Schema>> {
  // not by idb's `openDB`, which knows of the site's own place only
  const request = factory.open(name, 1);
  request.addEventListener('upgradeneeded', () => {
    request.result.createObjectStore('orders', { keyPath: 'order' });
    request.result.createObjectStore('manifests');
    request.result.createObjectStore('files', { keyPath: ['order', 'file'] });
    request.result.createObjectStore('settings');
  });
  const opening = wrap(request) as unknown as Promise<IDBPDatabase<Schema>>;
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
