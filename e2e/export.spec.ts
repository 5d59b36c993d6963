import type { Page } from '@playwright/test';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { leftOutWithout } from '../server/testing/left-out.ts';
import { button } from './customer.ts';
import { MIB, type Delivery } from './delivery.ts';
import { expect, test } from './fixtures.ts';

const SIZES = { "it's 晶片 1.7z": 9 * MIB + 5, 'sub/b.7z': MIB, 'empty.log': 0 };

/** Saves the order for another program by the page; the folder with the file, and its name. */
async function saveList(page: Page, program: RegExp): Promise<{ folder: string; name: string }> {
  const option = page.getByLabel('Program').locator('option', { hasText: program });
  await page.getByLabel('Program').selectOption(await option.getAttribute('value'));
  const download = page.waitForEvent('download');
  await button(page, 'Save the list').click();
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-list-'));
  const name = (await download).suggestedFilename();
  await (await download).saveAs(join(folder, name));
  return { folder, name };
}

async function open(page: Page): Promise<void> {
  await page.getByText('Fetch with another program').click();
  await expect(page.getByLabel('Program')).toBeVisible();
}

/** Runs a program where the list is, and compares what it fetched. */
async function fetchBy(
  page: Page,
  { hashes }: Delivery,
  kind: RegExp,
  command: (name: string) => string[],
): Promise<void> {
  const { folder, name } = await saveList(page, kind);
  try {
    const [program = '', ...args] = command(name);
    await promisify(execFile)(program, args, { cwd: folder, timeout: 60_000 });
    for (const [path, hash] of hashes) {
      const bytes = readFileSync(join(folder, 'A-1042', path));
      expect(createHash('sha256').update(bytes).digest('hex'), path).toBe(hash);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('the page saves an order for other programs, which fetch the same bytes from it', async ({
  customer,
  deliver,
}) => {
  test.skip(leftOutWithout('aria2c', 'rclone'), 'needs aria2 and rclone');
  const delivery = await deliver(SIZES);
  const page = await customer.open(delivery.link);
  await open(page);
  await fetchBy(page, delivery, /^curl/, (name) => ['sh', name]);
  await expect(page.getByText(/A-1042\.sh went to your downloads\. Its links work until .*\d:\d\d/)).toBeVisible();
  await fetchBy(page, delivery, /Metalink/, (name) => ['aria2c', '-q', '--no-conf', '-M', name]);
  await fetchBy(page, delivery, /as a list/, (name) => ['aria2c', '-q', '--no-conf', '-i', name]);
  await fetchBy(page, delivery, /^rclone/, (name) => ['sh', name, '.']);
  const { folder, name } = await saveList(page, /^PowerShell/);
  expect(readFileSync(join(folder, name), 'utf8')).toContain("Get-OrderFile 'A-1042/it''s 晶片 1.7z'");
  rmSync(folder, { recursive: true });
});

test('of an order in bundles the page offers what can be fetched out of them, and says so', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver(SIZES);
  const { link } = await delivery.publish('--bundle', '64MiB');
  const page = await customer.open(link);
  await open(page);
  await button(page, 'Save the list').click();
  await expect(page.getByText('packed in bundles')).toBeVisible();
  await fetchBy(page, delivery, /^curl/, (name) => ['sh', name]);
});
