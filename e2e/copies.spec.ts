import type { Page } from '@playwright/test';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leftOutWithout } from '../server/testing/left-out.ts';
import { answerPicker, button, moveFolder, savedFiles } from './customer.ts';
import { MIB, type Delivery } from './delivery.ts';
import { expect, expectDelivered, test as base } from './fixtures.ts';
import { engineOf } from './inside.ts';

const test = base.extend<{ folder: string }>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the parameters' names
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-copies-'));
    await use(folder);
    rmSync(folder, { recursive: true });
  },
});

/** What is done to files that the page must recognise. */
async function expectRecognised(page: Page): Promise<void> {
  await expect(page.getByText(/need not be fetched\./)).toBeVisible();
}

/** Drops files and folders of the disk on the page, as from a file manager. */
async function drop(page: Page, ...paths: readonly string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [...paths], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, x: 300, y: 300, data });
  }
}

test('what the customer has already is not fetched: a whole file under another name, half a download, a damaged copy', async ({
  customer,
  deliver,
  folder,
}) => {
  const delivery = await deliver({ 'a.7z': 20 * MIB, 'b.7z': 24 * MIB, 'c.7z': 24 * MIB, 'd.7z': MIB });
  const read = (name: string): Buffer => readFileSync(join(delivery.source, name));
  const damaged = read('c.7z');
  damaged[9 * MIB] = (damaged[9 * MIB] as number) ^ 1;
  const page = await customer.open(delivery.link);
  const copies = Object.entries({
    'old name.bin': read('a.7z'),
    'b.7z.crdownload': read('b.7z').subarray(0, 17 * MIB),
    'c.7z': damaged,
    'stranger.txt': Buffer.from('hello'),
  });
  for (const [name, bytes] of copies) writeFileSync(join(folder, name), bytes);
  await page.locator('hf-copies input[multiple]').setInputFiles(copies.map(([name]) => join(folder, name)));
  await expectRecognised(page);
  await button(page, 'Start').click();
  await expectDelivered(page, delivery);
  // the third piece of b, the second of c, all of d
  expect(delivery.faults.bytes()).toBe(8 * MIB + 8 * MIB + MIB);
});

for (const [how, without] of [
  ['with handles, as in Chrome', undefined],
  ['with entries, as in Firefox and Safari', 'getAsFileSystemHandle'],
] as const) {
  test(`dropped files and folders are looked through, ${how}`, async ({ customer, deliver, folder }) => {
    const delivery = await deliver({ 'a.7z': 9 * MIB, 'sub/b.7z': 9 * MIB, 'c.7z': 3, 'd.7z': MIB });
    mkdirSync(join(folder, 'stick', 'deep', 'deeper'), { recursive: true });
    const put = (from: string, to: string): void =>
      writeFileSync(join(folder, to), readFileSync(join(delivery.source, from)));
    put('a.7z', 'stick/one.bin');
    put('sub/b.7z', 'stick/deep/deeper/two.bin');
    put('c.7z', 'c.7z');
    const page = await customer.open('about:blank');
    await page.addInitScript((name) => name && Reflect.deleteProperty(DataTransferItem.prototype, name), without);
    await page.goto(delivery.link);
    await expect(button(page, 'Use files I have')).toBeEnabled();
    await page.waitForLoadState('networkidle'); // what reads entries is loaded
    await drop(page, join(folder, 'stick'), join(folder, 'c.7z'));
    await expectRecognised(page);
    await expect(page.getByText('3 files recognised')).toBeVisible();
    await button(page, 'Start').click();
    await expectDelivered(page, delivery);
    expect(delivery.faults.bytes()).toBe(MIB);
  });
}

