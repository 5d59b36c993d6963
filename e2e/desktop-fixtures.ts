import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { Page } from '@playwright/test';
import { button, Customer } from './customer.ts';
import type { Delivery } from './delivery.ts';
import { Desktop, missingForDesktop } from './desktop.ts';
import { expect, test as base } from './fixtures.ts';

/** A real window on a real desktop, a real folder on the disk. */
export const test = base.extend<{ desktop: Desktop; folder: string }>({
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

/** All files of the order are in the folder, by the customer's own `sha256sum`, and nothing else is. */
export function expectOnDisk(folder: string, delivery: Delivery): void {
  const order = join(folder, 'A-1042');
  expect(execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: order, encoding: 'utf8' })).not.toContain('FAILED');
  for (const [path, hash] of delivery.hashes) {
    expect(spawnSync('sha256sum', [path], { cwd: order, encoding: 'utf8' }).stdout.split(' ')[0], path).toBe(hash);
  }
  const entries = readdirSync(order, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const names = entries.map((entry) => relative(order, join(entry.parentPath, entry.name)));
  expect(names.toSorted()).toEqual(['SHA256SUMS', ...delivery.hashes.keys()].toSorted());
}

export { expect };

/** Presses Start in a tab, picks the folder and allows it, as a customer does with mouse and keyboard. */
export async function startInto(folder: string, page: Page, desktop: Desktop): Promise<void> {
  await button(page, 'Start').click();
  await desktop.chooseFolder(folder);
  await desktop.allow('tab', () => expect(button(page, 'Start')).toBeHidden({ timeout: 1000 }));
}
