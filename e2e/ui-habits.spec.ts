import type { Page } from '@playwright/test';
import type { FileRow } from '../src/engine-api.ts';
import { button } from './customer.ts';
import { expect } from './fixtures.ts';
import { emptyScene, listScene, orderScenes } from './scenes.ts';
import { commandsOf, showScene } from './scripted-engine.ts';
import { test } from './ui-fixtures.ts';

const ORDER = `#/order/${'a'.repeat(64)}`;
const { downloading, done, offline, tenThousand } = orderScenes;

test('what happens is said once it matters, and not at every percent', async ({ show }) => {
  const page = await show(downloading, ORDER);
  await expect(page.getByRole('status')).toHaveAttribute('aria-live', 'off');
  await showScene(page, offline);
  await expect(page.getByRole('status')).toHaveAttribute('aria-live', 'polite');
  await expect(page.getByRole('status')).toContainText('No network');
  await showScene(page, done);
  await expect(page.getByRole('status')).toContainText('All 200 files are saved and verified');
});

test('an order of ten thousand files opens at once, is searched, and its map leads to a file', async ({ show }) => {
  const page = await show(tenThousand, ORDER);
  const rows = page.getByRole('list', { name: 'Files' }).getByRole('listitem');
  await page.evaluate(() => scrollTo(0, 600));
  await expect(rows.first()).toBeVisible();
  expect(await rows.count(), 'only rows near the window are made').toBeLessThan(100);
  await page.evaluate(() => scrollTo(0, 100_000));
  await expect.poll(() => rows.first().getAttribute('aria-posinset')).not.toBe('1');
  await expect(rows.first()).toHaveAttribute('aria-setsize', '10000');

  await page.getByRole('searchbox', { name: 'Search files' }).fill('chip-9999');
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText('chip-9999.7z');

  const map = page.getByRole('slider', { name: 'Map of the files' });
  await map.focus();
  await page.keyboard.press('End');
  await expect(map).toHaveAttribute('aria-valuetext', 'chip-10000.7z · Waiting');
  await page.keyboard.press('Enter');
  await expect(button(page, 'Copy SHA-256')).toBeInViewport();
  await expect(page.getByRole('listitem').filter({ hasText: 'chip-10000.7z' })).toBeInViewport();
  await expect(page.getByRole('button', { name: 'Details of chip-10000.7z' })).toBeFocused();
});

test('a change of all ten thousand files at once draws the few that are seen', async ({ show }) => {
  const page = await show(tenThousand, ORDER);
  const rows = page.getByRole('list', { name: 'Files' }).getByRole('listitem');
  await page.evaluate(() => scrollTo(0, 600));
  await expect(rows.first()).toBeVisible();
  const [[order, all]] = Object.entries(tenThousand.rows) as [[string, readonly FileRow[]]];
  const failed = { [order]: all.map((row) => ({ ...row, status: 'failed' as const })) };
  const snapshot = { ...tenThousand.snapshot, revision: tenThousand.snapshot.revision + 1 };
  await showScene(page, { ...tenThousand, snapshot, rows: failed });
  await expect(rows.first()).toContainText('Failed');
  expect(await rows.count(), 'only rows near the window are made').toBeLessThan(100);
});

test('while the folder is away and the download runs, saving can be continued and the download paused', async ({
  show,
}) => {
  const page = await show(orderScenes.blocked, ORDER);
  await expect(page.getByRole('status')).toHaveText(/The folder Orders is not there/);
  await expect(page.getByText(/about 17 min left/)).toBeVisible();
  await button(page, 'Continue saving').click();
  await button(page, 'Pause').click();
  await expect.poll(() => commandsOf(page)).toEqual(['continueSaving', 'pause']);
});

test('when only failed files are left, one button tries all of them again', async ({ show }) => {
  const page = await show(orderScenes.onlyFailed, ORDER);
  await button(page, 'Retry all').click();
  await expect.poll(() => commandsOf(page)).toEqual(['retry']);
});

test('all orders are paused at once', async ({ show }) => {
  const [running, ...others] = listScene.snapshot.orders;
  const second = { ...running!, order: 'f'.repeat(64), title: 'Another' };
  const page = await show(
    { ...listScene, snapshot: { ...listScene.snapshot, orders: [running!, second, ...others] } },
    '#/',
  );
  await button(page, 'Pause all').click();
  await expect.poll(() => commandsOf(page)).toEqual(['pause', 'pause']);
});

