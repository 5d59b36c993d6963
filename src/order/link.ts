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

const OrderLinkSchema = v.object({ id: OrderId, key: OrderKey, manifest: Sha256 });

/** `#/order/<id>?key=<secret>&manifest=<sha256>` behind the app's address. */
export function formatOrderLink(appUrl: string, link: OrderLink): string {
  const query = new URLSearchParams({ key: link.key, manifest: link.manifest });
  return `${appUrl.replace(/[/#]*$/, '')}/#/order/${link.id}?${query}`;
}

/** True when a fragment or address carries an order link's secret, whole or damaged. */
export function looksLikeOrderLink(text: string): boolean {
  return /#\/order\/[^?]*\?/.test(text);
}

/** Reads an order link, a whole address or only its fragment. Throws `link-invalid`. */
export function parseOrderLink(text: string): OrderLink {
  const match = /#\/order\/([^?]*)\?(.*)$/s.exec(text.trim());
  const query = new URLSearchParams(match?.[2] ?? '');
  const result = v.safeParse(OrderLinkSchema, {
    id: match?.[1],
    key: query.get('key'),
    manifest: query.get('manifest'),
  });
  if (!result.success)
    throw new AppError(
      'link-invalid',
      'This is not a whole order link. Copy it again from the message of the sender, to its end.',
    );
  return result.output;
}
