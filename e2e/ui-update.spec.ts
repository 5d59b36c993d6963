import { rmSync } from 'node:fs';
import { copyApp, releaseAgain } from './builds.ts';
import { button } from './customer.ts';
import { expect } from './fixtures.ts';
import { orderScenes } from './scenes.ts';
import { commandsOf, scriptEngine, showScene } from './scripted-engine.ts';
import { startService, test } from './ui-fixtures.ts';

const { saving, done } = orderScenes;

test('a new version is offered, and never starts while a file is being saved, not even when it is wanted', async ({
  ownBrowser,
}) => {
  const folder = copyApp();
  const { app, stop } = await startService('--app-folder', folder);
  const context = await ownBrowser.newContext({ locale: 'en-US' });
  try {
    const page = await context.newPage();
    await scriptEngine(page, saving);
    await page.goto(`${app}/#/`);
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await page.reload(); // the first visit has no service worker that could be replaced
    await page.evaluate(() => Object.assign(window, { sameVisit: true }));
    releaseAgain(folder);
    await page.evaluate(async () => {
      await (await navigator.serviceWorker.getRegistration())?.update();
    });
    await button(page, 'Reload').click();
    await expect(page.getByText('The new version starts as soon as no file is being saved.')).toBeVisible();
    for (let revision = 2; revision < 12; revision++) {
      await showScene(page, { ...saving, snapshot: { ...saving.snapshot, revision } });
    }
    expect(await commandsOf(page), 'the engine is not held').toEqual([]);
    expect(await page.evaluate(() => 'sameVisit' in window)).toBe(true);
    await showScene(page, { ...done, snapshot: { ...done.snapshot, revision: 12 } });
    await expect(page.locator('body[data-release="2"]')).toBeVisible();
  } finally {
    await context.close();
    await stop();
    rmSync(folder, { recursive: true });
  }
});
