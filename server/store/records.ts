import * as v from 'valibot';
import { Sha256 } from '../../src/order/link.ts';

const Time = v.pipe(v.string(), v.isoTimestamp());
const KeyName = v.pipe(v.string(), v.maxLength(200));

/** A password as it is kept: scrypt (RFC 7914) with N 2^14, r 8, p 1; both in base64url. */
const PasswordHash = v.object({ salt: v.string(), hash: v.string() });

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
