import { INSTRUMENTED } from './builds.ts';
import { addLinks, button, savedFiles } from './customer.ts';
import { MIB } from './delivery.ts';
import { expect, test } from './fixtures.ts';
import { expectNothingTwice } from './write-log.ts';

test.use({ appFolder: INSTRUMENTED });

test('pasted presigned URLs become an order; fresh ones continue it', async ({ customer, deliver }) => {
  const delivery = await deliver({ 'a.7z': 12 * MIB, 'b.7z': 20 * MIB + 7, 'empty.log': 0 });
  delivery.faults.rate = 8 * MIB;
  const page = await customer.open(delivery.app);
  await addLinks(
    page,
    delivery.published.files.map(({ url }) => url),
  );
  await button(page, 'Start').click();
  await expect.poll(() => delivery.faults.bytes()).toBeGreaterThan(20 * MIB);

  delivery.faults.fault = () => ({ kind: 'status', status: 403 });
  await button(page, 'Pause').click();
  await button(page, 'Resume').click();
  await expect(page.locator('[data-state="attention"]').first()).toBeVisible();

  delivery.faults.fault = () => undefined;
  delivery.faults.rate = undefined;
  const fresh = await delivery.publish();
  await addLinks(
    page,
    fresh.files.map(({ url }) => url),
  );
  await expect(page.locator('[data-state="done"]').first()).toBeVisible();
  const hashes = [...(await savedFiles(page))].filter(([path]) => !path.endsWith('SHA256SUMS')).map(([, hash]) => hash);
  expect(hashes.sort()).toEqual([...delivery.hashes.values()].sort());
  await expectNothingTwice(page);
});
