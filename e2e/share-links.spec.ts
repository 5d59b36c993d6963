import { INSTRUMENTED } from './builds.ts';
import { addLinks, button, savedFiles } from './customer.ts';
import { MIB } from './delivery.ts';
import { expect, test } from './fixtures.ts';
import { expectFile, fileRow, statusOf } from './inside.ts';
import { expectNothingTwice } from './write-log.ts';

test.use({ appFolder: INSTRUMENTED });

test('pasted presigned URLs become an order; when they have really expired, fresh ones continue it', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': 12 * MIB, 'b.7z': 20 * MIB + 7, 'empty.log': 0 });
  const page = await customer.open(delivery.app);
  const urls = async (life: string): Promise<string[]> =>
    (await delivery.publish('--url-expires', life)).files.map(({ url }) => url);
  const ending = await urls('10s');
  await addLinks(page, ending);
  delivery.faults.rate = 2 * MIB;
  await button(page, 'Start').click();
  const status = async (): Promise<number> =>
    (await fetch(ending[0] ?? '', { headers: { range: 'bytes=0-0' } })).status;
  await expect.poll(status).toBe(403);
  // a request that began before the end of its URL runs on
  delivery.faults.cut();
  await expect(page.locator('[data-state="attention"]').first()).toBeVisible();
  await expect(statusOf(page)).toContainText('expired');
  expect(delivery.faults.bytes()).toBeGreaterThan(MIB);

  delivery.faults.rate = undefined;
  await addLinks(page, await urls('1h'));
  await expect(page.locator('[data-state="done"]').first()).toBeVisible();
  const hashes = [...(await savedFiles(page))].filter(([path]) => !path.endsWith('SHA256SUMS')).map(([, hash]) => hash);
  expect(hashes.sort()).toEqual([...delivery.hashes.values()].sort());
  await expectNothingTwice(page);
});

test('two hundred pasted links become one order', async ({ customer, deliver }) => {
  const names = Array.from({ length: 200 }, (_, i) => `chip-${i}.7z`);
  const delivery = await deliver(Object.fromEntries(names.map((name, i) => [name, 1000 + i])));
  const page = await customer.open(delivery.app);
  await addLinks(
    page,
    delivery.published.files.map(({ url }) => url),
  );
  await button(page, 'Start').click();
  await expect(page.locator('[data-state="done"]').first()).toBeVisible();
  const saved = new Map([...(await savedFiles(page))].map(([path, hash]) => [path.split('/').pop(), hash]));
  for (const name of names) expect(saved.get(name), name).toBe(delivery.hashes.get(name));
});

test('row 16: a share link whose answers are always too long fails alone, in words', async ({ customer, deliver }) => {
  const delivery = await deliver({ 'a.7z': 3 * MIB, 'b.7z': MIB });
  delivery.faults.fault = (path, { range }) =>
    path.includes('a.7z') && range?.end !== 1 ? { kind: 'long', by: 1000 } : undefined;
  const page = await customer.open(delivery.app);
  await addLinks(
    page,
    delivery.published.files.map(({ url }) => url),
  );
  await button(page, 'Start').click();
  await expectFile(page, 'a.7z', 'failed');
  await expect(fileRow(page, 'a.7z')).toContainText('other bytes than it was asked for');
  await expectFile(page, 'b.7z', 'saved');
  expect([...(await savedFiles(page)).keys()].filter((path) => path.includes('a.7z'))).toEqual([]);
});
