import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseOrderLink } from '../../src/order/link.ts';
import { revokeKeys } from '../orders/order-keys.ts';
import { publishOrder } from '../publish/publish-order.ts';
import { openStore, type OpenStore } from '../store/open-store.ts';
import { OrderAccess, type Access } from './order-access.ts';

const base = await mkdtemp(join(tmpdir(), 'holdfast-access-'));
let target: OpenStore;
let link: ReturnType<typeof parseOrderLink>;
/** How often each key was read. */
const reads = new Map<string, number>();
let down = false;
beforeAll(async () => {
  await mkdir(join(base, 'source'));
  await writeFile(join(base, 'source', 'a'), 'one');
  target = await openStore({ store: join(base, 'store') });
  const source = join(base, 'source');
  const { link: text } = await publishOrder({ source, order: 'A-1', target, expiresIn: 6e7, urlExpiresIn: 60 });
  link = parseOrderLink(text);
});
afterEach(() => vi.restoreAllMocks());
afterAll(() => rm(base, { recursive: true }));

/** Access to the store with an empty memory, and asks with the key of the link. */
function fresh(): () => Promise<Access> {
  reads.clear();
  const store = Object.create(target.store) as typeof target.store;
  store.get = async (path) => {
    reads.set(path, (reads.get(path) ?? 0) + 1);
    if (down) throw new Error('down');
    return target.store.get(path);
  };
  store.list = (prefix) => target.store.list(prefix);
  const access = new OrderAccess({ store, layout: target.layout, now: Date.now });
  const credentials = { authorization: `Bearer ${link.key}`, password: undefined };
  return () => access.open('A-1', link.manifest, credentials, () => Promise.resolve());
}
const count = (part: string): number =>
  [...reads].filter(([path]) => path.includes(part)).reduce((sum, [, times]) => sum + times, 0);

describe('access to an order', () => {
  it('reads and parses a manifest once for a thousand who come at the same moment, and asks each time whether the key is revoked', async () => {
    const open = fresh();
    const all = await Promise.all(Array.from({ length: 1000 }, open));
    expect(new Set(all.map(({ manifest }) => manifest)).size).toBe(1);
    expect([count('/manifests/'), count('/keys/'), count('/revoked/')]).toEqual([1, 1, 1000]);
  });

  it('asks again for what the store could not give', async () => {
    const open = fresh();
    down = true;
    await expect(Promise.all([open(), open()])).rejects.toThrow('down');
    down = false;
    expect((await open()).manifest.id).toBe('A-1');
  });

  it('lets a key that was revoked in for no longer than a minute when everything of its order is removed', async () => {
    const open = fresh();
    await open();
    await revokeKeys(target, 'A-1', { all: true });
    await expect(open()).rejects.toMatchObject({ code: 'key-revoked' });
    // whoever removes an order for good removes the revocation as well
    await rm(join(base, 'store', 'orders', 'A-1'), { recursive: true });
    const later = performance.now() + 61_000;
    vi.spyOn(performance, 'now').mockImplementation(() => later);
    await vi.waitFor(() => expect(open()).rejects.toMatchObject({ code: 'order-unknown' }));
  });
});
