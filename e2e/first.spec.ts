import { button } from './customer.ts';
import { MIB } from './delivery.ts';
import { expect, expectDelivered, test } from './fixtures.ts';
import { expectFile, fileRow } from './inside.ts';

test('a file that the user wants first arrives before the others of its order', async ({ customer, deliver }) => {
  const names = ['a.7z', 'b.7z', 'c.7z', 'd.7z', 'e.7z', 'f.7z'];
  const delivery = await deliver(Object.fromEntries(names.map((name) => [name, 8 * MIB])));
  delivery.faults.rate = 8 * MIB;
  const page = await customer.open(delivery.link);
  await fileRow(page, 'f.7z').getByRole('button', { name: 'Details of f.7z' }).click();
  await button(page, 'Download first').click();
  await button(page, 'Start').click();
  await expectFile(page, 'f.7z', 'saved');
  delivery.faults.rate = undefined;
  await expectDelivered(page, delivery);
  const asked = delivery.faults.served.map(({ object }) => object.split('/').pop());
  // it would be the last of six; requests that are sent at once may overtake each other
  expect(asked.indexOf('f.7z'), `what was asked for: ${asked.join(' ')}`).toBeLessThan(3);
});

test('an order that the user wants first is done before the one that came before it', async ({ customer, deliver }) => {
  const delivery = await deliver({ 'a.7z': 24 * MIB, 'b.7z': 24 * MIB });
  const second = await delivery.publish('--order', 'A-1043', '--title', 'Lot 8');
  delivery.faults.rate = 8 * MIB;
  let page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await expectFile(page, 'a.7z', 'downloading');
  page = await customer.open(second.link);
  await button(page, 'Start').click();
  await button(page, 'Download first').click();
  await expect(page.locator('[data-state="done"]').first()).toBeVisible();
  await page.goto(`${delivery.app}/#/`);
  const cards = page.getByRole('list', { name: 'Orders' }).getByRole('listitem');
  await expect(cards.filter({ hasText: 'Lot 7' })).toHaveAttribute('data-state', 'running');
  delivery.faults.rate = undefined;
  await expect(cards.filter({ hasText: 'Lot 7' })).toHaveAttribute('data-state', 'done');
});
