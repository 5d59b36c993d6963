import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { button } from './customer.ts';
import { holdfast, MIB, type Delivery } from './delivery.ts';
import { expect, expectDelivered, test } from './fixtures.ts';

/** The order's Metalink, as its sender exports it; `edit` makes one of another program of it. */
async function open(page: Page, delivery: Delivery, edit = (text: string): string => text): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-metalink-'));
  try {
    const path = join(folder, 'A-1042.meta4');
    const { code, stderr } = await holdfast(
      'export',
      'A-1042',
      '--format',
      'metalink',
      '--out',
      path,
      ...delivery.store,
    );
    expect(code, stderr).toBe(0);
    // a folder's URLs name the service; its bytes are to pass the fault server
    const text = readFileSync(path, 'utf8').replaceAll(/http:\/\/[^/]+\/store\//g, `${delivery.app}/store/`);
    writeFileSync(path, edit(text));
    await button(page, 'Add links').click();
    const chooser = page.waitForEvent('filechooser');
    await button(page, 'Open a file').click();
    await (await chooser).setFiles(path);
    await expect(page.getByRole('heading', { name: 'A-1042' })).toBeVisible();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** One bit of the first answer of some size. */
function damageOnce(delivery: Delivery): void {
  let damaged = 0;
  delivery.faults.fault = (_, { range }) => {
    const isLong = range !== undefined && range.end - range.start > MIB;
    return isLong && damaged++ === 0 ? { kind: 'corrupt', at: 1000 } : undefined;
  };
}

const SIZES = { 'sub/a.7z': 20 * MIB, 'b & c.7z': 9 * MIB + 7, 'empty.log': 0 };

test('an exported order is imported: every piece is checked, and a damaged one is fetched again, alone', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver(SIZES);
  damageOnce(delivery);
  const page = await customer.open(delivery.app);
  await open(page, delivery);
  await button(page, 'Start').click();
  await expectDelivered(page, delivery);
  await expect(page.getByRole('status')).toHaveText(/saved and verified/);
  expect(delivery.faults.bytes()).toBe(delivery.bytes + 8 * MIB);
});

test('with pieces of another length the whole hash is checked; a file that is wrong is fetched again', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': 40 * MIB, 'b.7z': MIB });
  damageOnce(delivery);
  const page = await customer.open(delivery.app);
  await open(page, delivery, (text) => text.replaceAll(/<pieces[\s\S]*?<\/pieces>/g, ''));
  await button(page, 'Start').click();
  await expectDelivered(page, delivery);
  await expect(page.getByRole('status')).toHaveText(/saved and verified/);
  expect(delivery.faults.sentTwice()).toBeGreaterThanOrEqual(40 * MIB);
});
