import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { button } from './customer.ts';
import { MIB } from './delivery.ts';
import { expect, expectOnDisk, startInto, test } from './desktop-fixtures.ts';
import { onSmallDisk } from './small-disk.ts';

test('35: the folder is taken away; the download goes on, and one click saves everything when it is back', async ({
  customer,
  deliver,
  desktop,
  folder,
}) => {
  const delivery = await deliver({ 'a.7z': 4 * MIB, 'b.7z': 12 * MIB, 'c.7z': 8 * MIB });
  delivery.faults.rate = 4 * MIB;
  const page = await customer.open(delivery.link);
  await startInto(folder, page, desktop);
  await expect.poll(() => readdirSync(folder, { recursive: true })).toContain('A-1042/a.7z');
  renameSync(folder, `${folder}-away`);
  await expect(page.getByText(/folder chips is not there/)).toBeVisible();
  // on a slow machine the last piece may be asked for twice
  await expect.poll(() => delivery.faults.bytes()).toBeGreaterThanOrEqual(delivery.bytes);
  renameSync(`${folder}-away`, folder);
  await button(page, 'Continue saving').click();
  await expect(page.locator('[data-state="done"]').first()).toBeVisible();
  expectOnDisk(folder, delivery);
});

test('36: the destination is full; everything is kept, and one click goes on when there is room', async ({
  customer,
  deliver,
  desktop,
  folder,
}) => {
  await onSmallDisk(folder, '14m', async (resize) => {
    const delivery = await deliver({ 'a.7z': 4 * MIB, 'b.7z': 12 * MIB, 'c.7z': 8 * MIB });
    const page = await customer.open(delivery.link);
    await startInto(folder, page, desktop);
    await expect(page.getByText(/no room/)).toBeVisible();
    resize('100m');
    await button(page, 'Continue saving').click();
    await expect(page.locator('[data-state="done"]').first()).toBeVisible();
    expect(delivery.faults.bytes()).toBe(delivery.bytes);
    expectOnDisk(folder, delivery);
  });
});

test('37, 38: names that are taken or refused get safe ones; the same content is adopted, nothing is overwritten', async ({
  customer,
  deliver,
  desktop,
  folder,
}) => {
  const long = `${'长'.repeat(75)}-${'x'.repeat(20)}.7z`;
  const names = ['same.7z', 'other.7z', 'folder.7z', 'CON.7z', 'link.lnk', '中文 名.7z', 'Chip.7z', 'chip.7z', long];
  const delivery = await deliver(Object.fromEntries(names.map((name, i) => [name, MIB + i])));
  const order = join(folder, 'A-1042');
  mkdirSync(join(order, 'folder.7z'), { recursive: true });
  writeFileSync(join(order, 'other.7z'), 'mine');
  const page = await customer.open(delivery.link);
  writeFileSync(join(order, 'same.7z'), readFileSync(join(delivery.source, 'same.7z')));
  await startInto(folder, page, desktop);
  await expect(page.locator('[data-state="done"]').first()).toBeVisible();

  expect(readFileSync(join(order, 'other.7z'), 'utf8')).toBe('mine');
  const sums = readFileSync(join(order, 'SHA256SUMS'), 'utf8');
  expect(spawnSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: order }).status).toBe(0);
  for (const [name, hash] of delivery.hashes) expect(sums, name).toContain(hash);
  const saved = readdirSync(order);
  for (const name of ['other (1).7z', 'folder (1).7z', 'same.7z', '中文 名.7z', 'Chip.7z', 'chip (1).7z']) {
    expect(saved).toContain(name);
  }
  expect(saved.filter((name) => name.startsWith('same'))).toEqual(['same.7z']);
});
