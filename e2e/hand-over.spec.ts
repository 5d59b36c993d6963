import type { Download, Page } from '@playwright/test';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { button, savedFiles } from './customer.ts';
import { MIB } from './delivery.ts';
import { expect, test } from './fixtures.ts';

/** Collects the page's downloads: SHA-256 (hexadecimal) by name. */
function collectDownloads(page: Page): () => Promise<Map<string, string>> {
  const downloads: Download[] = [];
  page.on('download', (download) => downloads.push(download));
  return async () => {
    const hashOf = async (download: Download): Promise<[string, string]> => {
      const bytes = readFileSync(await download.path());
      return [download.suggestedFilename(), createHash('sha256').update(bytes).digest('hex')];
    };
    return new Map(await Promise.all(downloads.map(hashOf)));
  };
}

test('no folder to be had: every file goes to the browser’s downloads, and is kept until the order is removed', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': 9 * MIB, 'sub/b.7z': MIB + 1, 'empty.7z': 0 });
  const page = await customer.open('about:blank');
  await page.addInitScript(() => Reflect.deleteProperty(window, 'showDirectoryPicker'));
  const downloads = collectDownloads(page);
  await page.goto(delivery.link);
  await button(page, 'Start').click();
  await expect(page.locator('[data-state="done"]').first()).toBeVisible();
  await expect(page.locator('[data-status="handed-over"]')).toHaveCount(3);
  const saved = await downloads();
  for (const [path, hash] of delivery.hashes) expect(saved.get(path.split('/').pop() ?? ''), path).toBe(hash);
  const kept = (): Promise<number> =>
    page.evaluate(async () => {
      const parts = await (await navigator.storage.getDirectory()).getDirectoryHandle('holdfast-parts');
      let files = 0;
      for await (const order of parts.values()) {
        for await (const _ of (order as FileSystemDirectoryHandle).keys()) files++;
      }
      return files;
    });
  expect(await kept()).toBeGreaterThanOrEqual(2);
  await button(page, 'Remove').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await expect.poll(kept).toBe(0);
});

test('43: a file that the folder refuses three times is handed over another way; the others are saved', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': MIB, 'b.7z': MIB });
  const page = await customer.open('about:blank');
  const downloads = collectDownloads(page);
  // a virus scanner that refuses this one file, as `close()` shows it
  const scanner = `
    const create = FileSystemFileHandle.prototype.createWritable;
    FileSystemFileHandle.prototype.createWritable = async function (...args) {
      const writable = await create.apply(this, args);
      if (this.name === 'a.7z') writable.close = async () => {
        await writable.abort();
        throw new DOMException('Blocked by a safety check.', 'AbortError');
      };
      return writable;
    };`;
  await page.context().route(/assets\/worker-/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: scanner + (await response.text()) });
  });
  await page.goto(delivery.link);
  await button(page, 'Start').click();
  await expect(page.locator('[data-state="done"]').first()).toBeVisible();
  await expect(page.locator('[data-status="handed-over"]')).toContainText('a.7z');
  expect((await downloads()).get('a.7z')).toBe(delivery.hashes.get('a.7z'));
  expect((await savedFiles(page)).get('A-1042/b.7z')).toBe(delivery.hashes.get('b.7z'));
});
