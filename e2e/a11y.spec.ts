import axe from 'axe-core';
import type { Page } from '@playwright/test';
import { button } from './customer.ts';
import { expect } from './fixtures.ts';
import type { FileRow } from '../src/engine-api.ts';
import type { ErrorCode } from '../src/order/errors.ts';
import { emptyScene, listScene, orderScenes, previewScene, previewWaitingScene, stopped } from './scenes.ts';
import type { Scene } from './scripted-engine.ts';
import { test } from './ui-fixtures.ts';

const ORDER = `#/order/${'a'.repeat(64)}`;
const LINK = `#/order/A-1042?key=${'k'.repeat(43)}&manifest=${'0'.repeat(64)}`;
const STANDARDS: axe.RunOnly = {
  type: 'tag',
  values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
};
/** What another scheme can change: the same page is the same for every other rule. */
const COLOURS: axe.RunOnly = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] };

const damagedCopies: Scene = {
  ...orderScenes.done,
  answers: { checkFile: { ok: true, value: { copy: 'changed', damaged: [0, 2, 3] } } },
};

/** Every screen in every state: what is shown, where, and what is done before it is looked at. */
const screens: readonly (readonly [string, Scene, string, ((page: Page) => Promise<void>)?])[] = [
  ['the list with an order in each state', listScene, '#/'],
  ['the list when it is empty', emptyScene, '#/'],
  ['settings', listScene, '#/settings'],
  ['help', listScene, '#/help', openAllTopics],
  ['the report for support', listScene, '#/help', (page) => button(page, 'Show report').click()],
  ['the dialog for links', listScene, '#/add'],
  ['the question before an order is removed', listScene, ORDER, (page) => button(page, 'Remove').click()],
  ['an order that is not here', emptyScene, ORDER],
  ['the details of a file', orderScenes.downloading, ORDER, openDetails],
  ['files that can be looked at, and where a saved one lies', previewScene, ORDER, openPlace],
  ['a text that is looked at', previewScene, ORDER, openText],
  ['a text that does not come', previewWaitingScene, ORDER, openWaiting],
  ['a film in a window that cannot show it', previewScene, ORDER, openFilm],
  ['a file too large for the disk of the folder', stopped('attention', 'file-too-large', { path: 'a.7z' }), ORDER],
  ['a link with a password', refused('open', 'password-needed'), LINK, enterWrongPassword],
  ['a link that could not be opened', refused('open', 'order-unknown'), LINK],
  ['delivered files that are damaged', damagedCopies, ORDER, checkCopies],
  ['a list for another program', refused('exportOrder', 'service-unavailable'), ORDER, openExport],
  ['the offer to install the app', orderScenes.downloading, ORDER, offerInstall],
  ['a browser that may clear what is not saved', listScene, '#/settings', askToKeep],
  ...Object.entries(orderScenes).map(([state, scene]) => [`an order: ${state}`, withFewFiles(scene), ORDER] as const),
];

/** Four files in each state: what bars anyone in a row bars them in the next one, and each is looked at for a long time. */
function withFewFiles(scene: Scene): Scene {
  const few = (rows: readonly FileRow[]): FileRow[] => {
    const states = [...new Set(rows.map(({ status }) => status))];
    return states
      .flatMap((state) => rows.filter(({ status }) => status === state).slice(0, 4))
      .map((row, file) => ({ ...row, file }));
  };
  return { ...scene, rows: Object.fromEntries(Object.entries(scene.rows).map(([order, rows]) => [order, few(rows)])) };
}

for (const [name, scene, hash, before] of screens) {
  test(`nothing bars anyone, light and dark, and at 200 % zoom nothing scrolls sideways: ${name}`, async ({ show }) => {
    const page = await show(scene, hash);
    await before?.(page);
    expect(await findings(page), 'light').toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await findings(page, COLOURS), 'dark').toEqual([]);
    // a window of 1280 pixels at 200 % is one of 640; at 400 % (reflow) of 320
    for (const width of [640, 320]) {
      await page.setViewportSize({ width, height: 600 });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow, `at ${width}`).toBeLessThanOrEqual(0);
    }
  });
}

test('nothing bars anyone on a small window, in Chinese', async ({ show }) => {
  const page = await show(orderScenes.damaged, ORDER, { locale: 'zh-CN', viewport: { width: 360, height: 740 } });
  await expect(page.getByRole('button', { name: '暂停', exact: true })).toBeVisible();
  expect(await findings(page)).toEqual([]);
  for (const width of [320, 360, 390, 430]) {
    await page.setViewportSize({ width, height: 740 });
    expect(
      await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
      `${width}`,
    ).toBeLessThanOrEqual(0);
  }
});

