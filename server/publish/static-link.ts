import { randomBytes } from 'node:crypto';
import { formatStaticLink } from '../../src/order/link.ts';
import type { ManifestFile } from '../../src/order/manifest.ts';
import type { StaticGrants } from '../../src/order/static-grants.ts';
import type { OpenStore } from '../store/open-store.ts';
import { toRecord } from '../store/records.ts';

/** What a static link is made of. */
export interface StaticLinkOptions {
  readonly order: string;
  /** SHA-256 of the manifest. */
  readonly manifest: string;
  readonly files: readonly ManifestFile[];
  /** Seconds; SigV4 allows 7 days. */
  readonly expiresIn: number;
}

/** Writes an order's grants into the store and gives the link that leads to them. Throws what the store throws. */
export async function makeStaticLink(
  { store, layout, appUrl }: OpenStore,
  { order, manifest, files, expiresIn }: StaticLinkOptions,
): Promise<{ readonly link: string; readonly expiresAt: string }> {
  const signedAt = new Date();
  const grant = (key: string, fileName: string, version?: string): Promise<string> =>
    store.grant(key, { expiresIn, fileName, signedAt, ...(version !== undefined && { version }) });
  const urls = files.map(({ path, object = '', version }) => grant(object, path.split('/').pop() ?? path, version));
  const expiresAt = new Date(signedAt.getTime() + expiresIn * 1000).toISOString();
  const document: StaticGrants = {
    version: 1,
    manifest,
    manifestUrl: await grant(layout.manifest(order, manifest), `${order}.json`),
    expiresAt,
    urls: await Promise.all(urls),
  };
  const key = layout.staticGrants(order, randomBytes(8).toString('hex'));
  await store.putNew(key, toRecord(document), 'application/json');
  const link = formatStaticLink(appUrl, { id: order, at: await grant(key, 'grants.json'), manifest });
  return { link, expiresAt };
}
