import { createHash } from 'node:crypto';
import { button, Customer } from './customer.ts';
import { MIB, type Delivery } from './delivery.ts';
import { expect, test } from './fixtures.ts';
import { openStorage } from './inside.ts';

// Links and descriptions that are not what they should be, and browsers that cannot do it.

/** Serves `change(description)` under a link that promises exactly that. */
function hostile(delivery: Delivery, change: (manifest: string) => string, promised = true): string {
  const shape = /\/manifests\/([0-9a-f]{64})/;
  let answer = '';
  delivery.faults.serviceFault = (path) => {
    if (!shape.test(path)) return undefined;
    return { kind: 'status', status: 200, body: answer };
  };
  const manifest = JSON.stringify({
    version: 1,
    id: 'A-1042',
    title: 'Lot 7',
    createdAt: '2026-01-01T00:00:00Z',
    pieceLength: 8 * MIB,
    files: [{ path: 'a.7z', size: 5, sha256: 'a'.repeat(64), pieces: ['a'.repeat(64)], object: 'a' }],
  });
  answer = change(manifest);
  const hash = createHash('sha256').update(answer).digest('hex');
  return promised ? delivery.link.replace(/manifest=[0-9a-f]+/, `manifest=${hash}`) : delivery.link;
}

const file = (path: string): string =>
  JSON.stringify({ path, size: 5, sha256: 'a'.repeat(64), pieces: ['a'.repeat(64)], object: 'a' });
const withFiles =
  (files: string) =>
  (manifest: string): string =>
    manifest.replace(/"files":\[.*\]/, () => `"files":[${files}]`);

for (const [what, change, promised] of [
  ['is cut off', (text: string) => text.slice(0, -20), true],
  ['is not the one that the link promises', (text: string) => text.replace('Lot 7', 'Lot 8'), false],
  ['is larger than 16 MiB', (text: string) => text + ' '.repeat(17 * MIB), true],
  ['names a file outside of the folder', withFiles(file('../../evil.exe')), true],
  ['names an absolute path', withFiles(file('/etc/passwd')), true],
  ['has hundreds of thousands of files', withFiles(Array(400_000).fill('{}').join(',')), true],
  ['has two files of one name', withFiles(`${file('a.7z')},${file('a.7z')}`), true],
  ['is of a later version', (text: string) => text.replace('"version":1', '"version":99'), true],
] as const) {
  test(`row 39: a description that ${what} is refused as a whole, with the reason; nothing is stored`, async ({
    customer,
    deliver,
  }) => {
    const delivery = await deliver({ 'a.7z': 5 });
    const page = await customer.open(hostile(delivery, change, promised));
    await expect(page.getByRole('alert')).toContainText('Nothing was stored');
    await customer.quit();
    const storage = await openStorage(customer, delivery.app);
    const stored = await storage.evaluate(async () => {
      const names: string[] = [];
      for await (const name of (await navigator.storage.getDirectory()).keys()) names.push(name);
      const orders = await new Promise<number>((resolve, reject) => {
        const open = indexedDB.open('holdfast');
        open.addEventListener('error', () => reject(new Error(String(open.error))));
        open.addEventListener('success', () => {
          const count = open.result.transaction('orders').objectStore('orders').count();
          count.addEventListener('success', () => resolve(count.result));
        });
      });
      return { orders, parts: names.filter((name) => name !== 'holdfast-parts') };
    });
    expect(stored).toEqual({ orders: 0, parts: [] });
  });
}

test('row 39: pasted text with javascript: and other addresses is refused, in words', async ({ customer, deliver }) => {
  const delivery = await deliver({ 'a.7z': 5 });
  const page = await customer.open(delivery.app);
  for (const bad of ['javascript:alert(1)', 'file:///etc/passwd', 'data:text/html,x', 'no link at all']) {
    await button(page, 'Add links').click();
    await page.getByRole('textbox', { name: 'Links' }).fill(bad);
    await button(page, 'Add').click();
    await expect(page.getByRole('dialog'), bad).toContainText('No link was found');
    await button(page, 'Cancel').click();
  }
  await expect(page.locator('[data-order]')).toHaveCount(0);
});

test('row 46: a page without https says so once and keeps the link copyable; nothing is half-started', async ({
  deliver,
}) => {
  const customer = new Customer(undefined, { args: ['--host-resolver-rules=MAP holdfast.test 127.0.0.1'] });
  try {
    const delivery = await deliver({ 'a.7z': 5 });
    const link = delivery.link.replace('localhost', 'holdfast.test');
    const page = await customer.open(link);
    await expect(page.getByRole('alert')).toContainText('opened without https');
    await expect(page.getByRole('textbox', { name: 'Link' })).toHaveValue(link);
    await expect(button(page, 'Copy link')).toBeVisible();
    expect(page.workers()).toHaveLength(0);
  } finally {
    await customer.close();
  }
});

for (const [what, words, without] of [
  ['private disk space', 'no private disk space', 'storage'],
  ['service workers (a private window)', 'open the link in a normal one', 'serviceWorker'],
  ['signals that can be joined (an old version)', 'too old', 'any'],
] as const) {
  test(`row 46: a browser without ${what} gets one page that says so and keeps the link copyable`, async ({
    customer,
    deliver,
  }) => {
    const delivery = await deliver({ 'a.7z': 5 });
    const page = await customer.open('about:blank');
    await page.addInitScript((name) => {
      if (name === 'storage') Reflect.deleteProperty(StorageManager.prototype, 'getDirectory');
      else Reflect.deleteProperty(name === 'any' ? AbortSignal : Navigator.prototype, name);
    }, without);
    await page.goto(delivery.link);
    await expect(page.getByRole('alert')).toContainText(words);
    await expect(page.getByRole('textbox', { name: 'Link' })).toHaveValue(delivery.link);
    expect(page.workers()).toHaveLength(0);
  });
}

for (const [what, change] of [
  ['has no files for workers', 'delete FileSystemFileHandle.prototype.createSyncAccessHandle;'],
  [
    'refuses them (WebKitGTK)',
    `FileSystemFileHandle.prototype.createSyncAccessHandle = () =>
       Promise.reject(new DOMException('Backend does not support this operation', 'NotSupportedError'));`,
  ],
  [
    'refuses the disk (a private window)',
    `StorageManager.prototype.getDirectory = () => Promise.reject(new DOMException('Security error', 'SecurityError'));`,
  ],
] as const) {
  test(`row 46: a browser that ${what} is found out by the worker; one page says so, nothing is stored`, async ({
    customer,
    deliver,
  }) => {
    const delivery = await deliver({ 'a.7z': 5 });
    const page = await customer.open('about:blank');
    await page.context().route(/assets\/worker-/, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: change + (await response.text()) });
    });
    await page.goto(delivery.link);
    await expect(page.getByRole('alert')).toContainText('no private disk space');
    await expect(page.getByRole('textbox', { name: 'Link' })).toHaveValue(delivery.link);
    expect(await page.evaluate(async () => (await indexedDB.databases()).length)).toBe(0);
  });
}