test('the list is filtered by state, and searched by title', async ({ show }) => {
  const orders = [
    ...listScene.snapshot.orders,
    { ...listScene.snapshot.orders[4]!, order: 'f'.repeat(64), title: 'Old lot' },
  ];
  const page = await show({ ...listScene, snapshot: { ...listScene.snapshot, orders } }, '#/');
  const cards = page.getByRole('list', { name: 'Orders' }).getByRole('listitem');
  await expect(cards).toHaveCount(6);
  await button(page, 'Needs you 2').click();
  await expect(cards).toHaveCount(2);
  await button(page, 'Delivered 2').click();
  await page.getByRole('searchbox', { name: 'Search orders' }).fill('old');
  await expect(cards).toHaveText(/Old lot/);
});

test('the tab says how far it is, the app badge too', async ({ show }) => {
  const page = await show(downloading, ORDER);
  await expect(page).toHaveTitle('44% · Order A-1042 – Holdfast');
  await page.goto(`${new URL(page.url()).origin}/#/`);
  await expect(page).toHaveTitle('44% – Holdfast');
  await page.getByRole('link', { name: 'Help' }).click();
  await expect(page).toHaveTitle('44% · Help – Holdfast');
  await page.goto(`${new URL(page.url()).origin}/#/`);
  await page.evaluate(() => {
    const badges: unknown[] = [];
    Object.assign(window, { badges });
    navigator.setAppBadge = (value) => Promise.resolve(void badges.push(value ?? 'dot'));
    navigator.clearAppBadge = () => Promise.resolve(void badges.push('none'));
  });
  await showScene(page, orderScenes.expired);
  await showScene(page, done);
  await showScene(page, downloading);
  await expect
    .poll(() => page.evaluate(() => (window as unknown as { badges: unknown[] }).badges))
    .toEqual(['dot', 'none', 44]);
});

test('language and appearance are chosen in the settings, hold at once, and are kept', async ({ show }) => {
  const page = await show(emptyScene, '#/settings', { colorScheme: 'light' });
  const background = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await page.getByLabel('Appearance').selectOption('dark');
  await expect.poll(background).not.toBe(light);
  await page.getByLabel('Language').selectOption('zh-Hans');
  await expect(page.getByRole('heading', { name: '设置' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { name: '设置' })).toBeVisible();
  expect(await background()).not.toBe(light);
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-Hans');
});

test('speed and connections are limited in the settings', async ({ show }) => {
  const page = await show(emptyScene, '#/settings');
  await page.getByLabel('Speed limit').selectOption('5 MB/s');
  await page.getByLabel('Connections').selectOption('2');
  await expect.poll(() => commandsOf(page)).toEqual(['setLimits', 'setLimits']);
});

test('the page follows the browser’s language at first, with its numbers and dates', async ({ show }) => {
  const page = await show(offline, ORDER, { locale: 'zh-CN' });
  await expect(page.getByText('14:32')).toBeVisible();
  await expect(button(page, '暂停')).toBeVisible();
  await button(page, 'English').click();
  await expect(button(page, 'Pause')).toBeVisible();
});

test('the report for support is read first, and holds no name of a file', async ({ show }) => {
  const page = await show(downloading, '#/help');
  await button(page, 'Show report').click();
  const report = page.getByLabel('Report', { exact: true });
  await expect(report).toBeFocused();
  await expect(report).toContainText('"state": "running"');
  await expect(report).toContainText('what the engine says');
  await expect(report).not.toContainText('chip-087');
  const download = page.waitForEvent('download');
  await button(page, 'Save report').click();
  expect((await download).suggestedFilename()).toMatch(/^holdfast-report-.*\.txt$/);
});

test('a file’s checksum is copied from its row', async ({ show }) => {
  const page = await show(downloading, ORDER, { permissions: ['clipboard-read', 'clipboard-write'] });
  await page.getByRole('button', { name: 'Details of chip-087.7z' }).click();
  await button(page, 'Copy SHA-256').click();
  await expect(button(page, 'Copied')).toBeVisible();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toBe(downloading.rows['a'.repeat(64)]?.[86]?.sha256);
  await button(page, 'Download first').click();
  expect(await commandsOf(page)).toEqual(['first']);
});

test('links come from a file, too', async ({ show }) => {
  const page = await show(emptyScene, '#/add');
  const text = 'https://store.example.com/bucket/a.7z?X-Amz-Signature=1\n';
  await chooseFile(page, 'links.txt', text);
  await expect.poll(() => commandsOf(page)).toEqual(['addLinks']);
});

test('a click on Orders or Settings puts the keyboard at the top of the new page', async ({ show }) => {
  const page = await show(listScene, '#/');
  await page.getByRole('link', { name: 'Settings' }).click();
  await expect(page.getByRole('main')).toBeFocused();
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'Orders' })).toBeVisible();
});

