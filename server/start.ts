import { createHash } from 'node:crypto';
import { basename, join, resolve } from 'node:path';
import { AppError } from '../src/order/errors.ts';
import { parseOrderLink } from '../src/order/link.ts';
import { findLocalFiles } from './publish/local-source.ts';
import { publishOrder } from './publish/publish-order.ts';
import { makeSample, orderIdFor } from './sample.ts';
import { readLinks, writeLinks } from './saved-links.ts';
import { serve, type RunningService } from './service/serve.ts';
import { openStore, type OpenStore } from './store/open-store.ts';

/** What `npm start` is given. */
export interface StartOptions {
  /** Files and folders to publish, one order each; the sample order when there are none. */
  readonly sources: readonly string[];
  /** The folder store. */
  readonly store: string;
  readonly port?: number | undefined;
  /** The built app. */
  readonly appFolder: string;
}

/** A running service and the order link of each source. */
export interface Started {
  readonly service: RunningService;
  readonly links: readonly string[];
}

const DAY = 24 * 3600 * 1000;
const LINK_LIFE = 30 * DAY;
const SHARE_SECONDS = (7 * DAY) / 1000;

/**
 * Publishes and serves in one go, from a folder store on this computer. A source that did not change keeps its link.
 * Throws what `publishOrder` and `serve` throw.
 */
export async function start({ sources, store, port, appFolder }: StartOptions): Promise<Started> {
  const target = await openStore({ store, port });
  // first the port: when it is busy, nothing is hashed in vain
  const service = await serve({ target, appFolder });
  try {
    const links: string[] = [];
    if (sources.length === 0) {
      const sample = join(resolve(store), 'sample');
      await makeSample(sample);
      links.push(await linkFor(sample, 'sample', 'Sample order', target));
    }
    for (const source of sources) {
      const name = basename(resolve(source));
      links.push(await linkFor(source, orderIdFor(name, new Date()), name, target));
    }
    return { service, links };
  } catch (error) {
    await service.close();
    throw error;
  }
}

async function linkFor(source: string, order: string, title: string, target: OpenStore): Promise<string> {
  const root = target.store.name;
  const files = await findLocalFiles(source, { folder: root });
  const facts = files.map(({ path, size, mtimeMs }) => [path, size, mtimeMs]);
  const fingerprint = createHash('sha256').update(JSON.stringify(facts)).digest('hex');
  const name = resolve(source);
  const known = (await readLinks(root))[name];
  // a link is remembered with its app's address: another port is another origin
  if (known?.fingerprint === fingerprint && known.link.startsWith(`${target.appUrl}/`)) {
    const { id, key } = parseOrderLink(known.link);
    const there = await target.store.head(target.layout.key(id, key));
    if (there && Date.parse(known.expiresAt) > Date.now() + DAY) return known.link;
  }
  const { link, expiresAt } = await publishOrder({
    source,
    order,
    title: title.slice(0, 200),
    target,
    expiresIn: LINK_LIFE,
    urlExpiresIn: SHARE_SECONDS,
  });
  await writeLinks(root, { ...(await readLinks(root)), [name]: { link, expiresAt, fingerprint } });
  return link;
}

/** What went wrong, for the terminal; undefined when it is not one of the failures that Holdfast can name. */
export function explain(thrown: unknown): string | undefined {
  return thrown instanceof AppError ? thrown.message : undefined;
}
