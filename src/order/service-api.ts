import * as v from 'valibot';
import { Sha256 } from './link.ts';

/**
 * The order service's requests, all with `Authorization: Bearer <order key>`:
 * - `GET  /api/orders/<id>/manifests/<sha256>` answers the manifest's bytes;
 * - `POST /api/orders/<id>/grants` with a `GrantRequest` answers a `GrantReply`;
 * - `POST /api/orders/<id>/receipts` with a `ReceiptRequest` answers a `ReceiptReply`; the same batch again changes nothing.
 * A key with a password needs it in `PASSWORD_HEADER`, too. Errors are `{ code, message }` with a 4xx or 5xx status.
 */
export const MAX_GRANTS = 100;

export const GrantRequest = v.strictObject({
  /** SHA-256 of the manifest whose files are meant. */
  manifest: Sha256,
  /** Indexes into the manifest's files. */
  files: v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(0))), v.minLength(1), v.maxLength(MAX_GRANTS)),
});

export const GrantReply = v.object({
  grants: v.array(
    v.object({
      file: v.number(),
      /** A presigned URL of the file's object. */
      url: v.pipe(v.string(), v.url()),
      /** For how long from now it can be used, in milliseconds. Relative, since the customer's clock may be wrong. */
      expiresIn: v.number(),
      /** Presigned URLs of the same object in further stores, of the same life. */
      mirrors: v.optional(v.array(v.pipe(v.string(), v.url()))),
    }),
  ),
});

const MAX_RECEIPTS = 1000;

/** Files that were received, verified and saved. */
export const ReceiptRequest = v.strictObject({
  /** SHA-256 of the manifest whose files are meant. */
  manifest: Sha256,
  files: v.pipe(
    v.array(
      v.strictObject({
        /** Index into the manifest's files. */
        file: v.pipe(v.number(), v.integer(), v.minValue(0)),
        /** SHA-256 of the whole file, as it was computed where it was received. */
        sha256: Sha256,
      }),
    ),
    v.minLength(1),
    v.maxLength(MAX_RECEIPTS),
  ),
});

export const ReceiptReply = v.object({
  /** How many files the batch names. */
  received: v.number(),
});

export const ErrorReply = v.object({ code: v.string(), message: v.string() });

export const manifestPath = (id: string, sha256: string): string => `/api/orders/${id}/manifests/${sha256}`;
export const grantsPath = (id: string): string => `/api/orders/${id}/grants`;
export const receiptsPath = (id: string): string => `/api/orders/${id}/receipts`;

/** The password of a key that has one: UTF-8 in base64url, since a header holds no other letters. */
export const PASSWORD_HEADER = 'holdfast-password';
