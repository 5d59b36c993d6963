import type { Page } from '@playwright/test';
import { button } from './customer.ts';
import { MIB } from './delivery.ts';
import { expect, expectDelivered, test } from './fixtures.ts';
import { engineOf, expectFile, statusOf } from './inside.ts';

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
