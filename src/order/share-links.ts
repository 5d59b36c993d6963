import { AppError } from './errors.ts';

/** At most this many links are taken at once. */
const MAX_LINKS = 10_000;

/** One presigned URL; `identity` is what stays the same when it is signed anew: host, bucket and key. */
export interface ShareLink {
  readonly url: string;
  readonly identity: string;
  readonly name: string;
}

/** Finds the presigned URLs in pasted text, each once. `mc share` prints them behind `Share:`. Throws `links-invalid`. */
export function parseShareLinks(text: string): ShareLink[] {
  const links = new Map<string, ShareLink>();
  for (const [raw] of text.matchAll(/https?:\/\/[^\s"'<>,]+/g)) {
    const link = shareLink(raw);
    if (link) links.set(link.identity, link);
  }
  if (links.size === 0) {
    throw new AppError(
      'links-invalid',
      'No link was found in this text. Paste whole addresses that begin with https://, one a line.',
    );
  }
  if (links.size > MAX_LINKS)
    throw new AppError('links-invalid', `These are more than ${MAX_LINKS} links. Paste them in parts.`);
  return [...links.values()];
}

function shareLink(raw: string): ShareLink | undefined {
  if (!URL.canParse(raw)) return undefined;
  const url = new URL(raw);
  if (url.username || url.password) return undefined;
  const last = url.pathname.split('/').pop() ?? '';
  return { url: url.href, identity: identityOf(url), name: decode(last) || 'download' };
}

/** What stays the same when a URL is signed anew. */
export function identityOf({ origin, pathname }: URL): string {
  return origin + pathname;
}

/** True when a text is a Metalink, readable or not, and not one with links in it. */
export function looksLikeMetalink(text: string): boolean {
  return /<metalink\b/.test(text);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text).replaceAll(/[/\\\p{Cc}]/gu, '_');
  } catch {
    return text;
  }
}