test('what has the keyboard is seen to have it, on every stop', async ({ show }) => {
  for (const hash of ['#/', ORDER, '#/settings', '#/help']) {
    const page = await show(listScene, hash);
    for (let stop = 0; stop < 12; stop++) {
      await page.keyboard.press('Tab');
      const seen = await page.evaluate(() => {
        let focused = document.activeElement;
        while (focused?.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;
        if (!focused || focused === document.body) return 'none';
        const { outlineStyle, outlineWidth } = getComputedStyle(focused);
        return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 ? 'seen' : focused.outerHTML;
      });
      expect(['seen', 'none'], `${hash}: ${seen}`).toContain(seen);
    }
  }
});

test('with high contrast the tones of the pictures stay apart, and what can be pressed has a border', async ({
  show,
}) => {
  const page = await show(orderScenes.damaged, ORDER, { forcedColors: 'active' });
  const colours = await page
    .locator('hf-progress span')
    .evaluateAll((spans) =>
      spans.map((span) => getComputedStyle(span).backgroundColor + getComputedStyle(span).backgroundImage),
    );
  expect(new Set(colours).size).toBe(3);
  const border = await button(page, 'Remove').evaluate((element) => getComputedStyle(element).borderTopColor);
  expect(border).not.toBe('rgba(0, 0, 0, 0)');
});

test('what is written grows with the size that the user has chosen for text', async ({ show }) => {
  const page = await show(orderScenes.downloading, ORDER);
  const height = (): Promise<number> => page.locator('h1').evaluate((title) => title.getBoundingClientRect().height);
  const before = await height();
  const session = await page.context().newCDPSession(page);
  await session.send('Page.setFontSizes', { fontSizes: { standard: 32, fixed: 26 } });
  await expect.poll(height).toBeGreaterThan(before * 1.8);
});

test('with reduced motion nothing moves', async ({ show }) => {
  const page = await show(orderScenes.downloading, ORDER, { reducedMotion: 'reduce' });
  await page.locator('hf-file-row').first().waitFor();
  const moving = await page.evaluate(() => {
    const found: string[] = [];
    const walk = (root: Document | ShadowRoot): void => {
      for (const element of root.querySelectorAll('*')) {
        const { transitionDuration, animationName } = getComputedStyle(element);
        if (transitionDuration !== '0s' || animationName !== 'none') found.push(element.tagName);
        if (element.shadowRoot) walk(element.shadowRoot);
      }
    };
    walk(document);
    return found;
  });
  expect(moving).toEqual([]);
});

async function findings(page: Page, runOnly: axe.RunOnly = STANDARDS): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async (only) => {
    const { axe: loaded } = window as unknown as { axe: typeof axe };
    const run: Promise<axe.AxeResults> = loaded.run(document, { runOnly: only });
    const { violations, passes } = await run;
    const seen = passes.find(({ id }) => id === 'color-contrast')?.nodes.length ?? 0;
    if (seen < 5) throw new Error(`axe saw ${seen} texts: not the page.`);
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
    );
  }, runOnly);
}

async function openAllTopics(page: Page): Promise<void> {
  for (const summary of await page.locator('summary').all()) await summary.click();
}

async function openDetails(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Details of chip-087.7z' }).click();
  await expect(button(page, 'Copy SHA-256')).toBeVisible();
}

async function openPlace(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Details of chip-001.7z' }).click();
  await expect(page.getByText('chips / A-1042 / chip-001.7z')).toBeVisible();
}

async function openText(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Open .*\.csv$/ }).click();
  await expect(button(page, 'Show more')).toBeVisible();
}

async function openWaiting(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Open .*\.csv$/ }).click();
  await expect(page.getByText('only what has arrived can be shown')).toBeVisible();
}

async function openFilm(page: Page): Promise<void> {
  await button(page, 'Open microscope.webm').click();
  await expect(button(page, 'Try again')).toBeVisible();
}

/** An order whose engine refuses this command. */
function refused(command: string, code: ErrorCode): Scene {
  const answer = { ok: false, error: { code, message: '', detail: {} } };
  return { ...orderScenes.downloading, answers: { [command]: answer } };
}

async function enterWrongPassword(page: Page): Promise<void> {
  await page.getByLabel('Password').fill('wrong');
  await button(page, 'Open').click();
  await expect(page.getByText('This password is not right')).toBeVisible();
}

async function checkCopies(page: Page): Promise<void> {
  await button(page, 'Check my copy').click();
  await expect(button(page, 'Repair')).toBeVisible();
  await page.getByText('All that is damaged').click();
}

async function openExport(page: Page): Promise<void> {
  await page.getByText('Fetch with another program').click();
  await button(page, 'Save the list').click();
  await expect(page.getByText('service does not answer')).toBeVisible();
}

async function offerInstall(page: Page): Promise<void> {
  await page.evaluate(() => window.dispatchEvent(new Event('beforeinstallprompt')));
  await expect(button(page, 'Install')).toBeVisible();
}

async function askToKeep(page: Page): Promise<void> {
  await page.evaluate(() => {
    navigator.storage.persist = () => Promise.resolve(false);
  });
  await button(page, 'Ask it to keep them').click();
  await expect(page.getByText('The browser did not promise it')).toBeVisible();
}
