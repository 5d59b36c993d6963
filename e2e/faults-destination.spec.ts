import type { Page } from '@playwright/test';
import { button, savedFiles } from './customer.ts';
import { MIB } from './delivery.ts';
import { collectDownloads } from './downloads.ts';
import { expect, expectDelivered, test } from './fixtures.ts';
import { engineOf, expectFile, fileRow, statusOf } from './inside.ts';

// What can happen to the folder; real ones, and what the user's system does to them, are in folder.spec.ts and hand-over.spec.ts.
const SIZES = { 'a.7z': 9 * MIB, 'b.7z': 9 * MIB, 'c.7z': MIB };

test('row 35: while the browser wants the folder allowed again the download goes on; one click continues all saves', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver(SIZES);
  const page = await customer.open(delivery.link);
  const engine = await engineOf(page);
  await engine.evaluate(() => {
    FileSystemHandle.prototype.queryPermission = () => Promise.resolve('prompt');
  });
  await button(page, 'Start').click();
  for (const path of Object.keys(SIZES)) await expectFile(page, path, 'verified');
  await expect(page.locator('[data-state="attention"]').first()).toBeVisible();
  await expect(statusOf(page)).toContainText('asks once more for the folder');
  await engine.evaluate(() => {
    FileSystemHandle.prototype.queryPermission = () => Promise.resolve('granted');
  });
  await button(page, 'Continue saving').click();
  await expectDelivered(page, delivery);
  expect(delivery.faults.bytes()).toBe(delivery.bytes);
});

test('row 35: one click continues the saves of all orders, not only of the one that is looked at', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': 9 * MIB, 'b.7z': MIB });
  const page = await customer.open(delivery.link);
  const engine = await engineOf(page);
  await engine.evaluate(() => {
    FileSystemHandle.prototype.queryPermission = () => Promise.resolve('prompt');
  });
  await button(page, 'Start').click();
  await expectFile(page, 'a.7z', 'verified');
  // only the fragment is another one: the window, and the engine in it, stay
  await page.goto((await delivery.publish('--order', 'B-7', '--title', 'Lot 8')).link);
  await expect(page.getByRole('heading', { name: 'Lot 8' })).toBeVisible();
  await button(page, 'Start').click();
  for (const path of ['a.7z', 'b.7z']) await expectFile(page, path, 'verified');
  await engine.evaluate(() => {
    FileSystemHandle.prototype.queryPermission = () => Promise.resolve('granted');
  });
  await button(page, 'Continue saving').click();
  await page.goto(`${delivery.app}/#/`);
  await expect(page.getByRole('list', { name: 'Orders' }).locator('[data-state="done"]')).toHaveCount(2);
  const saved = await savedFiles(page);
  for (const id of ['A-1042', 'B-7'])
    for (const [path, hash] of delivery.hashes) expect(saved.get(`${id}/${path}`), id).toBe(hash);
});

test('row 36: a full disk stops saves only, everything is kept, one click continues', async ({ customer, deliver }) => {
  const delivery = await deliver(SIZES);
  const page = await customer.open(delivery.link);
  const engine = await engineOf(page);
  await engine.evaluate(() => {
    const { write } = FileSystemWritableFileStream.prototype;
    Object.assign(self, { full: true });
    FileSystemWritableFileStream.prototype.write = function (data) {
      const { full } = self as unknown as { full: boolean };
      return full ? Promise.reject(new DOMException('no room', 'QuotaExceededError')) : write.call(this, data);
    };
  });
  await button(page, 'Start').click();
  for (const path of Object.keys(SIZES)) await expectFile(page, path, 'verified');
  await expect(statusOf(page)).toContainText('There is no room left in the folder');
  await engine.evaluate(() => Object.assign(self, { full: false }) && undefined);
  await button(page, 'Continue saving').click();
  await expectDelivered(page, delivery);
  expect(delivery.faults.bytes()).toBe(delivery.bytes);
});

