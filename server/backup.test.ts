import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseOrderLink } from '../src/order/link.ts';
import { grantsPath, manifestPath } from '../src/order/service-api.ts';
import { addKey, revokeKeys } from './orders/order-keys.ts';
import { orderStatus } from './orders/order-status.ts';
import { publishOrder } from './publish/publish-order.ts';
import { serve } from './service/serve.ts';
import { openStore } from './store/open-store.ts';

const base = await mkdtemp(join(tmpdir(), 'holdfast-backup-'));
afterAll(() => rm(base, { recursive: true }));

describe('a copy of a folder store', () => {
  it('serves the links of before: share URLs, order links, and what was revoked stays so', async () => {
    const source = join(base, 'source');
    await mkdir(source);
    await writeFile(join(source, 'a'), 'one');
    const store = join(base, 'store');
    const target = await openStore({ store });
    const published = await publishOrder({ source, order: 'A-1', target, expiresIn: 60_000, urlExpiresIn: 60 });
    const { key, manifest } = parseOrderLink(published.link);
    const ended = await addKey(target, { order: 'A-1', manifest, expiresIn: 60_000, name: 'ended' });
    await revokeKeys(target, 'A-1', 'ended');

    await cp(store, join(base, 'copy'), { recursive: true, preserveTimestamps: true });
    await rm(store, { recursive: true });
    const restored = await openStore({ store: join(base, 'copy'), port: 0 });
    const service = await serve({ target: restored, logLevel: 'silent' });
    const here = (url: string): string => url.replace(/^http:\/\/localhost:\d+/, `http://localhost:${service.port}`);
    const open = (secret: string): Promise<Response> =>
      fetch(`http://localhost:${service.port}${manifestPath('A-1', manifest)}`, {
        headers: { authorization: `Bearer ${secret}` },
      });
    try {
      expect(await (await fetch(here(published.files[0]!.url))).text()).toBe('one');
      expect((await open(key)).status).toBe(200);
      expect((await open(ended.key)).status).toBe(403);
      const grants = await fetch(`http://localhost:${service.port}${grantsPath('A-1')}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ manifest, files: [0] }),
      });
      const [{ url }] = ((await grants.json()) as { grants: [{ url: string }] }).grants;
      expect(await (await fetch(here(url))).text()).toBe('one');
      expect((await orderStatus(restored, 'A-1'))?.keys.map(({ state }) => state).sort()).toEqual([
        'active',
        'revoked',
      ]);
      // publishing again finds everything there
      const again = await publishOrder({ source, order: 'A-1', target: restored, expiresIn: 60_000, urlExpiresIn: 60 });
      expect(again.manifest).toBe(published.manifest);
    } finally {
      await service.close();
    }
  });
});