test('a folder is picked; in a browser that cannot keep folders, too', async ({ customer, deliver, folder }) => {
  const delivery = await deliver({ 'a.7z': 9 * MIB, 'b.7z': MIB });
  mkdirSync(join(folder, 'deep'));
  writeFileSync(join(folder, 'deep', 'a.bin'), readFileSync(join(delivery.source, 'a.7z')));
  const page = await customer.open(delivery.link);
  await page.evaluate(() => Reflect.deleteProperty(window, 'showDirectoryPicker'));
  const chooser = page.waitForEvent('filechooser');
  await button(page, 'Use a folder I have').click();
  await (await chooser).setFiles(folder);
  await expectRecognised(page);
  await button(page, 'Start').click();
  await expect(page.locator('[data-state="done"]').first()).toBeVisible();
  expect(delivery.faults.bytes()).toBe(MIB);
});

/** Takes the order off the list, and opens its link again. */
async function removeAndReopen(page: Page, delivery: Delivery): Promise<void> {
  await button(page, 'Remove').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await expect(page.locator('[data-order]')).toHaveCount(0);
  await page.evaluate((link) => (location.href = link), delivery.link);
  await expect(button(page, 'Start')).toBeVisible();
}

test('after the order was removed, its delivered folder is recognised as a whole, wherever it is now', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': 9 * MIB, 'sub/b.7z': MIB, 'c.7z': 0 });
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await expectDelivered(page, delivery);
  await moveFolder(page, 'picked', 'moved');
  const before = delivery.faults.bytes();
  await removeAndReopen(page, delivery);
  await answerPicker(page, { read: 'moved', write: 'picked' });
  await button(page, 'Use a folder I have').click();
  await expectRecognised(page);
  await button(page, 'Choose folder').click();
  await button(page, 'Start').click();
  await expectDelivered(page, delivery);
  expect(delivery.faults.bytes() - before).toBe(0);
});

test('files that lie in the destination already stay as they are, whatever their name', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': 9 * MIB, 'b.7z': MIB });
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await expectDelivered(page, delivery);
  await page.evaluate(async () => {
    const picked = await (await navigator.storage.getDirectory()).getDirectoryHandle('picked');
    const folder = await picked.getDirectoryHandle('A-1042');
    const file = await folder.getFileHandle('a.7z');
    await (file as unknown as { move(name: string): Promise<void> }).move('mine.7z');
    await folder.removeEntry('SHA256SUMS');
  });
  const before = delivery.faults.bytes();
  await removeAndReopen(page, delivery);
  await answerPicker(page, { read: 'picked', write: 'picked' });
  await button(page, 'Use a folder I have').click();
  await expectRecognised(page);
  await button(page, 'Start').click();
  await expect(page.locator('[data-state="done"]').first()).toBeVisible();
  const saved = await savedFiles(page);
  expect([...saved.keys()].toSorted()).toEqual(['A-1042/SHA256SUMS', 'A-1042/b.7z', 'A-1042/mine.7z']);
  expect(saved.get('A-1042/mine.7z')).toBe(delivery.hashes.get('a.7z'));
  expect(delivery.faults.bytes() - before).toBe(0);
});

test('whole files wait for Start, then go straight to the folder: nothing of them is kept on the way', async ({
  customer,
  deliver,
  folder,
}) => {
  const names = Array.from({ length: 12 }, (_, i) => `chip-${i}.7z`);
  const delivery = await deliver({ ...Object.fromEntries(names.map((name) => [name, MIB])), 'chip-4.7z': 17 * MIB });
  const given = names.slice(0, 11);
  for (const name of given) writeFileSync(join(folder, name), readFileSync(join(delivery.source, name)));
  // begins and ends as the order's file does: only its second piece tells
  const wrong = readFileSync(join(folder, 'chip-4.7z'));
  wrong[8 * MIB + 5] = (wrong[8 * MIB + 5] as number) ^ 1;
  writeFileSync(join(folder, 'chip-4.7z'), wrong);
  const page = await customer.open(delivery.link);
  const engine = await engineOf(page);
  await engine.evaluate(() => {
    const { createSyncAccessHandle } = FileSystemFileHandle.prototype;
    const parts = new Set<string>();
    Object.assign(self, { parts });
    FileSystemFileHandle.prototype.createSyncAccessHandle = function (...args) {
      if (/^\d+$/.test(this.name)) parts.add(this.name); // parts have their file's number
      return createSyncAccessHandle.apply(this, args);
    };
  });
  await page.locator('hf-copies input[multiple]').setInputFiles(given.map((name) => join(folder, name)));
  await expect(page.getByText('11 files recognised')).toContainText('once you press Start');
  expect((await savedFiles(page)).size, 'nothing is saved before Start').toBe(0);
  await button(page, 'Start').click();
  await expectDelivered(page, delivery);
  const parts = await engine.evaluate(() => [...(self as unknown as { parts: Set<string> }).parts]);
  const indexOf = (name: string): string => String(delivery.published.files.findIndex(({ path }) => path === name));
  expect(parts.toSorted()).toEqual([indexOf('chip-11.7z'), indexOf('chip-4.7z')].toSorted());
  // the file that was not given, and the second piece of the wrong one
  expect(delivery.faults.bytes()).toBe(MIB + 8 * MIB);
  expect((await savedFiles(page)).size).toBe(13);
});

