import { chromium, test as base, type Browser, type BrowserContextOptions, type Page } from '@playwright/test';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { scriptEngine, type Scene } from './scripted-engine.ts';
import { serviceEnv } from './service-env.ts';

/** Opens the app on `hash`, in any look, in a window of its own, with a scripted engine that shows `scene`. */
type Show = (scene: Scene, hash: string, options?: BrowserContextOptions) => Promise<Page>;

/** A test gets the app with a scripted engine; service and browser are shared by the tests of a file. */
export const test = base.extend<{ show: Show }, { app: string; ownBrowser: Browser }>({
  app: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the parameters' names
    async ({}, use) => {
      const service = await startService();
      await use(service.app);
      await service.stop();
    },
    { scope: 'worker' },
  ],
  ownBrowser: [
    // eslint-disable-next-line no-empty-pattern -- as above
    async ({}, use) => {
      const browser = await launchBrowser();
      await use(browser);
      await browser.close();
    },
    { scope: 'worker' },
  ],
  show: async ({ app, ownBrowser }, use) => {
    const pages: Page[] = [];
    await use(async (scene, hash, options) => {
      const page = await openScene(ownBrowser, app, scene, hash, options);
      pages.push(page);
      return page;
    });
    for (const page of pages) await page.context().close();
  },
});

/** Starts the browser under test. */
function launchBrowser(): Promise<Browser> {
  const executablePath = process.env['HOLDFAST_BROWSER'];
  return chromium.launch({ ...(executablePath && { executablePath }), args: ['--no-sandbox'] });
}

/** Opens the app that is served at `app` with a scripted engine. */
async function openScene(
  browser: Browser,
  app: string,
  scene: Scene,
  hash: string,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: 'en-US',
    timezoneId: 'UTC',
    // the app as it comes from the service: a service worker would answer for a later test's page
    serviceWorkers: 'block',
    reducedMotion: 'reduce',
    ...options,
  });
  const page = await context.newPage();
  await scriptEngine(page, scene);
  await page.goto(`${app}/${hash}`);
  await page.locator('hf-header').waitFor();
  return page;
}

/** The order service on an empty store. */
export async function startService(...options: readonly string[]): Promise<{ app: string; stop(): Promise<void> }> {
  const store = mkdtempSync(join(tmpdir(), 'holdfast-ui-'));
  const port = await freePort();
  const app = `http://localhost:${port}`;
  const args = ['server/holdfast.mjs', 'serve', '--store', store, '--port', String(port), '--app', app, ...options];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env: serviceEnv() });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('exit', () => reject(new Error('The service did not start.')));
  });
  return {
    app,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await ended;
      rmSync(store, { recursive: true, force: true });
    },
  };
}
