import type { GivenLink } from './given-links.ts';
import type { OrderRun } from './order-run.ts';
import { decodeLinks, encodeLinks, readOrderSpec } from './order-spec.ts';
import type { Journal } from './ports.ts';

/** Which orders go on with the fresh URLs, and which links belong to none. */
interface RenewedLinks {
  readonly renewed: readonly OrderRun[];
  readonly unknown: readonly GivenLink[];
}

/** Fresh URLs for objects that orders of share links have: they go on where the expired ones stopped. */
export async function renewLinks(
  links: readonly GivenLink[],
  orders: readonly OrderRun[],
  journal: Journal,
): Promise<RenewedLinks> {
  const fresh = new Map(links.map((link) => [link.identity, link]));
  const renewed: OrderRun[] = [];
  for (const run of orders) {
    if (run.record.kind !== 'links') continue;
    const description = await journal.description(run.record.order);
    const files = description ? decodeLinks(description) : [];
    if (!files.some((file) => fresh.has(file.identity))) continue;
    const next = files.map((file) => {
      const link = fresh.get(file.identity);
      return link ? { ...file, url: link.url, mirrors: link.mirrors } : file;
    });
    for (const file of files) fresh.delete(file.identity);
    const bytes = encodeLinks(next);
    await journal.putDescription(run.record.order, bytes);
    run.spec = readOrderSpec('links', bytes);
    for (const file of run.files) file.spec = run.spec.files[file.index] ?? file.spec;
    renewed.push(run);
  }
  return { renewed, unknown: [...fresh.values()] };
}
