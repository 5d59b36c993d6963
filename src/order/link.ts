import * as v from 'valibot';
import { AppError } from './errors.ts';

/** An order's id: what a folder may be called everywhere. 1–64 letters, digits, `.`, `_`, `-`; starts with a letter or digit, does not end with `.`. */
export const OrderId = v.pipe(
  v.string(),
  v.regex(/^(?=.{1,64}$)[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?$/, 'is not an order id'),
);
/** A SHA-256 in lower-case hexadecimal. */
export const Sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'is not a SHA-256'));
/** An order's key: 256 bits in base64url. */
export const OrderKey = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/, 'is not an order key'));

/** What an order link says. The key is a secret: it stays in the fragment, which no server sees. */
export interface OrderLink {
  readonly id: string;
  readonly key: string;
  /** SHA-256 of the manifest's bytes, hexadecimal. */
  readonly manifest: string;
}

/** A link that needs no service: `at` leads to a `StaticGrants` document in the store. */
export interface StaticLink {
  readonly id: string;
  /** A presigned URL; a secret while it lives. */
  readonly at: string;
  /** SHA-256 of the manifest's bytes, hexadecimal. */
  readonly manifest: string;
}

const OrderLinkSchema = v.object({ id: OrderId, key: OrderKey, manifest: Sha256 });
const StaticLinkSchema = v.object({
  id: OrderId,
  at: v.pipe(v.string(), v.url(), v.regex(/^https?:/)),
  manifest: Sha256,
});

/** `#/order/<id>?key=<secret>&manifest=<sha256>` behind the app's address. */
export function formatOrderLink(appUrl: string, link: OrderLink): string {
  const query = new URLSearchParams({ key: link.key, manifest: link.manifest });
  return `${appUrl.replace(/[/#]*$/, '')}/#/order/${link.id}?${query}`;
}

/** `#/order/<id>?at=<base64url of a URL>&manifest=<sha256>` behind the app's address. */
export function formatStaticLink(appUrl: string, { id, at, manifest }: StaticLink): string {
  // a URL is ASCII
  const encoded = btoa(at).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  return `${appUrl.replace(/[/#]*$/, '')}/#/order/${id}?${new URLSearchParams({ at: encoded, manifest })}`;
}

/** True when a fragment or address carries an order link's secret, whole or damaged. */
export function looksLikeOrderLink(text: string): boolean {
  return /#\/order\/[^?]*\?/.test(text);
}

/** Reads an order link, a whole address or only its fragment. Throws `link-invalid`. */
export function parseOrderLink(text: string): OrderLink {
  const { id, query } = split(text);
  const result = v.safeParse(OrderLinkSchema, { id, key: query.get('key'), manifest: query.get('manifest') });
  if (!result.success) throw invalidLink();
  return result.output;
}

/** Reads a static link, a whole address or only its fragment; undefined when it has no `at`. Throws `link-invalid`. */
export function parseStaticLink(text: string): StaticLink | undefined {
  const { id, query } = split(text);
  if (!query.has('at')) return undefined;
  const result = v.safeParse(StaticLinkSchema, {
    id,
    at: decodeUrl(query.get('at') ?? ''),
    manifest: query.get('manifest'),
  });
  if (!result.success) throw invalidLink();
  return result.output;
}

function split(text: string): { readonly id: string | undefined; readonly query: URLSearchParams } {
  const match = /#\/order\/([^?]*)\?(.*)$/s.exec(text.trim());
  return { id: match?.[1], query: new URLSearchParams(match?.[2] ?? '') };
}

function decodeUrl(encoded: string): string | undefined {
  try {
    return atob(encoded.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return undefined;
  }
}

function invalidLink(): AppError {
  return new AppError(
    'link-invalid',
    'This is not a whole order link. Copy it again from the message of the sender, to its end.',
  );
}
