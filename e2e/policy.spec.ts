import type { Page } from '@playwright/test';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { button } from './customer.ts';
import { MIB } from './delivery.ts';
import { expect, test } from './desktop-fixtures.ts';
import { collectDownloads } from './downloads.ts';

// Folders that the real browser does not give: by a company's policy, and by the customer's own answer.

/** Where Chromium, Chrome and Chrome for Testing look for a company's policies on Linux. */
const POLICIES = ['/etc/chromium', '/etc/opt/chrome', '/etc/opt/chrome_for_testing'];

/** Puts a policy in place for browsers that start from now on; returns what takes it away. */
function setPolicy(policy: object): () => void {
  const made: string[] = [];
  for (const root of POLICIES) {
    const folder = join(root, 'policies', 'managed');
    const file = join(folder, `holdfast-test-${process.pid}.json`);
    made.push(mkdirSync(folder, { recursive: true }) ?? file);
    writeFileSync(file, JSON.stringify(policy));
  }
  return () => made.forEach((path) => rmSync(path, { recursive: true, force: true }));
}

/** Takes the downloads that the page offers, and waits until everything went there. */
async function useDownloads(page: Page): Promise<Map<string, string>> {
  const downloads = collectDownloads(page);
  await page.getByRole('alert').getByRole('button', { name: 'Use the browser’s downloads' }).click();
  await expect(page.locator('[data-state="done"]').first()).toBeVisible();
  await expect(page.locator('[data-status="handed-over"]')).toHaveCount(2);
  return downloads();
}

test('a policy forbids writing into folders: the page says so and offers the downloads, which take every file', async ({
  customer,
  deliver,
}) => {
  const mayWrite = process.platform === 'linux' && process.getuid?.() === 0;
  test.skip(!mayWrite, 'a policy is put in place by root, in /etc, on Linux');
  const delivery = await deliver({ 'a.7z': 9 * MIB, 'b.7z': MIB });
  // of this address only: other tests run beside this one
  const removePolicy = setPolicy({ FileSystemWriteBlockedForUrls: [delivery.app] });
  try {
    const page = await customer.open(delivery.link);
    await button(page, 'Start').click();
    await expect(page.getByRole('alert')).toContainText('a company policy, does not let this page write');
    await expect(button(page, 'Start'), 'nothing was started').toBeVisible();
    expect(await useDownloads(page)).toEqual(delivery.hashes);
  } finally {
    removePolicy();
  }
});

test('“Don’t allow” is told, and the downloads are offered', async ({ customer, deliver, desktop, folder }) => {
  const delivery = await deliver({ 'a.7z': MIB, 'b.7z': MIB });
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await page.evaluate(() => {
    let focused = document.activeElement;
    while (focused?.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;
    (focused as HTMLElement | null)?.blur();
  });
  await desktop.chooseFolder(folder);
  await desktop.refuse(() => expect(page.getByRole('alert')).toBeVisible({ timeout: 1000 }));
  await expect(page.getByRole('alert')).toContainText('not allowed to write into it. Nothing has changed');
  expect(await useDownloads(page)).toEqual(delivery.hashes);
  expect(readdirSync(folder)).toEqual([]);
});
