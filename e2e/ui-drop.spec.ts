import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { button } from './customer.ts';
import { expect } from './fixtures.ts';
import { emptyScene, listScene, orderScenes } from './scenes.ts';
import { commandsOf, type Scene } from './scripted-engine.ts';
import { test } from './ui-fixtures.ts';

const ORDER = `#/order/${'a'.repeat(64)}`;
const LINK = 'https://store.example.com/bucket/a.7z?X-Amz-Signature=1';
const METALINK = `<metalink xmlns="urn:ietf:params:xml:ns:metalink"><file name="a"><url>${LINK}</url></file></metalink>`;

/** Every page, and what a file of the user that is dropped there makes the engine do. */
const pages: readonly (readonly [string, Scene, string, readonly string[]])[] = [
  ['the list', listScene, '#/', []],
  ['the empty list', emptyScene, '#/', []],
  ['an order', orderScenes.downloading, ORDER, ['importFile']],
  ['an order that is done', orderScenes.done, ORDER, []],
  ['an order that is not here', emptyScene, ORDER, []],
  ['settings', listScene, '#/settings', []],
  ['help', listScene, '#/help', []],
  ['the dialog for links', listScene, '#/add', []],
];

for (const [name, scene, hash, copies] of pages) {
  test(`what is dropped goes where it belongs, and the app stays: ${name}`, async ({ show }) => {
    const page = await show(scene, hash);
    const before = page.url();
    await drop(page, { 'chip.7z': 'bytes' });
    await expect.poll(() => commandsOf(page)).toEqual(copies);
    if (copies.length === 0) await expect(page.getByText(/open its page and drop them there/)).toBeVisible();
    expect(page.url()).toBe(before);
    await drop(page, { 'order.meta4': METALINK, 'links.txt': LINK });
    await expect.poll(() => commandsOf(page)).toEqual([...copies, 'addLinks', 'addLinks']);
  });
}

test('a list without any address is a file like any other', async ({ show }) => {
  const page = await show(orderScenes.downloading, ORDER);
  await drop(page, { 'measured.csv': '1,2,3' });
  await expect.poll(() => commandsOf(page)).toEqual(['importFile']);
});

test('a file that is too large for a list of links is refused in words', async ({ show }) => {
  const page = await show(emptyScene, '#/');
  await drop(page, { 'order.meta4': Buffer.alloc(33 * 1024 * 1024) });
  await expect(page.getByRole('alert')).toContainText('order.meta4 is too large for a list of links');
  expect(await commandsOf(page)).toEqual([]);
});

test('a cancelled dialog asks for nothing again, not even on the next reload', async ({ show }) => {
  const page = await show(listScene, '#/add');
  await expect(page.getByRole('dialog', { name: 'New order' })).toBeVisible();
  await button(page, 'Cancel').click();
  await expect(page).toHaveURL(/#\/$/);
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Orders' })).toBeVisible();
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

/** Drops files on the middle of the window as a hand does: the browser would open them where the page does not take them. */
async function drop(page: Page, files: Readonly<Record<string, string | Buffer>>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-drop-'));
  const paths = Object.entries(files).map(([name, content]) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  });
  try {
    await page.locator('hf-header').waitFor();
    const session = await page.context().newCDPSession(page);
    const data = { items: [], files: paths, dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
      await session.send('Input.dispatchDragEvent', { type, x: 600, y: 400, data });
    }
    await session.detach();
  } finally {
    folders.push(folder);
  }
}

const folders: string[] = [];
test.afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));