test('a choice that the engine did not take is not shown as taken', async ({ show }) => {
  const page = await show(emptyScene, '#/settings');
  const limit = page.getByLabel('Speed limit');
  await limit.selectOption('5 MB/s');
  await showScene(page, { ...emptyScene, snapshot: { ...emptyScene.snapshot, revision: 2 } });
  await expect(limit).toHaveValue('');
  const limits = { bytesPerSecond: 2e6 };
  await showScene(page, { ...emptyScene, snapshot: { ...emptyScene.snapshot, revision: 3, limits } });
  await expect(limit).toHaveValue('2000000');
});

test('what was opened and searched on one order is not on the next', async ({ show }) => {
  const [first] = downloading.snapshot.orders;
  const second = { ...first!, order: 'b'.repeat(64), title: 'Order B' };
  const scene = {
    snapshot: { ...downloading.snapshot, orders: [first!, second] },
    rows: { ...downloading.rows, [second.order]: downloading.rows[first!.order]! },
  };
  const page = await show(scene, ORDER);
  await page.getByRole('searchbox', { name: 'Search files' }).fill('chip-087');
  await page.evaluate((order) => (location.hash = `#/order/${order}`), second.order);
  await expect(page.getByRole('heading', { name: 'Order B' })).toBeVisible();
  await expect(page.getByRole('searchbox', { name: 'Search files' })).toHaveValue('');
});

test('the keyboard stays where it was when its button goes', async ({ show }) => {
  const page = await show(orderScenes.damaged, ORDER);
  const row = page.getByRole('listitem').filter({ hasText: 'chip-017.7z' });
  await row.getByRole('button', { name: 'Retry' }).focus();
  await page.keyboard.press('Enter');
  const revision = orderScenes.damaged.snapshot.revision + 1;
  await showScene(page, { ...downloading, snapshot: { ...downloading.snapshot, revision } });
  await expect(row.getByRole('button', { name: 'Details of chip-017.7z' })).toBeFocused();
});

test('the name of a tile is sent away by Escape', async ({ show }) => {
  const page = await show(downloading, ORDER);
  await page.getByRole('slider').hover();
  await expect(page.locator('.name[aria-hidden]')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.locator('.name[aria-hidden]')).toHaveCount(0);
});

test('the list says which order is done or needs somebody, and nothing else', async ({ show }) => {
  const page = await show({ ...downloading, rows: {} }, '#/');
  const status = page.getByRole('status');
  await expect(status).toHaveText('');
  await showScene(page, { ...done, snapshot: { ...done.snapshot, revision: 2 } });
  await expect(status).toHaveText('Order A-1042: Saved');
});

test('all checksums are copied at once, as sha256sum reads them', async ({ show }) => {
  const page = await show(done, ORDER, { permissions: ['clipboard-read', 'clipboard-write'] });
  await expect(page.getByText('delivered on Nov 18, 2026')).toBeVisible();
  await button(page, 'Copy all checksums').click();
  await expect(button(page, 'Copied')).toBeVisible();
  const lines = (await page.evaluate(() => navigator.clipboard.readText())).trim().split('\n');
  expect(lines).toHaveLength(200);
  expect(lines[86]).toBe(`${done.rows['a'.repeat(64)]?.[86]?.sha256}  chip-087.7z`);
});

test('without checksums nothing is called verified', async ({ show }) => {
  const [order] = orderScenes.saving.snapshot.orders;
  const rows = orderScenes.saving.rows[order!.order]!.map((row) => ({ ...row, checksums: false, sha256: undefined }));
  const snapshot = { ...orderScenes.saving.snapshot, orders: [{ ...order!, checksums: false }] };
  const page = await show({ snapshot, rows: { [order!.order]: rows } }, ORDER);
  await expect(page.getByRole('status')).toHaveText('Everything is received. Saving the last files.');
  await expect(page.locator('main')).not.toContainText(/verified/i);
});

test('dates and numbers are those of the user’s own region', async ({ show }) => {
  const british = await show(done, ORDER, { locale: 'en-GB' });
  await expect(british.getByText('delivered on 18 Nov 2026')).toBeVisible();
  const taiwanese = await show(done, ORDER, { locale: 'zh-TW' });
  await expect(taiwanese.getByText('2026年11月18日交付')).toBeVisible();
});

async function chooseFile(page: Page, name: string, text: string): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await button(page, 'Open a file').click();
  await (await chooser).setFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
}
