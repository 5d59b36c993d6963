import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { button } from './customer.ts';
import { holdfast, MIB } from './delivery.ts';
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
