import * as v from 'valibot';
import { Sha256 } from '../../src/order/link.ts';
import type { ObjectStore } from './object-store.ts';

const Time = v.pipe(v.string(), v.isoTimestamp());
const KeyName = v.pipe(v.string(), v.maxLength(200));

/** At most 128 MiB and some hundred ms, so that no record takes all of a computer. */
const Cost = (most: number) => v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most)));

/** A password as it is kept: scrypt (RFC 7914), salt and hash in base64url; N 2^14, r 8, p 1 where they are not said. */
const PasswordHash = v.object({ salt: v.string(), hash: v.string(), n: Cost(2 ** 17), r: Cost(8), p: Cost(16) });

/** What the store keeps of an order's key. The key itself is only in the link. */
const KeyRecord = v.object({
  /** SHA-256 of the manifest that the key opens. */
  manifest: Sha256,
  /** SHA-256 of the key; left out in records of the first version, which had it only as their name. */
  hash: v.optional(Sha256),
  name: v.optional(KeyName),
  createdAt: Time,
  expiresAt: Time,
  password: v.optional(PasswordHash),
});

/** A batch of receipts: files that a holder of a key has received and verified. */
const ReceiptRecord = v.object({
  manifest: Sha256,
  /** SHA-256 of the key. */
  key: Sha256,
  /** When the service got it, by its own clock. */
  receivedAt: Time,
  files: v.array(v.object({ file: v.number(), sha256: Sha256 })),
});

export type KeyRecord = v.InferOutput<typeof KeyRecord>;
export type ReceiptRecord = v.InferOutput<typeof ReceiptRecord>;

/** A record's bytes: JSON in UTF-8. */
export function toRecord(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

const read = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes));

/** Reads a key's record. Throws a `ValiError` or `SyntaxError` when it is damaged. */
export function parseKeyRecord(bytes: Uint8Array): KeyRecord {
  return v.parse(KeyRecord, read(bytes));
}

/** Reads a batch of receipts. Throws a `ValiError` or `SyntaxError` when it is damaged. */
export function parseReceiptRecord(bytes: Uint8Array): ReceiptRecord {
  return v.parse(ReceiptRecord, read(bytes));
}

/** Told the store's key of a record that is damaged: it is left out, and everything else goes on. */
export type OnDamaged = (key: string) => void;

/**
 * Reads all records below `prefix`; damaged ones are left out and told. Throws what the store throws.
 */
export async function* readRecords<T>(
  store: Pick<ObjectStore, 'list' | 'get'>,
  prefix: string,
  parse: (bytes: Uint8Array<ArrayBuffer>) => T,
  onDamaged: OnDamaged = () => undefined,
): AsyncGenerator<{ readonly key: string; readonly record: T }> {
  for await (const { key } of store.list(prefix)) {
    const bytes = await store.get(key);
    if (!bytes) continue;
    let record: T;
    try {
      record = parse(bytes);
    } catch {
      onDamaged(key);
      continue;
    }
    yield { key, record };
  }
}