test('in a browser without folders, given files are handed over like downloads, a few at a time', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': 9 * MIB, 'b.7z': MIB });
  const page = await customer.open('about:blank');
  await page.addInitScript(() => Reflect.deleteProperty(window, 'showDirectoryPicker'));
  await page.goto(delivery.link);
  await page.locator('hf-copies input[multiple]').setInputFiles(join(delivery.source, 'a.7z'));
  await expect(page.getByText('1 file recognised')).toContainText('once you press Start');
  await button(page, 'Start').click();
  await expect(page.locator('[data-status="handed-over"]')).toHaveCount(2);
  expect(delivery.faults.bytes()).toBe(MIB);
});

test('half downloads of Firefox and of a killed aria2 give every whole piece that they hold', async ({
  customer,
  deliver,
  folder,
}) => {
  test.skip(leftOutWithout('aria2c'), 'needs aria2c');
  const delivery = await deliver({ 'a.7z': 64 * MIB, 'b.7z': 20 * MIB });
  const [a] = delivery.published.files;
  delivery.faults.rate = 24 * MIB;
  // its defaults but for what would make it faster than the kill: full size from the start, four connections far apart
  const options = ['-x4', '-s4', '--disk-cache=0', '--auto-save-interval=1', '--quiet', '-d', folder, '-o', 'a.7z'];
  const aria2 = spawn('aria2c', [...options, a?.url ?? ''], { stdio: 'ignore' });
  await expect.poll(() => delivery.faults.bytes(), { intervals: [20] }).toBeGreaterThan(44 * MIB);
  const ended = once(aria2, 'exit');
  aria2.kill('SIGKILL');
  await ended;
  delivery.faults.rate = undefined;
  const [whole, left] = [join(delivery.source, 'a.7z'), join(folder, 'a.7z')].map((path) => readFileSync(path));
  const pieceOf = (bytes: Buffer | undefined, i: number): Buffer | undefined =>
    bytes?.subarray(i * 8 * MIB, (i + 1) * 8 * MIB);
  const kept = Array.from({ length: 8 }, (_, i) => i).filter((i) =>
    pieceOf(left, i)?.equals(pieceOf(whole, i) as Buffer),
  );
  expect(kept.length, 'whole pieces that aria2 left').toBeGreaterThan(0);
  expect(existsSync(`${join(folder, 'a.7z')}.aria2`)).toBe(true);
  const part = join(folder, 'b.Kq3_x-Z0.7z.part');
  writeFileSync(part, readFileSync(join(delivery.source, 'b.7z')).subarray(0, 17 * MIB));

  const before = delivery.faults.bytes();
  const page = await customer.open(delivery.link);
  const files = [join(folder, 'a.7z'), `${join(folder, 'a.7z')}.aria2`, part];
  await page.locator('hf-copies input[multiple]').setInputFiles(files);
  await expectRecognised(page);
  await expect(page.getByText('2 files recognised')).toBeVisible();
  await button(page, 'Start').click();
  await expectDelivered(page, delivery);
  expect(delivery.faults.bytes() - before).toBe((8 - kept.length) * 8 * MIB + 4 * MIB);
});
