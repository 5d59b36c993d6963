import { button } from './customer.ts';
import { holdfast, MIB, STORE } from './delivery.ts';
import { expect, expectDelivered, test } from './fixtures.ts';
import { expectFile, statusOf } from './inside.ts';

// The order service as processes of its own. The bytes go through it: out of a folder, or out of a store that customers cannot reach.
process.env['HOLDFAST_SIGNING_SECRET'] = 'a secret that all copies of the service share';
const GATEWAY = STORE === 's3' ? ['--gateway'] : [];

test('two copies behind a balancer: one is killed in the middle of a delivery, and the customer notices nothing', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': 24 * MIB, 'b.7z': 9 * MIB }, { copies: 2, serve: GATEWAY });
  delivery.faults.rate = 8 * MIB;
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await expect.poll(() => delivery.faults.bytes()).toBeGreaterThan(4 * MIB);
  await delivery.killBusiestCopy();
  await expectDelivered(page, delivery);
  expect(delivery.faults.served.some(({ path }) => path.startsWith('/store/'))).toBe(true);
  expect(delivery.faults.sentTwice(), 'what was on its way').toBeLessThan(8 * MIB);
});

test('holdfast revoke ends the link at the next grant: the page says so, and what was saved stays', async ({
  customer,
  deliver,
}) => {
  const serve = [...GATEWAY, '--grant-expires', '2s'];
  const delivery = await deliver({ 'a.7z': MIB, 'b.7z': 48 * MIB }, { serve });
  delivery.faults.rate = 4 * MIB;
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await expectFile(page, 'a.7z', 'saved');
  const { stdout } = await holdfast('revoke', 'A-1042', '--all', ...delivery.store);
  expect(stdout).toContain('Revoked: ');
  await expect(page.locator('[data-state="attention"]').first()).toBeVisible();
  await expect(statusOf(page)).toContainText('ended');
  const asked = delivery.faults.served.length;
  await page.reload();
  await expectFile(page, 'a.7z', 'saved');
  await expect(statusOf(page)).toContainText('ended');
  expect(delivery.faults.served.length, 'nothing is asked for any more').toBe(asked);
});
