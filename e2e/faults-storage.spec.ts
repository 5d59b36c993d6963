import type { Page } from '@playwright/test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { INSTRUMENTED } from './builds.ts';
import { button, Customer, savedFiles } from './customer.ts';
import { MIB, type Delivery } from './delivery.ts';
import { expect, expectDelivered, test } from './fixtures.ts';
import { damagePart, engineOf, expectFile, journalLog, openStorage, statusOf } from './inside.ts';
import { fillDisk, onSmallDisk } from './small-disk.ts';
import { expectNothingTwice, received } from './write-log.ts';

// What can happen to the disk and the browser's storage.
test.use({ appFolder: INSTRUMENTED });

/** What the engine's worker counts for a test. */
interface Aborted {
  aborted: number;
}

/** The Storage Buckets API, which TypeScript's library does not know yet. */
interface WithBuckets {
  readonly storageBuckets: { delete(name: string): Promise<void> };
}

/** Downloads until `bytes` were sent, waits until that is in the journal, and closes the app. */
async function downloadSome(page: Page, delivery: Delivery, bytes: number): Promise<void> {
  delivery.faults.rate = 16 * MIB;
  await button(page, 'Start').click();
  await expect.poll(() => delivery.faults.bytes(), { intervals: [20] }).toBeGreaterThan(bytes);
  await button(page, 'Pause').click();
  await expect(button(page, 'Resume')).toBeVisible();
  delivery.faults.rate = undefined;
}

for (const [name, damage, twice] of [
  ['is missing', 'remove', 32 * MIB],
  ['is short', { cut: 9 * MIB }, 32 * MIB],
  ['holds old bytes', { flip: 8 * MIB + 17 }, 8 * MIB],
] as const) {
  test(`row 2: a part that ${name} after a power cut is fetched again only where it must be`, async ({
    customer,
    deliver,
  }) => {
    const delivery = await deliver({ 'a.7z': 40 * MIB, 'b.7z': 9 * MIB });
    let page = await customer.open(delivery.link);
    await downloadSome(page, delivery, 26 * MIB);
    await customer.quit();
    await damagePart(await openStorage(customer, delivery.app), 0, damage);
    page = await customer.open(delivery.app);
    await button(page, 'Resume').click();
    await expectDelivered(page, delivery);
    const [before, after] = (await received(page)).twice;
    expect(before).toBe(0);
    expect(after, 'what was lost, and no more').toBeLessThanOrEqual(twice);
  });
}

test('row 18: a verified byte that changes on disk is found before saving, and only its piece is fetched again', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': 24 * MIB, 'b.7z': MIB });
  let page = await customer.open(delivery.link);
  // a folder that is not allowed yet: everything is verified, nothing saved
  const engine = await engineOf(page);
  await engine.evaluate(() => {
    FileSystemHandle.prototype.queryPermission = () => Promise.resolve('prompt');
  });
  await button(page, 'Start').click();
  await expectFile(page, 'a.7z', 'verified');
  await expectFile(page, 'b.7z', 'verified');
  await customer.quit();
  await damagePart(await openStorage(customer, delivery.app), 0, { flip: 9 * MIB });
  page = await customer.open(delivery.app);
  await expectDelivered(page, delivery);
  expect((await received(page)).twice, 'the piece, and no other byte').toEqual([0, 8 * MIB]);
});

test('row 4: a transaction that aborts leaves its pieces unset; the bytes are hashed again, none is fetched again', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': 24 * MIB, 'b.7z': 9 * MIB });
  const page = await customer.open(delivery.link);
  await expect(button(page, 'Start')).toBeVisible(); // the order itself is in the journal
  const engine = await engineOf(page);
  await engine.evaluate(() => {
    const { put } = IDBObjectStore.prototype;
    let begun = 0;
    Object.assign(self, { aborted: 0 });
    IDBObjectStore.prototype.put = function (...args) {
      const request = put.apply(this, args);
      const tx = this.transaction;
      if (this.name !== 'files' || tx.db.name !== 'holdfast') return request;
      tx.addEventListener('abort', () => Object.assign(self, { aborted: (self as unknown as Aborted).aborted + 1 }));
      // the first three at once; later ones, which are commits of pieces, when all is written and only the end is missing
      begun++;
      if (begun <= 3) queueMicrotask(() => tx.abort());
      else if (begun % 2 === 0 && begun < 12) request.addEventListener('success', () => tx.abort());
      return request;
    };
  });
  await button(page, 'Start').click();
  await expectDelivered(page, delivery);
  const aborted = await engine.evaluate(() => (self as unknown as Aborted).aborted);
  expect(aborted).toBeGreaterThan(4);
  await expectNothingTwice(page);
});

