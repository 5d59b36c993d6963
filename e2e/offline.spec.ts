import { button } from './customer.ts';
import { MIB, STORE } from './delivery.ts';
import { expect, expectDelivered, test } from './fixtures.ts';
import { statusOf } from './inside.ts';

test('the app opens without its server, says how things are, and goes on when it is back', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': 20 * MIB, 'b.7z': 10 * MIB });
  delivery.faults.rate = 4 * MIB;
  const page = await customer.open(delivery.link);
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await button(page, 'Start').click();
  await expect.poll(() => delivery.faults.bytes()).toBeGreaterThan(6 * MIB);

  delivery.faults.fault = () => ({ kind: 'drop', after: 0 });
  await delivery.stopService();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Lot 7' })).toBeVisible();
  await expect(statusOf(page)).toContainText(/kept/);
  if (STORE === 'folder') await expect(page.locator('[data-state="waiting"]').first()).toBeVisible();

  delivery.faults.fault = () => undefined;
  delivery.faults.rate = undefined;
  await delivery.startService();
  await expectDelivered(page, delivery);
});
