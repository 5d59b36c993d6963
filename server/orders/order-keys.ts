import { randomBytes } from 'node:crypto';
import { AppError } from '../../src/order/errors.ts';
import { keyHash } from '../store/layout.ts';
import type { OpenStore } from '../store/open-store.ts';
import { parseKeyRecord, readRecords, toRecord, type KeyRecord, type OnDamaged } from '../store/records.ts';
import { hashPassword } from './passwords.ts';

/** What a new key is made of. */
export interface NewKey {
  readonly order: string;
  /** SHA-256 of the manifest that it opens. */
  readonly manifest: string;
  /** Its life in ms. */
  readonly expiresIn: number;
  readonly name?: string | undefined;
  readonly password?: string | undefined;
}

/** A key of an order, as whoever governs it sees it: without the key. */
export interface KnownKey {
  /** The first 12 hexadecimal digits of the key's SHA-256. */
  readonly id: string;
  /** SHA-256 of the key. */
  readonly hash: string;
  readonly name: string;
  /** SHA-256 of the manifest that it opens. */
  readonly manifest: string;
  /** ISO 8601, as all times here. */
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly hasPassword: boolean;
  readonly revokedAt: string | undefined;
  readonly state: 'active' | 'expired' | 'revoked';
}

/** Makes a key of 256 random bits and keeps its hash. It is told once: it cannot be read back. Throws `input-invalid` for a short password, and what the store throws. */
export async function addKey(
  { store, layout }: OpenStore,
  { order, manifest, expiresIn, name, password }: NewKey,
): Promise<{ readonly key: string; readonly id: string; readonly expiresAt: string }> {
  const key = randomBytes(32).toString('base64url');
  const hash = keyHash(key);
  const now = Date.now();
  const expiresAt = new Date(now + expiresIn).toISOString();
  const record: KeyRecord = {
    manifest,
    hash,
    ...(name !== undefined && { name }),
    createdAt: new Date(now).toISOString(),
    expiresAt,
    ...(password !== undefined && { password: await hashPassword(password) }),
  };
  await store.putNew(layout.keyRecord(order, hash), toRecord(record), 'application/json');
  return { key, id: shortId(hash), expiresAt };
}

/** How a key is named in lists and in the audit log. */
export function shortId(hash: string): string {
  return hash.slice(0, 12);
}

/**
 * All keys of an order, the newest first; damaged records are left out and told. `now` in ms since the epoch. Throws what the
 * store throws.
 */
export async function listKeys(
  { store, layout }: OpenStore,
  order: string,
  now = Date.now(),
  onDamaged?: OnDamaged,
): Promise<KnownKey[]> {
  const revoked = new Map<string, string>();
  // being there is what revokes, whatever it says
  for await (const { key } of store.list(layout.revocations(order))) revoked.set(hashOf(key), '');
  const revocations = readRecords(store, layout.revocations(order), revokedAt, onDamaged);
  for await (const { key, record } of revocations) revoked.set(hashOf(key), record);
  const keys: KnownKey[] = [];
  for await (const { key, record } of readRecords(store, layout.keys(order), parseKeyRecord, onDamaged)) {
    const { name = '', manifest, createdAt, expiresAt, password } = record;
    const hash = hashOf(key);
    const at = revoked.get(hash);
    const state = at !== undefined ? 'revoked' : Date.parse(expiresAt) > now ? 'active' : 'expired';
    const hasPassword = password !== undefined;
    keys.push({ id: shortId(hash), hash, name, manifest, createdAt, expiresAt, hasPassword, revokedAt: at, state });
  }
  return keys.sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
}

/**
 * Revokes the keys that `which` names by id or name, or all active ones with `all`. Effective at the next request.
 * Throws `input-invalid` when there is no such key.
 */
export async function revokeKeys(target: OpenStore, order: string, which: string | { all: true }): Promise<KnownKey[]> {
  const keys = await listKeys(target, order);
  const all = typeof which !== 'string';
  const chosen = keys.filter((key) => all || key.id === which || (key.name !== '' && key.name === which));
  if (chosen.length === 0) {
    const what = all ? 'no key' : `no key ${JSON.stringify(which)}`;
    throw new AppError(
      'input-invalid',
      `The order ${order} has ${what}. Nothing was revoked; see: holdfast status ${order}`,
    );
  }
  const record = toRecord({ revokedAt: new Date().toISOString() });
  for (const { hash } of chosen)
    await target.store.putNew(target.layout.revocation(order, hash), record, 'application/json');
  return chosen;
}

function hashOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1).replace(/\.json$/, '');
}

function revokedAt(bytes: Uint8Array): string {
  const record: unknown = JSON.parse(new TextDecoder().decode(bytes));
  return typeof record === 'object' && record !== null && 'revokedAt' in record ? String(record.revokedAt) : '';
}
