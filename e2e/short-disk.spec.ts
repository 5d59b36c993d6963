import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { button, Customer } from './customer.ts';
import { MIB } from './delivery.ts';
import { expect, expectOnDisk, startInto, test } from './desktop-fixtures.ts';
import { collectDownloads } from './downloads.ts';
import { onSmallDisk } from './small-disk.ts';

// The browser's own disk is smaller than the order. The browser itself needs some 30 MB of it.

const SIZES = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`chip-${i}.7z`, 10 * MIB + i]));

/** Runs with a disk of `size` for a browser's profile. */
async function withDisk(size: string, use: (disk: string) => Promise<void>): Promise<void> {
  const disk = mkdtempSync(join(tmpdir(), 'holdfast-disk-'));
  try {
    await onSmallDisk(disk, size, () => use(disk));
  } finally {
    rmSync(disk, { recursive: true, force: true });
  }
}

test('an order larger than the disk rolls through it into a folder on another one, with no hand', async ({
  deliver,
  desktop,
  folder,
}) => {
  await withDisk('75m', async (disk) => {
    const customer = new Customer(desktop.display, { disk });
    try {
      const delivery = await deliver(SIZES);
      // slow enough for several connections, so that several files are begun at once
      delivery.faults.rate = 12 * MIB;
      const page = await customer.open(delivery.link);
      await startInto(folder, page, desktop);
      await expect(page.locator('[data-state="done"]').first()).toBeVisible({ timeout: 90_000 });
      expectOnDisk(folder, delivery);
      expect(delivery.faults.sentTwice(), 'what was given up').toBeLessThan(delivery.bytes / 2);
    } finally {
      await customer.close();
    }
  });
});

test('without a folder the page asks before it begins more than fits, and goes on when the downloads are confirmed', async ({
  deliver,
}) => {
  await withDisk('75m', async (disk) => {
    const customer = new Customer(undefined, { disk });
    try {
      const delivery = await deliver(SIZES);
      delivery.faults.rate = 24 * MIB;
      const page = await customer.open('about:blank');
      await page.addInitScript(() => Reflect.deleteProperty(window, 'showDirectoryPicker'));
      const downloads = collectDownloads(page);
      await page.goto(delivery.link);
      await button(page, 'Start').click();
      const done = page.locator('[data-state="done"]').first();
      const asks = page.getByText('The disk is full, and the app still keeps its copies of');
      await expect(asks).toBeVisible();
      await expect(done).toBeHidden();
      await expect(async () => {
        if (await asks.isVisible()) await button(page, 'Yes, free the space').click();
        await expect(done).toBeVisible({ timeout: 500 });
      }).toPass({ timeout: 90_000 });
      const saved = await downloads();
      for (const [path, hash] of delivery.hashes) expect(saved.get(path), path).toBe(hash);
      await button(page, 'Yes, free the space').click();
      await expect(page.getByText('The app keeps no copies of them any more.')).toBeVisible();
    } finally {
      await customer.close();
    }
  });
});
