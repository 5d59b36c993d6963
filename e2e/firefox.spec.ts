import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launch, type Browser, type ElementHandle } from 'puppeteer-core';
import { INSTRUMENTED } from './builds.ts';
import { MIB } from './delivery.ts';
import { expect, test } from './fixtures.ts';
import { makeWav } from './media.ts';
import { received } from './write-log.ts';

test.use({ appFolder: INSTRUMENTED });

const FIREFOX = ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find((path) => existsSync(path));

/** Firefox as it is installed, driven by WebDriver BiDi; its downloads go to `downloads` without a question. */
function start(profile: string, downloads: string, more: Readonly<Record<string, boolean>> = {}): Promise<Browser> {
  return launch({
    browser: 'firefox',
    ...(FIREFOX !== undefined && { executablePath: FIREFOX }),
    userDataDir: profile,
    extraPrefsFirefox: {
      'browser.download.dir': downloads,
      'browser.download.folderList': 2,
      'browser.download.always_ask_before_handling_new_types': false,
      'intl.accept_languages': 'en-US',
      ...more,
    },
  });
}

test('Firefox: downloads, goes on after a kill, and hands every file to its downloads', async ({ deliver }) => {
  if (process.env['CI'] !== 'true') test.skip(FIREFOX === undefined, 'needs Firefox as the system installs it');
  const root = mkdtempSync(join(tmpdir(), 'holdfast-firefox-'));
  const [profile, downloads] = [join(root, 'profile'), join(root, 'downloads')];
  const delivery = await deliver({ 'a.7z': 20 * MIB, 'b.7z': 9 * MIB + 1, 'empty.7z': 0 });
  delivery.faults.rate = 6 * MIB;
  let browser = await start(profile, downloads);
  try {
    let page = await browser.newPage();
    await page.goto(delivery.link);
    await page.locator('>>> button ::-p-text(Start)').click();
    await expect.poll(() => delivery.faults.bytes(), { timeout: 60_000, intervals: [50] }).toBeGreaterThan(12 * MIB);
    browser.process()?.kill('SIGKILL');
    await new Promise((resolve) => browser.process()?.once('exit', resolve));

    delivery.faults.rate = undefined;
    browser = await start(profile, downloads);
    page = await browser.newPage();
    await page.goto(delivery.app);
    const done = async (): Promise<boolean> => (await page.$('>>> [data-state="done"]')) !== null;
    await expect.poll(done, { timeout: 60_000 }).toBe(true);
    for (const [path, hash] of delivery.hashes) {
      const hashOf = (): string =>
        createHash('sha256')
          .update(readFileSync(join(downloads, path)))
          .digest('hex');
      await expect.poll(() => existsSync(join(downloads, path)) && hashOf(), { message: path }).toBe(hash);
    }
    const [first, afterKill] = (await received(page)).twice;
    expect(first).toBe(0);
    expect(afterKill, 'received twice after the kill').toBeLessThanOrEqual(4 * MIB);
  } finally {
    await browser.close();
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  }
});

test('Firefox, a private window: one page says that it cannot work there, and keeps the link', async ({ deliver }) => {
  if (process.env['CI'] !== 'true') test.skip(FIREFOX === undefined, 'needs Firefox as the system installs it');
  const root = mkdtempSync(join(tmpdir(), 'holdfast-firefox-'));
  const delivery = await deliver({ 'a.7z': MIB });
  const browser = await start(join(root, 'profile'), root, { 'browser.privatebrowsing.autostart': true });
  try {
    const page = await browser.newPage();
    await page.goto(delivery.link);
    const stop = await page.locator('>>> [role="alert"]').waitHandle();
    expect(await stop.evaluate((element) => element.textContent)).toContain(
      'In a private window, open the link in a normal',
    );
    expect(await page.$eval('>>> hf-link-copy', (element) => (element as unknown as { link: string }).link)).toBe(
      delivery.link,
    );
  } finally {
    await browser.close();
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  }
});

test('Firefox: a sound plays while it arrives, also from where one jumps to', async ({ deliver }) => {
  if (process.env['CI'] !== 'true') test.skip(FIREFOX === undefined, 'needs Firefox as the system installs it');
  const root = mkdtempSync(join(tmpdir(), 'holdfast-firefox-'));
  const delivery = await deliver({ 'sound.wav': makeWav(64 * MIB) });
  delivery.faults.rate = 4 * MIB;
  const browser = await start(join(root, 'profile'), root);
  try {
    const page = await browser.newPage();
    await page.goto(delivery.link);
    await page.locator('>>> button ::-p-text(Start)').click();
    await page.locator('>>> [aria-label="Open sound.wav"]').click();
    const sound = (await page.locator('>>> audio').waitHandle()) as ElementHandle<HTMLAudioElement>;
    await expect.poll(() => sound.evaluate(({ readyState }) => readyState), { intervals: [100] }).toBeGreaterThan(0);
    await sound.evaluate((element) => (element.currentTime = element.duration * 0.9));
    const there = () => sound.evaluate(({ seeking, readyState }) => !seeking && readyState >= 2);
    await expect.poll(there, { intervals: [100] }).toBe(true);
    expect(delivery.faults.bytes(), 'bytes before the sound is there').toBeLessThan(50 * MIB);
  } finally {
    await browser.close();
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  }
});
