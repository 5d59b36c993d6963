import { button } from './customer.ts';
import { MIB } from './delivery.ts';
import { expect, expectDelivered, test } from './fixtures.ts';

test('a static link needs no order service, and a newer one goes on where an expired one stopped', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': 9 * MIB, 'b.7z': 9 * MIB });
  const { link, files } = await delivery.publish('--static', '--url-expires', '20s');
  const asked: string[] = [];
  delivery.faults.serviceFault = (path) => (path.startsWith('/api/') ? (asked.push(path), undefined) : undefined);
  let page = await customer.open(link);
  await expect(page.getByText(/^This link works until .* It needs no order service/)).toBeVisible();
  delivery.faults.rate = 2 * MIB;
  await button(page, 'Start').click();
  await expect.poll(() => delivery.faults.bytes()).toBeGreaterThan(3 * MIB);
  await button(page, 'Pause').click();
  const status = async (): Promise<number> => (await fetch(files[0]!.url, { headers: { range: 'bytes=0-0' } })).status;
  await expect.poll(status, { timeout: 60_000 }).toBe(403);
  await button(page, 'Resume').click();
  await expect(page.locator('[data-state="attention"]').first()).toBeVisible({ timeout: 60_000 });

  delivery.faults.rate = undefined;
  page = await customer.open((await delivery.publish('--static')).link);
  await expectDelivered(page, delivery);
  expect(delivery.faults.sentTwice()).toBeLessThan(MIB);
  expect(asked).toEqual([]);
});
