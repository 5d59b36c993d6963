import type { Page } from '@playwright/test';
import { button } from './customer.ts';
import { expect } from './fixtures.ts';
import { listScene, orderScenes } from './scenes.ts';
import { showScene, type Scene } from './scripted-engine.ts';
import { test } from './ui-fixtures.ts';

const ORDER = `#/order/${'a'.repeat(64)}`;
const { downloading, done, expired, offline, paused } = orderScenes;

/** What the scripts below note in the page. */
interface Noted {
  told: string[];
  asked: boolean[];
  sentinels: WakeLockSentinel[];
  hidden: boolean;
  clickNotification(): void;
}

test('a notification comes when an order is done or needs somebody, when nobody looks; its click leads to the order', async ({
  show,
}) => {
  const page = await show(downloading, '#/settings', { permissions: ['notifications'] });
  await page.evaluate(noteNotifications);
  await page.getByLabel('Notifications').check();
  await change(page, expired);
  await change(page, downloading);
  await look(page, false);
  await change(page, offline);
  await change(page, downloading);
  await change(page, expired);
  const told = (): Promise<string[]> => page.evaluate(() => (window as unknown as Noted).told);
  await expect.poll(told).toEqual(['Order A-1042 needs you: The link has expired.']);
  await change(page, downloading);
  await change(page, done);
  await expect.poll(told).toHaveLength(2);
  expect((await told())[1]).toContain('Order A-1042: All 200 files are saved and verified.');
  await page.evaluate(() => (window as unknown as Noted).clickNotification());
  await expect(page.getByRole('heading', { name: 'Order A-1042' })).toBeVisible();
});

test('without the wish for them there are no notifications, whatever the browser would allow', async ({ show }) => {
  const page = await show(downloading, '#/', { permissions: ['notifications'] });
  await page.evaluate(noteNotifications);
  await look(page, false);
  await change(page, expired);
  await change(page, done);
  await expect(page.getByText('All 200 files are saved and verified')).toBeVisible();
  expect(await page.evaluate(() => (window as unknown as Noted).told)).toEqual([]);
});

test('the browser is asked for notifications at a click, once, and at nothing else', async ({ show }) => {
  const page = await show(downloading, ORDER);
  await page.addInitScript(noteQuestions);
  for (const hash of ['#/', '#/settings', ORDER]) {
    await page.goto(`${new URL(page.url()).origin}/${hash}`);
    await page.reload();
    await page.locator('main').waitFor();
  }
  const asked = (): Promise<boolean[]> => page.evaluate(() => (window as unknown as Noted).asked);
  await expect(button(page, 'Tell me')).toBeVisible();
  expect(await asked()).toEqual([]);
  await button(page, 'Tell me').click();
  await expect(button(page, 'Tell me')).toBeHidden();
  expect(await asked(), 'in a click').toEqual([true]);
  await page.getByRole('link', { name: 'Settings' }).click();
  await expect(page.getByLabel('Notifications')).toBeChecked();
});

for (const how of ['here', 'to the browser'] as const) {
  test(`who says no ${how} to installing the app is not asked again, and finds it in the settings`, async ({
    show,
  }) => {
    const page = await show(downloading, ORDER);
    await offerInstall(page);
    await button(page, how === 'here' ? 'Not now' : 'Install').click();
    const offer = page.getByText('Installed as an app, it keeps the permission');
    await expect(offer).toBeHidden();
    await page.reload();
    await expect(button(page, 'Pause')).toBeVisible();
    await offerInstall(page);
    await page.getByRole('link', { name: 'Settings' }).click();
    await expect(button(page, 'Install')).toBeVisible();
    await page.goBack();
    await expect(button(page, 'Pause')).toBeVisible();
    await expect(offer).toBeHidden();
  });
}

test('the screen is kept on only while an order runs, the window is seen, and it is wanted', async ({ show }) => {
  const page = await show(downloading, '#/settings');
  await page.evaluate(noteWakeLocks);
  const locks = (): Promise<string[]> =>
    page.evaluate(() => (window as unknown as Noted).sentinels.map(({ released }) => (released ? 'let go' : 'held')));
  await change(page, downloading);
  expect(await locks()).toEqual([]);
  await page.getByLabel('Keep the screen on').check();
  await expect.poll(locks).toEqual(['held']);
  await change(page, paused);
  await expect.poll(locks).toEqual(['let go']);
  await change(page, downloading);
  await expect.poll(locks).toEqual(['let go', 'held']);
  await look(page, false);
  await expect.poll(locks).toEqual(['let go', 'let go']);
  await change(page, listScene);
  await look(page, true);
  await expect.poll(locks).toEqual(['let go', 'let go', 'held']);
  await page.getByLabel('Keep the screen on').uncheck();
  await expect.poll(locks).toEqual(['let go', 'let go', 'let go']);
});

let revision = 1;

/** Shows a scene as the engine's next snapshot, and waits until the page has it. */
async function change(page: Page, scene: Scene): Promise<void> {
  await showScene(page, { ...scene, snapshot: { ...scene.snapshot, revision: ++revision } });
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
}

/** Hides the window, or shows it again: a browser without a screen hides none by itself. */
async function look(page: Page, visible: boolean): Promise<void> {
  await page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, !visible);
}

/** What the browser does when it would install the app; its user says no. */
async function offerInstall(page: Page): Promise<void> {
  await page.evaluate(() => {
    const prompt = (): Promise<object> => Promise.resolve({ outcome: 'dismissed' });
    window.dispatchEvent(Object.assign(new Event('beforeinstallprompt', { cancelable: true }), { prompt }));
  });
}

/** Runs in the page: notes each notification that is really made. */
function noteNotifications(): void {
  const noted = { told: [] as string[] };
  window.Notification = class extends Notification {
    constructor(title: string, options?: NotificationOptions) {
      super(title, options);
      noted.told.push(`${title}: ${options?.body?.split('. ')[0] ?? ''}`.replace(/\.?$/, '.'));
      Object.assign(window, { clickNotification: () => this.dispatchEvent(new Event('click')) });
    }
  };
  Object.assign(window, noted);
}

/** Runs in the page, first: a browser that was not asked yet, whose user says yes. Notes whether each question came in a click. */
function noteQuestions(): void {
  const noted = { asked: [] as boolean[] };
  let permission: NotificationPermission = 'default';
  Object.defineProperty(Notification, 'permission', { get: () => permission });
  Notification.requestPermission = () => {
    noted.asked.push(navigator.userActivation.isActive);
    permission = 'granted';
    return Promise.resolve(permission);
  };
  Object.assign(window, noted);
}

/** Runs in the page: notes each wake lock that the browser gives. */
function noteWakeLocks(): void {
  const noted = { sentinels: [] as WakeLockSentinel[] };
  const request = navigator.wakeLock.request.bind(navigator.wakeLock);
  navigator.wakeLock.request = async (type) => {
    const sentinel = await request(type);
    noted.sentinels.push(sentinel);
    return sentinel;
  };
  Object.assign(window, noted);
}
