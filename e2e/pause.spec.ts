import { INSTRUMENTED } from './builds.ts';
import { button, savedFiles } from './customer.ts';
import { MIB } from './delivery.ts';
import { expect, expectDelivered, test } from './fixtures.ts';
import { expectQuiet } from './inside.ts';
import { expectNothingTwice } from './write-log.ts';

test.use({ appFolder: INSTRUMENTED });

test('paused and resumed, nothing is fetched again', async ({ customer, deliver }) => {
  const delivery = await deliver({ 'a.7z': 20 * MIB, 'b.7z': 20 * MIB });
  delivery.faults.rate = 8 * MIB;
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await expect.poll(() => delivery.faults.bytes()).toBeGreaterThan(10 * MIB);
  await button(page, 'Pause').click();
  await expect(button(page, 'Resume')).toBeVisible();
  await expect(page.locator('[data-status="paused"]').first()).toBeVisible();
  let asked = 0;
  delivery.faults.fault = () => void asked++;
  await page.reload();
  await expect(button(page, 'Resume')).toBeVisible();
  await expectQuiet(() => asked, 'paused');
  expect(asked, 'no request while paused').toBe(0);
  await button(page, 'Resume').click();
  delivery.faults.rate = undefined;
  await expectDelivered(page, delivery);
  await expectNothingTwice(page);
});

test('remove says what happens, frees the parts and leaves the saved files', async ({ customer, deliver }) => {
  const delivery = await deliver({ 'a.7z': MIB, 'b.7z': 30 * MIB });
  const page = await customer.open(delivery.link);
  delivery.faults.fault = (path) => (path.includes('b.7z') ? { kind: 'status', status: 503 } : undefined);
  await button(page, 'Start').click();
  await expect(page.locator('[data-status="saved"]')).toHaveCount(1);
  await button(page, 'Remove').click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText(/stay/);
  await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
  await expect(page.locator('[data-order]')).toHaveCount(0);
  expect([...(await savedFiles(page)).keys()].filter((path) => path.endsWith('.7z'))).toEqual(['A-1042/a.7z']);
});

test('a file that is gone fails alone, and Retry fetches it when it is back', async ({ customer, deliver }) => {
  const delivery = await deliver({ 'a.7z': MIB, 'b.7z': 2 * MIB, 'c.7z': MIB });
  delivery.faults.fault = (path) => (path.includes('b.7z') ? { kind: 'status', status: 404 } : undefined);
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await expect(page.locator('[data-status="saved"]')).toHaveCount(2);
  await expect(page.locator('[data-status="failed"]')).toHaveCount(1);
  delivery.faults.fault = () => undefined;
  await button(page, 'Retry').click();
  await expectDelivered(page, delivery);
});
