import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a signature says. */
export type Verdict = 'valid' | 'expired' | 'invalid';

/** Path of the service under which a folder store's bytes are served. */
export const STORE_PATH = '/store/';

function sign(secret: string, key: string, expires: string): Buffer {
  // the line break cannot be part of a number: no other pair of key and time has the same text
  return createHmac('sha256', secret).update(`${expires}\n${key}`).digest();
}

/** `<publicUrl>/store/<key>?expires=…&signature=…`; `expires` in seconds since the epoch. */
export function signUrl(publicUrl: string, secret: string, key: string, expires: number): string {
  const path = key.split('/').map(encodeURIComponent).join('/');
  const query = new URLSearchParams({
    expires: String(expires),
    signature: sign(secret, key, String(expires)).toString('base64url'),
  });
  return `${publicUrl.replace(/\/+$/, '')}${STORE_PATH}${path}?${query}`;
}

/** Checks a signed URL's parts in constant time. `now` in ms since the epoch. */
export function checkSignature(
  secret: string,
  key: string,
  query: { readonly expires?: unknown; readonly signature?: unknown },
  now: number,
): Verdict {
  const { expires, signature } = query;
  if (typeof expires !== 'string' || typeof signature !== 'string' || !/^\d{1,12}$/.test(expires)) return 'invalid';
  const given = Buffer.from(signature, 'base64url');
  const right = sign(secret, key, expires);
  if (given.length !== right.length || !timingSafeEqual(given, right)) return 'invalid';
  return Number(expires) * 1000 <= now ? 'expired' : 'valid';
}