test('36: another folder is chosen when the first is full; what is saved stays there, and each has the list of its own', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': MIB, 'b.7z': 9 * MIB, 'c.7z': 9 * MIB });
  const page = await customer.open(delivery.link);
  const engine = await engineOf(page);
  await engine.evaluate(() => {
    const { write } = FileSystemWritableFileStream.prototype;
    Object.assign(self, { full: true });
    FileSystemWritableFileStream.prototype.write = function (data) {
      const { full } = self as unknown as { full: boolean };
      const noRoom = full && data instanceof Blob && data.size > 2 * 1024 * 1024;
      return noRoom ? Promise.reject(new DOMException('no room', 'QuotaExceededError')) : write.call(this, data);
    };
  });
  await button(page, 'Start').click();
  await expectFile(page, 'a.7z', 'saved');
  for (const path of ['b.7z', 'c.7z']) await expectFile(page, path, 'verified');
  await expect(statusOf(page)).toContainText('There is no room left in the folder picked');
  await engine.evaluate(() => Object.assign(self, { full: false }) && undefined);
  await page.evaluate(() => {
    window.showDirectoryPicker = async () =>
      (await navigator.storage.getDirectory()).getDirectoryHandle('second', { create: true });
  });
  await button(page, 'Choose folder').click();
  await expect(page.locator('[data-state="done"]').first()).toBeVisible();
  const names = await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const lists: string[][] = [];
    for (const name of ['picked', 'second']) {
      const found: string[] = [];
      const folder = await root.getDirectoryHandle(name);
      for await (const each of (await folder.getDirectoryHandle('A-1042')).keys()) found.push(each);
      lists.push(found.sort());
    }
    return lists;
  });
  expect(names).toEqual([
    ['SHA256SUMS', 'a.7z'],
    ['SHA256SUMS', 'b.7z', 'c.7z'],
  ]);
  await expect(page.getByText('In the folders picked / A-1042 and second / A-1042.')).toBeVisible();
  expect(delivery.faults.bytes()).toBe(delivery.bytes);
});

/** `close()` of a saved file is refused so many times. */
async function refuseClose(page: Page, times: number): Promise<void> {
  await (
    await engineOf(page)
  ).evaluate((refusals) => {
    const { close } = FileSystemWritableFileStream.prototype;
    let left = refusals;
    FileSystemWritableFileStream.prototype.close = async function () {
      if (left-- <= 0) return close.call(this);
      await this.abort();
      throw new DOMException('Blocked by Safe Browsing.', 'AbortError');
    };
  }, times);
}

test('row 43: a close that is refused for a moment (a virus scanner) is tried again', async ({ customer, deliver }) => {
  const delivery = await deliver(SIZES);
  const page = await customer.open(delivery.link);
  await refuseClose(page, 2);
  await button(page, 'Start').click();
  await expectDelivered(page, delivery);
  expect(delivery.faults.bytes()).toBe(delivery.bytes);
});

test('row 38: names that no folder takes get safe ones, the sender’s beside them; one that the system refuses all the same goes another way', async ({
  customer,
  deliver,
}) => {
  const refused = ['CON.7z', 'link.lnk', 'what?.7z', 'dot.', 'evil\u202ez7.exe'];
  const delivery = await deliver(
    Object.fromEntries([...refused, 'plain.7z', 'system.7z'].map((name, i) => [name, 100_000 + i])),
  );
  const page = await customer.open(delivery.link);
  const downloads = collectDownloads(page);
  await (
    await engineOf(page)
  ).evaluate(() => {
    const { getFileHandle } = FileSystemDirectoryHandle.prototype;
    FileSystemDirectoryHandle.prototype.getFileHandle = function (name, options) {
      const refuses = name === 'system.7z' && options?.create === true;
      return refuses ? Promise.reject(new TypeError('Name is not allowed.')) : getFileHandle.call(this, name, options);
    };
  });
  await button(page, 'Start').click();
  await expect(page.locator('[data-state="done"]').first()).toBeVisible();
  const saved = new Map([...(await savedFiles(page))].map(([path, hash]) => [hash, path.replace('A-1042/', '')]));
  for (const name of refused) {
    const alias = saved.get(delivery.hashes.get(name) ?? '');
    expect(alias, name).not.toBe(name);
    await expect(fileRow(page, name)).toContainText(`saved as ${alias}`);
  }
  expect(saved.get(delivery.hashes.get('plain.7z') ?? '')).toBe('plain.7z');
  await expect(fileRow(page, 'plain.7z')).not.toContainText('saved as');
  await expectFile(page, 'system.7z', 'handed-over');
  expect((await downloads()).get('system.7z')).toBe(delivery.hashes.get('system.7z'));
});
