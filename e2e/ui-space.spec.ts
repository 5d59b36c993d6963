import type { Locator, Page } from '@playwright/test';
import type { Snapshot } from '../src/engine-api.ts';
import { button } from './customer.ts';
import { expect } from './fixtures.ts';
import { listScene, orderScenes } from './scenes.ts';
import { commandsOf, type Scene } from './scripted-engine.ts';
import { test } from './ui-fixtures.ts';

const ORDER = `#/order/${'a'.repeat(64)}`;
const GIB = 1024 ** 3;
const SHORT = 'There may be too little free space on this disk.';
const { ready, downloading, handedOver } = orderScenes;

/** The same scene with another snapshot; `disk` is what its one order needs, in bytes. */
function differing(scene: Scene, change: Partial<Snapshot>, disk = scene.snapshot.orders[0]!.diskNeeded): Scene {
  const orders = scene.snapshot.orders.map((order) => ({ ...order, diskNeeded: disk }));
  return { ...scene, snapshot: { ...scene.snapshot, orders, ...change } };
}

/** The number above this word. */
function fact(page: Page, word: string): Locator {
  return page.locator('dl div').filter({ hasText: word }).getByRole('definition');
}

test('before Start the page says what is needed, and that what is free is the browser’s guess', async ({ show }) => {
  const page = await show(ready, ORDER);
  const progress = page.getByRole('region', { name: 'Progress' });
  await expect(fact(page, 'disk needed while it runs, beside the files')).toHaveText('900 MB');
  await expect(fact(page, 'free, by the browser’s guess')).toHaveText('about 311 GB');
  await expect(progress).toContainText('The browser does not tell how full the disk really is.');
  await expect(progress).toContainText('it may clear what is not saved yet, which is then fetched again');
  await expect(progress).not.toContainText(SHORT);
});

test('without a folder an order needs its own size once more, and the page says so before Start', async ({ show }) => {
  const page = await show(differing(ready, { downloads: true }), ORDER);
  const progress = page.getByRole('region', { name: 'Progress' });
  await expect(fact(page, 'disk needed beside the downloads, until you confirm them')).toHaveText('20.9 GB');
  await expect(progress).toContainText('allow several downloads');
});

test('the number that Chromium gives for every disk warns of nothing, that of a smaller disk does', async ({
  show,
}) => {
  const storage = { usage: 1e9, quota: 1e9 + 10 * GIB };
  let page = await show(differing(ready, { storage }, 15e9), ORDER);
  await expect(button(page, 'Start')).toBeVisible();
  await expect(page.getByText(SHORT)).toBeHidden();
  page = await show(differing(ready, { storage: { usage: 1e9, quota: 1e9 + 9 * GIB } }, 15e9), ORDER);
  await expect(page.getByText(SHORT)).toBeVisible();
});

test('the storage panel has a row for each order, and frees what can be freed', async ({ show }) => {
  const [first, ...others] = listScene.snapshot.orders;
  const handed = { ...handedOver.snapshot.orders[0]!, order: 'f'.repeat(64), title: 'Handed over' };
  const orders = [first!, ...others.map((order) => ({ ...order, bytesOnDisk: 0 })), handed];
  const page = await show({ ...listScene, snapshot: { ...listScene.snapshot, orders } }, '#/settings');
  const rows = page.getByRole('list', { name: 'Space by order' }).getByRole('listitem');
  await expect(rows).toHaveCount(6);
  await expect(rows.nth(0)).toContainText('290 MB');
  await expect(rows.nth(0).getByRole('button')).toHaveCount(0);
  await expect(rows.nth(5)).toContainText('200 files, 20.9 GB, went to the browser’s downloads. Are they all there?');
  await rows.nth(5).getByRole('button', { name: 'Yes, free the space' }).click();
  await expect.poll(() => commandsOf(page)).toEqual(['confirmHandedOver']);
  await rows.nth(4).getByRole('button', { name: 'Remove' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('The saved files stay in your folder.');
  await dialog.getByRole('button', { name: 'Remove' }).click();
  await expect.poll(() => commandsOf(page)).toEqual(['confirmHandedOver', 'remove']);
});

test('the browser is asked to keep what is not saved, and its answer is told', async ({ show }) => {
  const page = await show(downloading, '#/settings');
  await page.evaluate(() => {
    navigator.storage.persist = () => Promise.resolve(false);
  });
  await button(page, 'Ask it to keep them').click();
  await expect(page.getByRole('status')).toContainText('Firefox asks you');
  await page.evaluate(() => {
    navigator.storage.persist = () => Promise.resolve(true);
  });
  await button(page, 'Ask it to keep them').click();
  await expect(page.getByText('The browser keeps these bytes even when the disk runs low.')).toBeVisible();
});

test('when a folder was allowed, the page says what installing brings, and asks the browser only then', async ({
  show,
}) => {
  const page = await show(downloading, ORDER);
  await expect(button(page, 'Pause')).toBeVisible();
  await expect(page.getByText('Installed as an app')).toBeHidden();
  await page.evaluate(() => {
    const prompt = (): Promise<{ outcome: string }> => {
      Object.assign(window, { prompted: true });
      return Promise.resolve({ outcome: 'accepted' });
    };
    window.dispatchEvent(Object.assign(new Event('beforeinstallprompt', { cancelable: true }), { prompt }));
  });
  const offer = page.getByRole('region', { name: 'Offer' });
  await expect(offer).toContainText(
    'Installed as an app, it keeps the permission for your folder, opens order links by itself, and can start when you sign in.',
  );
  await button(page, 'Install').click();
  expect(await page.evaluate(() => (window as unknown as { prompted?: boolean }).prompted)).toBe(true);
});
