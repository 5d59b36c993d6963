import { createHash, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import * as v from 'valibot';
import { AppError } from '../../src/order/errors.ts';
import { OrderId, OrderKey, Sha256 } from '../../src/order/link.ts';
import { parseManifest, type Manifest } from '../../src/order/manifest.ts';
import { shortId } from '../orders/order-keys.ts';
import { passwordFits } from '../orders/passwords.ts';
import { keyHash, type Layout } from '../store/layout.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { parseKeyRecord, type KeyRecord } from '../store/records.ts';

/** A manifest as it is stored and as it is read. */
export interface StoredManifest {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly manifest: Manifest;
}

/** What a request shows. */
export interface Credentials {
  readonly authorization: string | undefined;
  /** UTF-8 in base64url. */
  readonly password: string | undefined;
}

/** An order that a holder of a key may have. */
export interface Access extends StoredManifest {
  /** SHA-256 of the key. */
  readonly hash: string;
  /** How lists and the audit log name the key. */
  readonly keyId: string;
}

/** How `OrderAccess` decides. */
export interface AccessOptions {
  readonly store: ObjectStore;
  readonly layout: Layout;
  /** The time in ms since the epoch. */
  readonly now: () => number;
}

/** Up to this many bytes of manifests are kept in memory, as they are stored and as they are read; they never change. */
const MANIFEST_BYTES = 192 * 1024 * 1024;
/** A manifest that was read takes about twice its text beside it: most of both are the hashes of pieces. */
const WEIGHT = 3;
/** Up to so many records of keys are kept in memory, for so long in ms: they never change, but an order may be removed. */
const KEYS = 10_000;
const KEY_LIFE = 60_000;
/** Up to so many passwords are not derived again while their key is in use. */
const PASSWORDS = 10_000;

/** The order key of an `Authorization` header; undefined when it is not one. */
export function keyOf(authorization: string | undefined): string | undefined {
  const key = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  return v.is(OrderKey, key) ? key : undefined;
}

/** Decides who may see which manifest. Has no state but caches of what never changes. */
export class OrderAccess {
  // many customers of one order come at once: what is being read is read once, for all of them
  readonly #manifests = new LRUCache<string, StoredManifest, string>({
    maxSize: MANIFEST_BYTES,
    sizeCalculation: ({ bytes }) => WEIGHT * bytes.length,
    ignoreFetchAbort: true,
    fetchMethod: (path, _stale, { context: sha256 }) => this.#readManifest(path, sha256),
  });
  readonly #keys = new LRUCache<string, KeyRecord>({
    max: KEYS,
    ttl: KEY_LIFE,
    ignoreFetchAbort: true,
    fetchMethod: (path) => this.#readKey(path),
  });
  readonly #passwords = new LRUCache<string, true>({ max: PASSWORDS });

  constructor(private readonly options: AccessOptions) {}

  /**
   * The manifest `sha256` of an order for a holder of its key. `tryPassword` is called before a password is derived, and
   * throws when there were too many. Throws `request-invalid`, `order-unknown`, `key-invalid`, `key-expired`, `key-revoked`,
   * `password-needed`, and what the store throws.
   */
  async open(
    order: string,
    sha256: string,
    credentials: Credentials,
    tryPassword: (hash: string) => Promise<void>,
  ): Promise<Access> {
    if (!v.is(OrderId, order) || !v.is(Sha256, sha256))
      throw new AppError(
        'request-invalid',
        'The address names no order. Copy the link again from the message of the sender.',
      );
    const { hash, record } = await this.#findKey(order, sha256, credentials.authorization);
    await this.#checkPassword(hash, record, credentials.password, tryPassword);
    const stored = await this.#manifests.fetch(this.options.layout.manifest(order, sha256), { context: sha256 });
    if (!stored) throw unknownOrder();
    return { ...stored, hash, keyId: shortId(hash) };
  }

  async #findKey(
    order: string,
    sha256: string,
    authorization: string | undefined,
  ): Promise<{ readonly hash: string; readonly record: KeyRecord }> {
    const { store, layout, now } = this.options;
    const key = keyOf(authorization);
    // the key itself is compared with nothing: its SHA-256 is the name of the record, so time tells nothing of it
    const hash = keyHash(key ?? '');
    const [record, revocation] =
      key === undefined
        ? []
        : await Promise.all([
            this.#keys.fetch(layout.keyRecord(order, hash)),
            store.get(layout.revocation(order, hash)),
          ]);
    if (!record) {
      for await (const _ of store.list(layout.manifests(order))) throw invalidKey();
      throw unknownOrder();
    }
    // a record that somebody copied to the hash of another key opens nothing
    if (record.hash !== undefined && !timingSafeEqual(Buffer.from(record.hash), Buffer.from(hash))) throw invalidKey();
    if (record.manifest !== sha256) throw invalidKey();
    if (revocation)
      throw new AppError(
        'key-revoked',
        'The sender has ended this link. What was received is kept. Ask for a new link.',
      );
    if (Date.parse(record.expiresAt) > now()) return { hash, record };
    const message = `This order's link ended on ${record.expiresAt}. What was received is kept. Ask the sender for a new link.`;
    throw new AppError('key-expired', message, { expiresAt: record.expiresAt });
  }

  async #readKey(path: string): Promise<KeyRecord | undefined> {
    const bytes = await this.options.store.get(path);
    return bytes && parseKeyRecord(bytes);
  }

  async #checkPassword(
    hash: string,
    { password: kept }: KeyRecord,
    encoded: string | undefined,
    tryPassword: (hash: string) => Promise<void>,
  ): Promise<void> {
    if (!kept) return;
    if (encoded === undefined) throw passwordNeeded('needs a password. Ask the sender for it.');
    const known = createHash('sha256').update(`${hash}\n${kept.hash}\n${encoded}`).digest('hex');
    if (this.#passwords.get(known)) return;
    await tryPassword(hash);
    if (!(await passwordFits(Buffer.from(encoded, 'base64url').toString('utf8'), kept)))
      throw passwordNeeded('has another password. Ask the sender for it.');
    this.#passwords.set(known, true);
  }

  async #readManifest(path: string, sha256: string): Promise<StoredManifest | undefined> {
    const bytes = await this.options.store.get(path);
    if (!bytes) return undefined;
    if (createHash('sha256').update(bytes).digest('hex') !== sha256)
      throw new AppError('manifest-mismatch', `${path} in the store is damaged. Publish the order again.`);
    return { bytes, manifest: parseManifest(bytes) };
  }
}

function passwordNeeded(what: string): AppError {
  return new AppError('password-needed', `This link ${what} What was received is kept.`);
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
