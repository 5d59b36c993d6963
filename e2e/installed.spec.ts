import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { button, type Customer } from './customer.ts';
import { MIB, type Delivery } from './delivery.ts';
import type { Desktop } from './desktop.ts';
import { expect, expectOnDisk, test } from './desktop-fixtures.ts';

const SIZES = { 'a.7z': 24 * MIB, 'b.7z': 16 * MIB + 1, 'c.7z': 8 * MIB, 'd/e.7z': 3 };

test('installed, the order goes on after a kill with no hand: no click, no folder to pick', async ({
  customer,
  deliver,
  desktop,
  folder,
}) => {
  const delivery = await deliver(SIZES);
  delivery.faults.rate = MIB;
  let page = await startInstalled(customer, desktop, delivery, folder);
  await customer.remembered(folder);
  delivery.faults.rate = 20 * MIB;
  const saving = (): boolean =>
    readdirSync(folder, { recursive: true }).some((name) => String(name).endsWith('.crswap'));
  await expect.poll(saving, { intervals: [5], timeout: 30_000 }).toBe(true);
  await customer.kill();

  page = await customer.launchApp(delivery.app);
  await expect(page.locator('[data-state="done"]').first()).toBeVisible({ timeout: 60_000 });
  expectOnDisk(folder, delivery);
});

test('in a plain tab the download goes on after a kill, and one click goes on saving', async ({
  customer,
  deliver,
  desktop,
  folder,
}) => {
  const delivery = await deliver(SIZES);
  delivery.faults.rate = 3 * MIB;
  let page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await desktop.chooseFolder(folder);
  await desktop.allow('tab', () => expect(button(page, 'Pause')).toBeVisible({ timeout: 1000 }));
  await expect.poll(() => existsSync(join(folder, 'A-1042', 'a.7z'))).toBe(true);
  await customer.remembered(folder);
  await customer.kill();

  page = await customer.open(delivery.app);
  delivery.faults.rate = undefined;
  await page.getByRole('link', { name: /Lot 7/ }).click();
  await expect.poll(() => delivery.faults.bytes()).toBeGreaterThanOrEqual(delivery.bytes);
  await button(page, 'Continue saving').click();
  await desktop.allow('again', () =>
    expect(page.locator('[data-state="done"]').first()).toBeVisible({ timeout: 1000 }),
  );
  expectOnDisk(folder, delivery);
});

test('the installed app opens with no server and no network, and says how its orders are', async ({
  customer,
  deliver,
  desktop,
  folder,
}) => {
  const delivery = await deliver(SIZES);
  // slow enough that it is not done before the dialogs are
  delivery.faults.rate = 2 * MIB;
  let page = await startInstalled(customer, desktop, delivery, folder);
  const begun = (): boolean => Object.keys(SIZES).some((name) => existsSync(join(folder, 'A-1042', name)));
  await expect.poll(begun).toBe(true);
  await customer.kill();
  await delivery.faults.stop();
  await delivery.stopService();

  page = await customer.launchApp(delivery.app);
  const card = page.getByRole('list', { name: 'Orders' }).getByRole('listitem');
  await expect(card).toContainText('Lot 7');
  await expect(card).toContainText(/[Nn]o network|reach/);
});

test('an order link and a Metalink go to the one window of the app that runs', async ({
  customer,
  deliver,
  folder,
}) => {
  const delivery = await deliver(SIZES);
  await customer.open(delivery.app);
  const page = await customer.install(delivery.app);
  await customer.giveToApp(delivery.app, { url: delivery.link });
  await expect(page.getByRole('heading', { name: 'Lot 7' })).toBeVisible();
  expect(page.url()).not.toContain('key=');
  expect(page.context().pages()).toHaveLength(1);

  const metalink = join(folder, 'order.meta4');
  const url = delivery.published.files[0]?.url.replaceAll('&', '&amp;') ?? '';
  const file = `<file name="Lot 8/a.7z"><size>${SIZES['a.7z']}</size><url>${url}</url></file>`;
  writeFileSync(metalink, `<metalink xmlns="urn:ietf:params:xml:ns:metalink">${file}</metalink>`);
  await customer.giveToApp(delivery.app, { files: [metalink] });
  await expect(page.getByRole('heading', { name: 'Lot 8/a.7z' })).toBeVisible();
});

/** The order is opened by its link, the app installed, and the order started there with the folder; the app's window. */
async function startInstalled(customer: Customer, desktop: Desktop, delivery: Delivery, folder: string): Promise<Page> {
  await customer.open(delivery.link);
  const app = await customer.install(delivery.app);
  await app.getByRole('link', { name: /Lot 7/ }).click();
  await button(app, 'Start').click();
  await desktop.chooseFolder(folder);
  await desktop.allow('app', () => expect(button(app, 'Pause')).toBeVisible({ timeout: 1000 }));
  return app;
}

/** Windows that own the engine, and those that wait for it: the browser's own word, and what the page says. */
async function owners(page: Page): Promise<{ held: number; waiting: number }> {
  const { held = [], pending = [] } = await page.evaluate(() => navigator.locks.query());
  const count = (locks: LockInfo[]): number => locks.filter(({ name }) => name === 'holdfast-engine').length;
  return { held: count(held), waiting: count(pending) };
}

test('row 8: the installed app and a tab show one order, each commands it, one owns it; the tab takes over', async ({
  customer,
  deliver,
  desktop,
  folder,
}) => {
  const delivery = await deliver(SIZES);
  delivery.faults.rate = 2 * MIB;
  const app = await startInstalled(customer, desktop, delivery, folder);

  const tab = await customer.open(app.url());
  const elsewhere = 'running in another window';
  await expect(tab.getByText(elsewhere)).toBeVisible();
  await expect(app.getByText(elsewhere)).toBeHidden();
  expect(await owners(tab)).toEqual({ held: 1, waiting: 1 });
  await button(tab, 'Pause').click();
  await expect(button(app, 'Resume')).toBeVisible();
  await button(app, 'Resume').click();
  await expect(button(tab, 'Pause')).toBeVisible();
  expect(await owners(app)).toEqual({ held: 1, waiting: 1 });

  const before = delivery.faults.served.length;
  await app.close();
  await expect.poll(() => delivery.faults.served.length, { timeout: 5_000, intervals: [50] }).toBeGreaterThan(before);
  await expect(tab.getByText(elsewhere)).toBeHidden();
  expect(await owners(tab)).toEqual({ held: 1, waiting: 0 });
  delivery.faults.rate = undefined;
  await expect(tab.locator('[data-state="done"]').first()).toBeVisible({ timeout: 60_000 });
  expectOnDisk(folder, delivery);
});