test('row 4: a newer version of the app takes the database; the old window asks to be reloaded', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': MIB });
  const page = await customer.open(delivery.link);
  await expect(button(page, 'Start')).toBeVisible();
  const newer = await openStorage(customer, delivery.app);
  await newer.evaluate(
    () =>
      new Promise<void>((resolve, reject) => {
        const request = indexedDB.open('holdfast', 1000);
        request.addEventListener('success', () => resolve());
        request.addEventListener('error', () => reject(new Error(String(request.error))));
      }),
  );
  await expect(page.getByRole('alert')).toContainText(/newer version/i);
  await expect(button(page, 'Reload')).toBeVisible();
});

test('row 4: what version 1 of the journal kept is read by this version', async ({ customer, deliver }) => {
  // written by hand, as the first version did: a later schema must still read it
  const delivery = await deliver({ 'a.7z': 9 * MIB });
  const storage = await openStorage(customer, delivery.app);
  const [{ url, size } = { url: '', size: 0 }] = delivery.published.files;
  const etag = (await fetch(url, { headers: { Range: 'bytes=0-0' } })).headers.get('ETag');
  await storage.evaluate(
    ([address, bytes, tag]) =>
      new Promise<void>((resolve, reject) => {
        const request = indexedDB.open('holdfast', 1);
        request.addEventListener('error', () => reject(new Error(String(request.error))));
        request.addEventListener('upgradeneeded', () => {
          request.result.createObjectStore('orders', { keyPath: 'order' });
          request.result.createObjectStore('manifests');
          request.result.createObjectStore('files', { keyPath: ['order', 'file'] });
          request.result.createObjectStore('settings');
        });
        request.addEventListener('success', () => {
          const record = { order: 'one', kind: 'links', id: 'links-1', title: 'From before', addedAt: 1 };
          const identity = address.split('?')[0];
          const links = { files: [{ path: 'a.7z', size: bytes, etag: tag, identity, url: address }] };
          const all = request.result.transaction(['orders', 'manifests', 'files'], 'readwrite');
          all.objectStore('orders').put({ ...record, will: 'paused', files: 1, bytes });
          all.objectStore('manifests').put(new TextEncoder().encode(JSON.stringify(links)), 'one');
          const state = { kind: 'downloading' };
          all.objectStore('files').put({ order: 'one', file: 0, state, pieces: new Uint8Array(1) });
          all.addEventListener('complete', () => {
            request.result.close();
            resolve();
          });
        });
      }),
    [url, size, etag] as const,
  );
  const page = await customer.open(delivery.app);
  await expect(page.getByText('From before')).toBeVisible();
  await button(page, 'Resume').click();
  await expect(page.locator('[data-state="done"]').first()).toBeVisible();
  expect([...(await savedFiles(page)).values()]).toContain(delivery.hashes.get('a.7z'));
});

test('row 5: at the quota everything stops and is kept, the page says how much is needed, and room lets it go on', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': 24 * MIB, 'b.7z': 24 * MIB });
  delivery.faults.rate = 24 * MIB;
  const page = await customer.open(delivery.link);
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Storage.overrideQuotaForOrigin', { origin: delivery.app, quotaSize: 20 * MIB });
  await button(page, 'Start').click();
  await expect(page.locator('[data-state="attention"]').first()).toBeVisible();
  await expect(statusOf(page)).toContainText(/disk is full: .*needed. Everything is kept/);
  const sent = delivery.faults.bytes();
  const asked = delivery.faults.served.length;
  await button(page, 'Resume').click();
  await expect.poll(async () => (await received(page)).looks, 'the disk is asked, not the server').toBeGreaterThan(0);
  expect(delivery.faults.served.length, 'no request while the disk is full').toBe(asked);
  await cdp.send('Storage.overrideQuotaForOrigin', { origin: delivery.app });
  await button(page, 'Resume').click(); // it looks again by itself too, every 20 s
  await expectDelivered(page, delivery);
  expect(sent).toBeLessThan(30 * MIB);
  await expectNothingTwice(page);
});

