import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { button, Customer } from './customer.ts';
import { MIB, type Delivery } from './delivery.ts';
import { Desktop, missingForDesktop } from './desktop.ts';
import { expect, test as base } from './fixtures.ts';

/** A real window on a real desktop, a real folder on the disk. */
const test = base.extend<{ desktop: Desktop; folder: string }>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the parameters' names
  desktop: async ({}, use) => {
    const missing = missingForDesktop();
    if (process.env['CI'] !== 'true') test.skip(missing !== undefined, missing);
    const desktop = await Desktop.start();
    await use(desktop);
    desktop.stop();
  },
  customer: async ({ desktop }, use) => {
    const customer = new Customer(desktop.display);
    await use(customer);
    await customer.close();
  },
  // eslint-disable-next-line no-empty-pattern -- as above
  folder: async ({}, use) => {
    const root = mkdtempSync(join(tmpdir(), 'holdfast-folder-'));
    const folder = join(root, 'chips'); // a short name keeps the browser's question on one line
    mkdirSync(folder);
    await use(folder);
    rmSync(root, { recursive: true, force: true });
  },
});

const SIZES = { 'a.7z': 24 * MIB, 'b.7z': 16 * MIB + 1, 'c.7z': 8 * MIB, 'd/e.7z': 3 };

/** All files of the order are in the folder, by the customer's own `sha256sum`, and nothing else is. */
function expectOnDisk(folder: string, delivery: Delivery): void {
  const order = join(folder, 'A-1042');
  expect(execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: order, encoding: 'utf8' })).not.toContain('FAILED');
  for (const [path, hash] of delivery.hashes) {
    expect(spawnSync('sha256sum', [path], { cwd: order, encoding: 'utf8' }).stdout.split(' ')[0], path).toBe(hash);
  }
  const entries = readdirSync(order, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const names = entries.map((entry) => relative(order, join(entry.parentPath, entry.name)));
  expect(names.toSorted()).toEqual(['SHA256SUMS', ...delivery.hashes.keys()].toSorted());
}

test('installed, the order goes on after a kill with no hand: no click, no folder to pick', async ({
  customer,
  deliver,
  desktop,
  folder,
}) => {
  const delivery = await deliver(SIZES);
  delivery.faults.rate = MIB;
  await customer.open(delivery.link);
  let page = await customer.install(delivery.app);
  await page.getByRole('link', { name: /Lot 7/ }).click();
  await button(page, 'Start').click();
  await desktop.chooseFolder(folder);
  await desktop.allow('app', () => expect(button(page, 'Pause')).toBeVisible({ timeout: 1000 }));
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
  delivery.faults.rate = 6 * MIB;
  let page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await desktop.chooseFolder(folder);
  await desktop.allow('tab', () => expect(button(page, 'Pause')).toBeVisible({ timeout: 1000 }));
  await expect.poll(() => existsSync(join(folder, 'A-1042', 'a.7z'))).toBe(true);
  await customer.kill();

  page = await customer.open(delivery.app);
  delivery.faults.rate = undefined;
  await page.getByRole('link', { name: /Lot 7/ }).click();
  await expect.poll(() => delivery.faults.bytes()).toBeGreaterThanOrEqual(delivery.bytes);
  await button(page, 'Continue saving').click();
  await desktop.allow('tab', () => expect(page.locator('[data-state="done"]').first()).toBeVisible({ timeout: 1000 }));
  expectOnDisk(folder, delivery);
});

test('the installed app opens with no server and no network, and says how its orders are', async ({
  customer,
  deliver,
  desktop,
  folder,
}) => {
  const delivery = await deliver(SIZES);
  delivery.faults.rate = 6 * MIB;
  await customer.open(delivery.link);
  let page = await customer.install(delivery.app);
  await page.getByRole('link', { name: /Lot 7/ }).click();
  await button(page, 'Start').click();
  await desktop.chooseFolder(folder);
  await desktop.allow('app', () => expect(button(page, 'Pause')).toBeVisible({ timeout: 1000 }));
  await expect.poll(() => existsSync(join(folder, 'A-1042', 'a.7z'))).toBe(true);
  await customer.kill();
  await delivery.faults.stop();
  await delivery.stopService();

  page = await customer.launchApp(delivery.app);
  const card = page.getByRole('list', { name: 'Orders' }).getByRole('listitem');
  await expect(card).toContainText('Lot 7');
  await expect(card).toContainText(/[Nn]o network|reach/);
});
