import * as v from 'valibot';
import { Sha256 } from './link.ts';

const Url = v.pipe(v.string(), v.url(), v.regex(/^https?:/));

/**
 * What a static link's `at` leads to: everything that the order service would answer, written once into the store.
 * It cannot be renewed or revoked; a newer link to the same manifest goes on from there.
 */
export const StaticGrants = v.strictObject({
  version: v.literal(1),
  /** SHA-256 of the manifest, as in the link. */
  manifest: Sha256,
  /** A presigned URL of the manifest. */
  manifestUrl: Url,
  /** When all of the URLs end, ISO 8601, by the sender's clock; for words only. */
  expiresAt: v.pipe(v.string(), v.isoTimestamp()),
  /** A presigned URL for each file of the manifest, in its order. */
  urls: v.pipe(v.array(Url), v.maxLength(100_000)),
});

export type StaticGrants = v.InferOutput<typeof StaticGrants>;
