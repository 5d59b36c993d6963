import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { button } from './customer.ts';
import { holdfast, MIB, STORE } from './delivery.ts';
import { expect, expectDelivered, test } from './fixtures.ts';

test('an order with a password: a wrong one is refused, the right one opens it and goes on after a restart', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': 9 * MIB, 'b.7z': MIB });
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-password-'));
  try {
    writeFileSync(join(folder, 'password'), 'löchrig und fest\n');
    const { link } = await delivery.publish('--password-file', join(folder, 'password'));
    let page = await customer.open(link);
    await page.getByLabel('Password').fill('something else');
    await button(page, 'Open').click();
    await expect(page.getByRole('alert')).toContainText('not right');
    await page.getByLabel('Password').fill('löchrig und fest');
    await button(page, 'Open').click();
    delivery.faults.rate = MIB;
    await button(page, 'Start').click();
    await expect.poll(() => delivery.faults.bytes()).toBeGreaterThan(MIB);
    await customer.kill();
    delivery.faults.rate = undefined;
    page = await customer.open(delivery.app);
    await expectDelivered(page, delivery);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('receipts: the customer is told, and the sender learns which files are verified and saved', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': 2 * MIB, 'b.7z': MIB });
  const { link } = await delivery.publish('--receipts');
  const page = await customer.open(link);
  await expect(page.getByText('The sender is told which files have arrived.')).toBeVisible();
  await button(page, 'Start').click();
  await expectDelivered(page, delivery);
  const status = async (): Promise<string> => (await holdfast('status', 'A-1042', ...delivery.store)).stdout;
  await expect.poll(status, { timeout: 30_000 }).toMatch(/everything received and verified/);
});

test('a static link needs no order service, and a newer one goes on where an expired one stopped', async ({
  customer,
  deliver,
}) => {
  test.skip(STORE !== 's3', 'a folder store has only the service to lead to: npm run test:s3');
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
