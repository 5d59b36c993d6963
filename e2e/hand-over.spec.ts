import type { Page } from '@playwright/test';
import { button, savedFiles } from './customer.ts';
import { MIB } from './delivery.ts';
import { collectDownloads } from './downloads.ts';
import { expect, test } from './fixtures.ts';
import { expectFile, statusOf } from './inside.ts';

/** Parts that the app keeps in its own storage. */
function keptParts(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const parts = await (await navigator.storage.getDirectory()).getDirectoryHandle('holdfast-parts');
    let files = 0;
    for await (const order of parts.values()) {
      for await (const _ of (order as FileSystemDirectoryHandle).keys()) files++;
    }
    return files;
  });
}

test('no folder to be had: every file goes to the browser’s downloads, and is kept until the user says that it is there', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': 9 * MIB, 'sub/b.7z': MIB + 1, 'empty.7z': 0 });
  let page = await customer.open('about:blank');
  await page.addInitScript(() => Reflect.deleteProperty(window, 'showDirectoryPicker'));
  const downloads = collectDownloads(page);
  await page.goto(delivery.link);
  await button(page, 'Start').click();
  await expect(page.locator('[data-state="done"]').first()).toBeVisible();
  await expect(page.locator('[data-status="handed-over"]')).toHaveCount(3);
  const saved = await downloads();
  for (const [path, hash] of delivery.hashes) expect(saved.get(path.split('/').pop() ?? ''), path).toBe(hash);
  expect(await keptParts(page)).toBe(3);
  await expect(page.getByText('3 files, 10.5 MB, went to the browser’s downloads. Are they all there?')).toBeVisible();
  await customer.quit();
  page = await customer.open(delivery.app);
  await expect(button(page, 'Yes, free the space'), 'kept over a restart').toBeVisible();
  expect(await keptParts(page)).toBe(3);
  await page.getByRole('link', { name: /Lot 7/ }).click();
  await page.getByRole('button', { name: 'Details of a.7z' }).click();
  const again = collectDownloads(page);
  const lost = page.waitForEvent('download');
  await button(page, 'Download again').click();
  await lost;
  expect((await again()).get('a.7z')).toBe(delivery.hashes.get('a.7z'));
  await button(page, 'Yes, free the space').click();
  await expect.poll(() => keptParts(page)).toBe(0);
  await expect(button(page, 'Download again')).toBeHidden();
  await expect(button(page, 'Yes, free the space')).toBeHidden();
  await expect(page.locator('[data-status="handed-over"]')).toHaveCount(3);
});

test('of many small files the browser’s downloads drop none, and the page says that it must be allowed', async ({
  customer,
  deliver,
}) => {
  const names = Array.from({ length: 30 }, (_, i) => `chip-${i}.7z`);
  const delivery = await deliver(Object.fromEntries(names.map((name, i) => [name, 1000 + i])));
  const page = await customer.open('about:blank');
  await page.addInitScript(() => Reflect.deleteProperty(window, 'showDirectoryPicker'));
  const downloads = collectDownloads(page);
  await page.goto(delivery.link);
  await expect(page.getByText('When it asks, allow several downloads.')).toBeVisible();
  await button(page, 'Start').click();
  await expect(page.locator('[data-state="done"]').first()).toBeVisible();
  const saved = await downloads();
  for (const [path, hash] of delivery.hashes) expect(saved.get(path), path).toBe(hash);
});

for (const [name, picker] of [
  ['the picker is closed, or its question answered with no', `throw new DOMException('', 'AbortError')`],
  ['a policy forbids to write', `throw new DOMException('', 'NotAllowedError')`],
  [
    'the folder may only be read',
    `const folder = await navigator.storage.getDirectory();
     folder.requestPermission = async () => 'denied';
     return folder`,
  ],
] as const) {
  test(`${name}: the downloads are offered, and chosen once`, async ({ customer, deliver }) => {
    const delivery = await deliver({ 'a.7z': MIB, 'b.7z': MIB });
    const page = await customer.open('about:blank');
    await page.addInitScript(`
      const pick = window.showDirectoryPicker;
      let refusals = 1;
      window.showDirectoryPicker = async () => { if (refusals-- > 0) { ${picker}; } return pick(); };
    `);
    const downloads = collectDownloads(page);
    await page.goto(delivery.link);
    await button(page, 'Start').click();
    const notice = page.getByRole('alert');
    await expect(notice).toContainText('let the files go to the browser’s downloads');
    await expect(button(page, 'Start'), 'nothing was started').toBeVisible();
    await notice.getByRole('button', { name: 'Use the browser’s downloads' }).click();
    await expect(page.locator('[data-state="done"]').first()).toBeVisible();
    const saved = await downloads();
    for (const [path, hash] of delivery.hashes) expect(saved.get(path), path).toBe(hash);
  });
}

test('the downloads are a choice that is kept, asked for no more, and changed at any time', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': MIB });
  let page = await customer.open(`${delivery.app}/#/settings`);
  await button(page, 'Use the browser’s downloads').click();
  await expect(page.getByText('Each file goes to the browser’s downloads.')).toBeVisible();
  await customer.quit();
  page = await customer.open(delivery.link);
  await expect(statusOf(page)).toContainText('Ready to start');
  await expect(page.getByText('Each verified file goes to the browser’s downloads')).toBeVisible();
  await button(page, 'Choose folder').click();
  await expect(page.getByText('The files will be saved in the folder picked.')).toBeVisible();
  await button(page, 'Use the browser’s downloads').click();
  await button(page, 'Start').click();
  await expectFile(page, 'a.7z', 'handed-over');
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
  await expect(page.getByText('1 file, 1.05 MB, went to the browser’s downloads. Is it there?')).toBeVisible();
  await expect(page.getByText('When it asks, allow several downloads.')).toBeVisible();
  expect((await downloads()).get('a.7z')).toBe(delivery.hashes.get('a.7z'));
  expect((await savedFiles(page)).get('A-1042/b.7z')).toBe(delivery.hashes.get('b.7z'));
});
