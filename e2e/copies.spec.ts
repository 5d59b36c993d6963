import type { Page } from '@playwright/test';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { button, savedFiles } from './customer.ts';
import { MIB } from './delivery.ts';
import { expect, expectDelivered, test } from './fixtures.ts';

/** Gives files to the page, as the user does who chooses them; by name, with their bytes. */
async function useFiles(page: Page, copies: Readonly<Record<string, Buffer>>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-copies-'));
  try {
    const paths = Object.entries(copies).map(([name, bytes]) => {
      const path = join(folder, name);
      writeFileSync(path, bytes);
      return path;
    });
    await page.locator('hf-copies input[type="file"]').setInputFiles(paths);
    await expect(page.getByText(/need not be fetched\./)).toBeVisible();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('what the customer has already is not fetched: a whole file under another name, half a download, a damaged copy', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': 20 * MIB, 'b.7z': 24 * MIB, 'c.7z': 24 * MIB, 'd.7z': MIB });
  const read = (name: string): Buffer => readFileSync(join(delivery.source, name));
  const damaged = read('c.7z');
  damaged[9 * MIB] = (damaged[9 * MIB] as number) ^ 1;
  const page = await customer.open(delivery.link);
  await useFiles(page, {
    'old name.bin': read('a.7z'),
    'b.7z.crdownload': read('b.7z').subarray(0, 17 * MIB),
    'c.7z': damaged,
    'stranger.txt': Buffer.from('hello'),
  });
  await button(page, 'Start').click();
  await expectDelivered(page, delivery);
  // the third piece of b, the second of c, all of d
  expect(delivery.faults.bytes()).toBe(8 * MIB + 8 * MIB + MIB);
});

test('a delivered folder is checked months later: the damaged piece is named, fetched again, and nothing else', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': 20 * MIB, 'b.7z': 9 * MIB, 'c.7z': MIB });
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await expectDelivered(page, delivery);
  await page.evaluate(async () => {
    const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('picked');
    const folder = await root.getDirectoryHandle('A-1042');
    const writable = await (await folder.getFileHandle('a.7z')).createWritable({ keepExistingData: true });
    await writable.write({ type: 'write', position: 9_000_000, data: new Uint8Array([1, 2, 3]) });
    await writable.close();
    await folder.removeEntry('c.7z');
  });
  const before = delivery.faults.bytes();
  await button(page, 'Check my copy').click();
  await expect(page.getByRole('region', { name: 'What you have already' })).toContainText('2 files');
  // while a file is being replaced it cannot be read
  const saved = (): Promise<unknown> => savedFiles(page).then(Object.fromEntries, () => undefined);
  const wanted = [...delivery.hashes].map(([path, hash]) => [`A-1042/${path}`, hash] as const);
  await expect.poll(saved).toMatchObject(Object.fromEntries(wanted));
  expect((await savedFiles(page)).size, 'nothing was saved beside the damaged copy').toBe(wanted.length + 1);
  expect(delivery.faults.bytes() - before).toBe(8 * MIB + MIB);
});
