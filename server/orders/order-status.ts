import { AppError } from '../../src/order/errors.ts';
import type { OpenStore } from '../store/open-store.ts';
import { parseReceiptRecord, readRecords, type OnDamaged, type ReceiptRecord } from '../store/records.ts';
import { listKeys, type KnownKey } from './order-keys.ts';
import { readManifests, type StoredManifest } from './stored-manifests.ts';

/** How far the customer with one key has come. */
export interface KeyStatus extends Omit<KnownKey, 'hash'> {
  /** Files that were received and verified, and how many there are. */
  readonly received: number;
  readonly files: number;
  /** Of all receipts; undefined when there is none. */
  readonly firstAt: string | undefined;
  readonly lastAt: string | undefined;
  /** True when everything was received. */
  readonly complete: boolean;
  /** The key has ended before everything was received. */
  readonly overdue: boolean;
}

/** One order, for whoever governs it. */
export interface OrderStatus {
  readonly order: string;
  readonly title: string;
  readonly files: number;
  readonly bytes: number;
  /** When the newest manifest was made, ISO 8601. */
  readonly publishedAt: string;
  readonly manifest: string;
  readonly keys: readonly KeyStatus[];
  /** Records in the store that cannot be read and were left out, by their keys there. */
  readonly damaged: readonly string[];
}

/** The ids of all orders in a store. Throws what the store throws. */
export async function listOrders({ store, layout }: OpenStore): Promise<string[]> {
  const ids: string[] = [];
  for await (const id of store.folders(layout.orders)) ids.push(id);
  return ids;
}

/**
 * Undefined for an order that has no manifest (yet); `onDamaged` is told, too, where there is one that cannot be read. `now` in
 * ms since the epoch. Throws what the store throws.
 */
export async function orderStatus(
  target: OpenStore,
  order: string,
  now = Date.now(),
  onDamaged?: OnDamaged,
): Promise<OrderStatus | undefined> {
  const damaged: string[] = [];
  const leaveOut = (key: string): void => {
    damaged.push(key);
    onDamaged?.(key);
  };
  const manifests = await readManifests(target, order, leaveOut);
  const [newest] = manifests;
  if (!newest) return undefined;
  const receipts = await readReceipts(target, order, leaveOut);
  const keys = (await listKeys(target, order, now, leaveOut)).map((key) => keyStatus(key, manifests, receipts));
  const { title, files, createdAt } = newest.manifest;
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  return { order, title, files: files.length, bytes, publishedAt: createdAt, manifest: newest.sha256, keys, damaged };
}

/** As `orderStatus`. Throws `input-invalid` when there is no such order. */
export async function requireOrder(target: OpenStore, order: string, onDamaged?: OnDamaged): Promise<OrderStatus> {
  const status = await orderStatus(target, order, Date.now(), onDamaged);
  if (status) return status;
  throw new AppError(
    'input-invalid',
    `${target.store.name} has no order ${order}. Nothing was done; see: holdfast list`,
  );
}

async function readReceipts(
  { store, layout }: OpenStore,
  order: string,
  onDamaged: OnDamaged,
): Promise<ReceiptRecord[]> {
  const records: ReceiptRecord[] = [];
  for await (const { record } of readRecords(store, layout.receipts(order), parseReceiptRecord, onDamaged))
    records.push(record);
  return records.sort((a, b) => (a.receivedAt < b.receivedAt ? -1 : 1));
}

function keyStatus(
  { hash, ...key }: KnownKey,
  manifests: readonly StoredManifest[],
  receipts: readonly ReceiptRecord[],
): KeyStatus {
  const files = manifests.find(({ sha256 }) => sha256 === key.manifest)?.manifest.files.length ?? 0;
  const mine = receipts.filter((receipt) => receipt.key === hash && receipt.manifest === key.manifest);
  const received = new Set(mine.flatMap((receipt) => receipt.files.map(({ file }) => file))).size;
  const complete = files > 0 && received === files;
  return {
    ...key,
    received,
    files,
    firstAt: mine[0]?.receivedAt,
    lastAt: mine.at(-1)?.receivedAt,
    complete,
    overdue: !complete && key.state === 'expired',
  };
}
