import { readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { Page } from '@playwright/test';
import { expect } from './fixtures.ts';
import { emptyScene, listScene, orderScenes } from './scenes.ts';
import type { Scene } from './scripted-engine.ts';
import { drawnBy, PICTURES } from './pictures.ts';
import { test } from './ui-fixtures.ts';

// The pictures of docs/pictures are what the README shows, and what each screen is compared with here. `npm run screenshots` takes them anew.

const ORDER = `#/order/${'a'.repeat(64)}`;
const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const LOCALES = { en: 'en-US', zh: 'zh-CN' } as const;
const SCHEMES = ['light', 'dark'] as const;

/** What is shown, where, and what is done before it is looked at. */
const screens: Readonly<Record<string, readonly [Scene, string, ((page: Page) => Promise<void>)?]>> = {
  orders: [listScene, '#/'],
  order: [orderScenes.downloading, ORDER, filterActive],
  saved: [orderScenes.done, ORDER],
  add: [emptyScene, '#/add'],
  settings: [listScene, '#/settings'],
  help: [listScene, '#/help'],
};

/** Every screen on a phone, once: in one language and scheme, since the same styles make the others. */
const phones = [
  ['orders', 'zh', 'light'],
  ['order', 'en', 'light'],
  ['saved', 'zh', 'dark'],
  ['add', 'en', 'dark'],
  ['settings', 'zh', 'light'],
  ['help', 'en', 'dark'],
] as const;

const pictures = [
  ...Object.keys(screens).flatMap((screen) =>
    (['en', 'zh'] as const).flatMap((language) =>
      SCHEMES.map((scheme) => ({ screen, language, scheme, viewport: DESKTOP })),
    ),
  ),
  ...phones.map(([screen, language, scheme]) => ({ screen, language, scheme, viewport: PHONE })),
];

test.beforeAll(async ({ ownBrowser }) => {
  const here = await drawnBy(ownBrowser);
  if (process.env['HOLDFAST_PICTURES'] === 'new') {
    writeFileSync(PICTURES, `${JSON.stringify(here, undefined, 2)}\n`);
    return;
  }
  const made: unknown = JSON.parse(readFileSync(PICTURES, 'utf8'));
  const words = (by: unknown): string => JSON.stringify(by);
  test.skip(!isDeepStrictEqual(made, here), `The pictures were made with ${words(made)}, and here is ${words(here)}.`);
});

for (const { screen, language, scheme, viewport } of pictures) {
  const name = [screen, ...(viewport === PHONE ? ['phone'] : []), language, scheme].join('-');
  test(`it looks as in its picture: ${name}`, async ({ show, app }) => {
    const [scene, hash, before] = screens[screen]!;
    // whether notifications are offered depends on what the browser was asked before
    const declined = JSON.stringify({ declined: ['notify'] });
    const localStorage = [{ name: 'holdfast-preferences', value: declined }];
    const storageState = { cookies: [], origins: [{ origin: app, localStorage }] };
    const page = await show(scene, hash, { colorScheme: scheme, locale: LOCALES[language], viewport, storageState });
    await settled(page);
    await before?.(page);
    await expect(page).toHaveScreenshot(`${name}.png`);
  });
}

/** Waits for what comes after the first paint: the other language's words, the fonts, and rows that are made when they are near. */
async function settled(page: Page): Promise<void> {
  await page.locator('main').waitFor();
  await page.evaluate(() => document.fonts.ready);
}

/** The files that are under way, with the pieces that are here. */
async function filterActive(page: Page): Promise<void> {
  await page.locator('hf-file-list').getByRole('group').getByRole('button').nth(1).click();
  await expect(page.locator('hf-file-row')).toHaveCount(4);
  await page.mouse.move(0, 0);
  await page.evaluate(() => scrollTo(0, 0));
}
