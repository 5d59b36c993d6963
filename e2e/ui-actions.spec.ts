import type { Page } from '@playwright/test';
import { readErrorActions } from '../src/client/testing/error-actions.ts';
import { button } from './customer.ts';
import { expect } from './fixtures.ts';
import { failedFile, orderScenes, stopped } from './scenes.ts';
import { commandsOf, showScene } from './scripted-engine.ts';
import { test } from './ui-fixtures.ts';

// Whatever a fault needs of a person is one button; docs/errors.md says which.
const ORDER = `#/order/${'a'.repeat(64)}`;
const actions = readErrorActions();

/** The main buttons of the page, and the names that more than one button has. */
async function buttonsOf(page: Page): Promise<{ main: string[]; twice: string[] }> {
  await expect(page.getByRole('status')).not.toHaveText('');
  const main = await page.locator('button.main:visible').allInnerTexts();
  const all = await page.locator('button:visible').allInnerTexts();
  return { main, twice: all.filter((name, i) => name !== '' && all.indexOf(name) !== i) };
}

test('each code that stops an order has its one button, and no button is there twice', async ({ show }) => {
  const page = await show(orderScenes.downloading, ORDER);
  for (const { button: name, codes } of actions.filter(({ where }) => where === 'order')) {
    for (const code of codes) {
      await showScene(page, stopped('attention', code));
      await expect(page.locator('[data-state="attention"]'), code).toBeVisible();
      expect(await buttonsOf(page), code).toEqual({ main: [name], twice: [] });
    }
  }
});

test('each code that heals by itself wants nothing of anybody, and says when it is tried again', async ({ show }) => {
  const page = await show(orderScenes.downloading, ORDER);
  for (const code of actions.filter(({ where }) => where === 'by itself').flatMap(({ codes }) => codes)) {
    await showScene(page, stopped('waiting', code));
    await expect(page.locator('[data-state="waiting"]'), code).toBeVisible();
    expect(await buttonsOf(page), code).toEqual({ main: ['Pause'], twice: [] });
    await expect(page.getByText('next try at'), code).toBeVisible();
  }
});

test('row 44: a file that is too large for the disk of the folder has one way out, another folder', async ({
  show,
}) => {
  const page = await show(stopped('attention', 'file-too-large', { path: 'wafer.7z' }), ORDER);
  await expect(page.getByRole('status')).toContainText('wafer.7z is larger than 4 GB');
  await expect(page.getByRole('status')).toContainText('Everything is kept. Choose a folder on another disk.');
  await page.evaluate(() => {
    window.showDirectoryPicker = async () => navigator.storage.getDirectory();
  });
  await button(page, 'Choose folder').click();
  await expect.poll(() => commandsOf(page)).toContain('setDestination');
});

for (const [language, locale, label, words] of [
  ['English', 'en-US', 'Copy for the sender', ['Order: A-1042, Lot 7', 'File: chip-017.7z', 'Piece 4 of 13']],
  ['Chinese', 'zh-CN', '复制给发件人', ['订单：A-1042, Lot 7', '文件：chip-017.7z', '第 4 块（共']],
] as const) {
  test(`row 17: one button copies what the sender must know of a damaged file, in ${language}`, async ({ show }) => {
    const [expected, received] = ['e'.repeat(64), 'f'.repeat(64)];
    const at = Date.UTC(2026, 10, 26, 18);
    const detail = { piece: 4, from: 25_165_824, to: 33_554_431, path: 'chip-017.7z', expected, received, at };
    const permissions = ['clipboard-read', 'clipboard-write'];
    const page = await show(failedFile('source-damaged', detail), ORDER, { locale, permissions });
    await button(page, label).click();
    await expect(button(page, label)).toBeHidden(); // it says that it was copied
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    for (const each of [...words, expected, received, 'a'.repeat(64), '2026-11-26T18:00'])
      expect(copied).toContain(each);
    expect(copied).not.toContain('http');
  });
}

test('a file that failed has one Retry, and a text for the sender wherever the sender can help', async ({ show }) => {
  const page = await show(orderScenes.damaged, ORDER);
  for (const code of actions.filter(({ button: name }) => name === 'Retry').flatMap(({ codes }) => codes)) {
    await showScene(page, failedFile(code));
    const row = page.getByRole('listitem').filter({ hasText: 'chip-017.7z' });
    await expect(row, code).toHaveAttribute('data-status', 'failed');
    await expect(row.getByRole('button', { name: 'Retry', exact: true }), code).toHaveCount(1);
    await expect(row.getByRole('button', { name: 'Copy for the sender' }), code).toHaveCount(1);
  }
});