test('row 5: a disk that is really full stops everything and keeps everything; with room it goes on by itself', async ({
  deliver,
}) => {
  const disk = mkdtempSync(join(tmpdir(), 'holdfast-disk-'));
  try {
    await onSmallDisk(disk, '300m', async () => {
      const customer = new Customer(undefined, { disk });
      try {
        const delivery = await deliver({ 'a.7z': 12 * MIB, 'b.7z': 9 * MIB });
        delivery.faults.rate = 24 * MIB;
        const page = await customer.open(delivery.link);
        await expect(button(page, 'Start')).toBeVisible();
        // another program takes the room: the browser, which looks at the disk once a minute only, still promises some
        const free = fillDisk(disk, 4 * MIB);
        await button(page, 'Start').click();
        await expect(statusOf(page)).toContainText(/disk is full: .*needed. Everything is kept/);
        free();
        await expectDelivered(page, delivery);
        await expectNothingTwice(page);
      } finally {
        await customer.close();
      }
    });
  } finally {
    rmSync(disk, { recursive: true, force: true });
  }
});

test('row 6: a write that takes fewer bytes than it was given is noticed; nothing wrong is saved', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': 24 * MIB, 'b.7z': MIB });
  const page = await customer.open(delivery.link);
  const engine = await engineOf(page);
  await engine.evaluate(() => {
    const { write } = FileSystemSyncAccessHandle.prototype;
    let calls = 0;
    FileSystemSyncAccessHandle.prototype.write = function (bytes, options) {
      const taken = ++calls === 3 ? bytes.subarray(0, bytes.length >> 1) : bytes;
      return write.call(this, taken, options);
    };
  });
  await button(page, 'Start').click();
  await expect(statusOf(page)).toContainText('disk is full');
  await button(page, 'Resume').click();
  await expectDelivered(page, delivery);
});

test('row 4: a journal that the browser takes for corrupt after a kill is had from its copy, the folder with it', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': MIB, 'b.7z': 40 * MIB });
  let page = await customer.open(delivery.link);
  await downloadSome(page, delivery, 20 * MIB);
  await expectFile(page, 'a.7z', 'saved');
  await customer.quit();
  customer.tearJournal();
  // this start finds everything, and writes behind the torn record
  page = await customer.open(delivery.app);
  await button(page, 'Resume').click();
  await expect(button(page, 'Pause')).toBeVisible();
  await button(page, 'Pause').click();
  await expect(button(page, 'Resume')).toBeVisible();
  await customer.quit();
  // this one is given an empty database
  page = await customer.open(delivery.app);
  await button(page, 'Resume').click();
  await expectDelivered(page, delivery);
  await expectNothingTwice(page);
  expect(await journalLog(page)).toContain('1 orders were taken from its copy');
});

test('row 7: after the browser evicted everything the link starts afresh, and knows the files that are in the folder', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': 9 * MIB, 'b.7z': 9 * MIB, 'c.7z': 9 * MIB });
  delivery.faults.fault = (path) => (path.includes('c.7z') ? { kind: 'status', status: 404 } : undefined);
  let page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await expectFile(page, 'c.7z', 'failed');
  await expectFile(page, 'a.7z', 'saved');
  await expectFile(page, 'b.7z', 'saved');
  await customer.quit();
  const storage = await openStorage(customer, delivery.app);
  await storage.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    await root.removeEntry('holdfast-parts', { recursive: true });
    await new Promise<void>((resolve) =>
      indexedDB.deleteDatabase('holdfast').addEventListener('success', () => resolve()),
    );
    await (navigator as unknown as WithBuckets).storageBuckets.delete('journal-copy');
  });
  delivery.faults.fault = () => undefined;
  page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await expectDelivered(page, delivery);
  expect(delivery.faults.bytes(), 'a.7z and b.7z are not fetched again').toBe(delivery.bytes);
  expect([...(await savedFiles(page)).keys()].filter((path) => path.includes('('))).toEqual([]);
});

test('row 9: a part that another program still holds after a crash is tried again for 5 s', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': 9 * MIB, 'b.7z': MIB });
  let page = await customer.open(delivery.link);
  await downloadSome(page, delivery, 3 * MIB);
  const other = await customer.open(`${delivery.app}/`);
  const holder = await engineOf(other);
  await page.close();
  page = await customer.open(`${delivery.app}/#/`);
  await holder.evaluate(async () => {
    const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('holdfast-parts');
    for await (const folder of root.values()) {
      const handle = await (await (folder as FileSystemDirectoryHandle).getFileHandle('0')).createSyncAccessHandle();
      setTimeout(() => handle.close(), 3_000);
    }
  });
  await button(page, 'Resume').click();
  await expectDelivered(page, delivery);
  await expectNothingTwice(page);
});
