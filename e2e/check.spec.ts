import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answerPicker, button, moveFolder, savedFiles } from './customer.ts';
import { MIB } from './delivery.ts';
import { expect, expectDelivered, test } from './fixtures.ts';
import { expectFile } from './inside.ts';

test('a delivered folder is checked months later: the damaged piece is named; repaired, it is fetched again, and nothing else', async ({
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
  const said = page.getByRole('region', { name: 'Check what was delivered' });
  await expect(said).toContainText('2 files not as in the order: a.7z (piece 2), c.7z (gone). Nothing was changed.');
  expect(delivery.faults.bytes(), 'nothing is fetched unasked').toBe(before);
  await button(page, 'Repair').click();
  // while a file is being replaced it cannot be read
  const saved = (): Promise<unknown> => savedFiles(page).then(Object.fromEntries, () => undefined);
  const wanted = [...delivery.hashes].map(([path, hash]) => [`A-1042/${path}`, hash] as const);
  await expect.poll(saved).toMatchObject(Object.fromEntries(wanted));
  expect((await savedFiles(page)).size, 'nothing was saved beside the damaged copy').toBe(wanted.length + 1);
  expect(delivery.faults.bytes() - before).toBe(8 * MIB + MIB);
});

test('a delivered folder that was moved is checked where it is now; what is damaged is delivered again, and nothing else fetched', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': 20 * MIB, 'sub/b.7z': 9 * MIB, 'c.7z': MIB, 'd.7z': MIB });
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await expectDelivered(page, delivery);
  await moveFolder(page, 'picked', 'moved');
  await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const folder = await (await root.getDirectoryHandle('moved')).getDirectoryHandle('A-1042');
    const writable = await (await folder.getFileHandle('a.7z')).createWritable({ keepExistingData: true });
    await writable.write({ type: 'write', position: 9_000_000, data: new Uint8Array([1, 2, 3]) });
    await writable.close();
  });
  const before = delivery.faults.bytes();
  await answerPicker(page, { read: 'moved', write: 'picked' });
  await button(page, 'Check another folder').click();
  const said = page.getByRole('region', { name: 'Check what was delivered' });
  await expect(said).toContainText('1 file not as in the order: a.7z (piece 2). Nothing was changed.');
  await said.getByText('All that is damaged').click();
  await expect(said.locator('pre')).toHaveText('a.7z: piece 2');
  await button(page, 'Repair').click();
  await expectFile(page, 'a.7z', 'verified');
  // the folder of before is not there any more
  await button(page, 'Choose folder').click();
  await expect(page.locator('[data-state="done"]').first()).toBeVisible();
  expect((await savedFiles(page)).get('A-1042/a.7z')).toBe(delivery.hashes.get('a.7z'));
  expect(delivery.faults.bytes() - before).toBe(8 * MIB);
});

test('files that went to the downloads are checked in any folder; a wrong folder changes nothing', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': 20 * MIB, 'sub/b.7z': 9 * MIB });
  const page = await customer.open('about:blank');
  await page.addInitScript(() => Reflect.deleteProperty(window, 'showDirectoryPicker'));
  await page.goto(delivery.link);
  await button(page, 'Start').click();
  await expect(page.locator('[data-status="handed-over"]')).toHaveCount(2);
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-check-'));
  const check = async (...names: readonly string[]): Promise<void> => {
    for (const name of names)
      writeFileSync(join(folder, name), readFileSync(join(delivery.source, name === 'b.7z' ? 'sub/b.7z' : name)));
    const chooser = page.waitForEvent('filechooser');
    await button(page, 'Check another folder').click();
    await (await chooser).setFiles(folder);
  };
  try {
    const said = page.getByRole('region', { name: 'Check what was delivered' });
    writeFileSync(join(folder, 'stranger.txt'), 'hello');
    await check();
    await expect(said).toContainText('No file of this order was found');
    await check('a.7z', 'b.7z');
    await expect(said).toContainText('2 files compared: every byte is right.');
    rmSync(join(folder, 'b.7z'));
    await check('a.7z');
    await expect(said).toContainText('1 file not as in the order: sub/b.7z (gone)');
    await expect(page.locator('[data-status="handed-over"]')).toHaveCount(2);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
