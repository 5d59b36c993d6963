import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a signature says. */
export type Verdict = 'valid' | 'expired' | 'invalid';

/** Path of the service under which a folder store's bytes are served. */
export const STORE_PATH = '/store/';

/** A URL's parts as they come. */
export interface SignedQuery {
  readonly expires?: unknown;
  readonly version?: unknown;
  readonly signature?: unknown;
}

function sign(secret: string, key: string, expires: string, version: string): Buffer {
  // neither a number nor an encoded version holds a blank or a line break: no other three parts have the same text
  const text = version === '' ? `${expires}\n${key}` : `${expires} ${encodeURIComponent(version)}\n${key}`;
  return createHmac('sha256', secret).update(text).digest();
}

/** `<publicUrl>/store/<key>?expires=…&signature=…`; `expires` in seconds since the epoch. */
export function signUrl(publicUrl: string, secret: string, key: string, expires: number, version = ''): string {
  const path = key.split('/').map(encodeURIComponent).join('/');
  const query = new URLSearchParams({
    expires: String(expires),
    ...(version !== '' && { version }),
    signature: sign(secret, key, String(expires), version).toString('base64url'),
  });
  return `${publicUrl.replace(/\/+$/, '')}${STORE_PATH}${path}?${query}`;
}

/** Checks a signed URL's parts in constant time. `now` in ms since the epoch. */
export function checkSignature(secret: string, key: string, query: SignedQuery, now: number): Verdict {
  const { expires, version = '', signature } = query;
  if (
    typeof version !== 'string' ||
    typeof expires !== 'string' ||
    typeof signature !== 'string' ||
    !/^\d{1,12}$/.test(expires)
  )
    return 'invalid';
  const given = Buffer.from(signature, 'base64url');
  const right = sign(secret, key, expires, version);
  if (given.length !== right.length || !timingSafeEqual(given, right)) return 'invalid';
  return Number(expires) * 1000 <= now ? 'expired' : 'valid';
}
