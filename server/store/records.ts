import * as v from 'valibot';
import { Sha256 } from '../../src/order/link.ts';

/** What the store keeps of an order's key. The key itself is only in the link. */
export const KeyRecord = v.object({
  /** SHA-256 of the manifest that the key opens. */
  manifest: Sha256,
  createdAt: v.pipe(v.string(), v.isoTimestamp()),
  expiresAt: v.pipe(v.string(), v.isoTimestamp()),
});

export type KeyRecord = v.InferOutput<typeof KeyRecord>;

/** A record's bytes: JSON in UTF-8. */
export function toRecord(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** Reads a key's record. Throws a `ValiError` or `SyntaxError` when it is damaged. */
export function parseKeyRecord(bytes: Uint8Array): KeyRecord {
  return v.parse(KeyRecord, JSON.parse(new TextDecoder().decode(bytes)));
}
