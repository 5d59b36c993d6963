import pLimit from 'p-limit';
import { parseContentRange, parseUnsatisfiedRange } from '../order/content-range.ts';
import { AppError } from '../order/errors.ts';
import { sha256Hex } from '../order/hex.ts';
import type { OrderLink, StaticLink } from '../order/link.ts';
import { parseManifest } from '../order/manifest.ts';
import { fetchManifest, type OrderAccess } from './access.ts';
import type { GivenLink, GivenLinks } from './given-links.ts';
import { encodeLinks, type LinkFile } from './order-spec.ts';
import type { OrderRecord } from './ports.ts';
import { whyUnreachable } from './reachability.ts';
import { headerHidden } from './transfer.ts';

/** A new order: what the journal keeps of it. */
export interface NewOrder {
  readonly record: OrderRecord;
  readonly description: Uint8Array<ArrayBuffer>;
}

/** Fetches and checks the manifest that an order link names. Throws `manifest-…`, and what the service answers. */
export async function openOrderLink(link: OrderLink | StaticLink, access: OrderAccess): Promise<NewOrder> {
  const description = await fetchManifest(link, access);
  if ((await sha256Hex(description)) !== link.manifest) {
    throw new AppError(
      'manifest-mismatch',
      "The order's description is not the one that the link promises. Nothing was stored. Ask the sender for a new link.",
    );
  }
  const manifest = parseManifest(description);
  if (manifest.id !== link.id) {
    throw new AppError('manifest-mismatch', 'The link names another order than its description. Nothing was stored.');
  }
  const record: OrderRecord = {
    order: link.manifest,
    kind: 'order',
    id: manifest.id,
    title: manifest.title || manifest.id,
    addedAt: Date.now(),
    will: 'ready',
    ...access,
    files: manifest.files.length,
    bytes: manifest.files.reduce((sum, file) => sum + file.size, 0),
  };
  return { record, description };
}

/** Asks each link for what is not known of it and makes an order of them. Throws the first link's error: nothing is stored then. */
export async function openShareLinks({ id, links }: GivenLinks): Promise<NewOrder> {
  const probes = pLimit(4);
  const files = await Promise.all(links.map((link) => probes(() => fileOf(link))));
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  const first = links[0]?.name ?? '';
  const record: OrderRecord = {
    order: crypto.randomUUID(),
    kind: 'links',
    id: id ?? `links-${stamp}`,
    title: id ?? (links.length === 1 ? first : `${first} + ${links.length - 1}`),
    addedAt: Date.now(),
    will: 'ready',
    files: files.length,
    bytes: files.reduce((sum, file) => sum + file.size, 0),
  };
  return { record, description: encodeLinks(files) };
}

/** Where every piece has its hash nothing need be asked; else size and ETag tell whether all bytes come from one version. */
async function fileOf(link: GivenLink): Promise<LinkFile> {
  const { name: path, identity, url, size, mirrors, sha256, pieces } = link;
  const known = { path, identity, url, mirrors, sha256, pieces };
  if (size !== undefined && (pieces || size === 0)) return { ...known, size };
  const found = await probe(link);
  if (size === undefined || size === found.size) return { ...known, ...found };
  const detail = { path, size: found.size };
  throw new AppError(
    'changed-by-sender',
    `${path} has another size than its Metalink says. Nothing was stored.`,
    detail,
  );
}

/** Size and version by `GET bytes=0-0`: a `HEAD` is refused by a URL that is signed for `GET`. */
async function probe(link: GivenLink): Promise<Pick<LinkFile, 'size' | 'etag' | 'modified'>> {
  const response = await fetch(link.url, {
    headers: { Range: 'bytes=0-0' },
    cache: 'no-store',
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    signal: AbortSignal.timeout(20_000),
  }).catch(async () => {
    const why = await whyUnreachable(link.url);
    // nothing waits and tries again here: the user does
    throw why.code === 'source-unreachable' ? new AppError(why.code, why.message, { ...why.detail, adding: 1 }) : why;
  });
  await response.body?.cancel();
  const header = response.headers.get('Content-Range') ?? '';
  // the first byte cannot be had only of an empty object (RFC 9110, section 14.1.2); MinIO sends no Content-Range with it
  const total = response.status === 416 ? (parseUnsatisfiedRange(header) ?? 0) : parseContentRange(header)?.total;
  if (total === undefined) throw probeError(link, response.status);
  return { size: total, ...versionOf(link, response, total) };
}

/** What keeps two versions apart. A page may always read `Last-Modified`; an ETag only where CORS exposes it. */
function versionOf({ name }: GivenLink, { headers }: Response, size: number): Pick<LinkFile, 'etag' | 'modified'> {
  const etag = headers.get('ETag');
  if (etag !== null) return { etag };
  const modified = headers.get('Last-Modified');
  if (modified !== null) return { modified };
  if (size === 0) return {};
  throw headerHidden(`The server of ${name}`, 'ETag', { path: name });
}

function probeError({ name }: GivenLink, status: number): AppError {
  const detail = { path: name, status };
  if (status === 404 || status === 410) return new AppError('not-found', `${name} is not there any more.`, detail);
  if (status === 400 || status === 401 || status === 403) {
    return new AppError('link-expired', `The link to ${name} has expired or is not whole.`, detail);
  }
  if (status === 200) return new AppError('range-ignored', `The server of ${name} ignores the Range header.`, detail);
  if (status === 206) {
    return headerHidden(`The server of ${name}`, 'Content-Range', { path: name });
  }
  return new AppError('unexpected-status', `The server of ${name} answered ${status}.`, detail);
}
