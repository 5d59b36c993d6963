import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { AppError } from '../../src/order/errors.ts';
import { OrderId, OrderKey, Sha256 } from '../../src/order/link.ts';
import { parseManifest, type Manifest } from '../../src/order/manifest.ts';
import type { Layout } from '../store/layout.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { parseKeyRecord } from '../store/records.ts';

/** A manifest as it is stored and as it is read. */
export interface StoredManifest {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly manifest: Manifest;
}

/** Up to this many bytes of manifests are kept in memory; they never change. */
const CACHE_BYTES = 64 * 1024 * 1024;

/** Decides who may see which manifest. Has no state but a cache. */
export class OrderAccess {
  readonly #store: ObjectStore;
  readonly #layout: Layout;
  readonly #now: () => number;
  readonly #cache = new Map<string, StoredManifest>();
  #cached = 0;

  /** `now` gives ms since the epoch. */
  constructor(store: ObjectStore, layout: Layout, now: () => number) {
    this.#store = store;
    this.#layout = layout;
    this.#now = now;
  }

  /**
   * The manifest `sha256` of an order for a holder of its key. Throws `request-invalid`, `order-unknown`, `key-invalid`,
   * `key-expired`, and what the store throws.
   */
  async manifest(order: string, sha256: string, authorization: string | undefined): Promise<StoredManifest> {
    if (!v.is(OrderId, order) || !v.is(Sha256, sha256))
      throw new AppError(
        'request-invalid',
        'The address names no order. Copy the link again from the message of the sender.',
      );
    await this.#checkKey(order, sha256, authorization);
    const path = this.#layout.manifest(order, sha256);
    const known = this.#cache.get(path);
    if (known) return known;
    const bytes = await this.#store.get(path);
    if (!bytes) throw unknownOrder();
    if (createHash('sha256').update(bytes).digest('hex') !== sha256)
      throw new AppError('manifest-mismatch', `${path} in the store is damaged. Publish the order again.`);
    return this.#keep(path, { bytes, manifest: parseManifest(bytes) });
  }

  async #checkKey(order: string, sha256: string, authorization: string | undefined): Promise<void> {
    const key = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    const bytes = v.is(OrderKey, key) ? await this.#store.get(this.#layout.key(order, key)) : undefined;
    if (!bytes) {
      for await (const _ of this.#store.list(this.#layout.manifests(order))) throw invalidKey();
      throw unknownOrder();
    }
    const record = parseKeyRecord(bytes);
    if (record.manifest !== sha256) throw invalidKey();
    if (Date.parse(record.expiresAt) > this.#now()) return;
    const message = `This order's link ended on ${record.expiresAt}. What was received is kept. Ask the sender for a new link.`;
    throw new AppError('key-expired', message, { expiresAt: record.expiresAt });
  }

  #keep(path: string, stored: StoredManifest): StoredManifest {
    this.#cache.set(path, stored);
    this.#cached += stored.bytes.length;
    for (const [oldest, { bytes }] of this.#cache) {
      if (this.#cached <= CACHE_BYTES || oldest === path) break;
      this.#cache.delete(oldest);
      this.#cached -= bytes.length;
    }
    return stored;
  }
}

function unknownOrder(): AppError {
  return new AppError('order-unknown', 'This order is not known here. The sender may have removed it; ask the sender.');
}

function invalidKey(): AppError {
  return new AppError(
    'key-invalid',
    'The key in this link is not right. Copy the link again from the message of the sender.',
  );
}
