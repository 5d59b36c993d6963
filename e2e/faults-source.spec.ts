import type { Page } from '@playwright/test';
import { INSTRUMENTED } from './builds.ts';
import { addLinks, button, savedFiles } from './customer.ts';
import { MIB, type Delivery } from './delivery.ts';
import type { Fault } from './fault.ts';
import { expect, expectDelivered, test } from './fixtures.ts';
import { expectFile, fileRow } from './inside.ts';
import { expectNothingTwice, received } from './write-log.ts';

// What a store, a proxy or the sender can do to the bytes. `a.7z` is hit, `b.7z` must never be held up by it.
const SIZES = { 'a.7z': 20 * MIB + 5, 'b.7z': MIB };

test.use({ appFolder: INSTRUMENTED });

/** The fault for the first `times` requests for a.7z. */
function hit(delivery: Delivery, fault: Fault, times = Infinity): void {
  delivery.faults.fault = (path, { before }) => (path.includes('a.7z') && before < times ? fault : undefined);
}

async function start(page: Page): Promise<void> {
  await button(page, 'Start').click();
}

/** b.7z is saved, right, and nothing is in the folder under the name of a.7z. */
async function expectOnlyB(page: Page, { hashes }: Delivery): Promise<void> {
  await expectFile(page, 'b.7z', 'saved');
  const saved = await savedFiles(page);
  expect(saved.get('A-1042/b.7z')).toBe(hashes.get('b.7z'));
  expect([...saved.keys()].filter((path) => path.includes('a.7z'))).toEqual([]);
}

for (const [name, fault] of [
  ['row 12: 200 instead of 206 is not written, and a server that is right again is used', { kind: 'whole-file' }],
  [
    'row 13: an answer for another range is thrown away',
    { kind: 'content-range', change: (truth: string) => truth.replace(/\d+-/, '7-') },
  ],
  [
    'row 13: an answer that names another total is thrown away',
    { kind: 'content-range', change: (truth: string) => truth.replace(/\d+$/, '99') },
  ],
] as const) {
  test(name, async ({ customer, deliver }) => {
    const delivery = await deliver(SIZES);
    hit(delivery, fault, 2);
    const page = await customer.open(delivery.link);
    await start(page);
    await expectDelivered(page, delivery);
    const right = delivery.faults.served.filter(({ before, object }) => before >= 2 && object.includes('a.7z'));
    const fetched = right.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(fetched, 'after the damaged answers each byte travels once').toBe(SIZES['a.7z']);
  });
}

test('row 12: from a server that can only send whole files the file comes whole, and is right', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver(SIZES);
  hit(delivery, { kind: 'whole-file' });
  const page = await customer.open(delivery.link);
  await start(page);
  await expectDelivered(page, delivery);
});

test('row 13: a source that always names another total fails alone, in words', async ({ customer, deliver }) => {
  const delivery = await deliver(SIZES);
  hit(delivery, { kind: 'content-range', change: (truth) => truth.replace(/\d+$/, '99999999') });
  const page = await customer.open(delivery.link);
  await start(page);
  await expectFile(page, 'a.7z', 'failed');
  await expect(fileRow(page, 'a.7z')).toContainText('changed this file');
  await expectOnlyB(page, delivery);
});

test('row 14: headers hidden by CORS do not matter where the manifest has hashes', async ({ customer, deliver }) => {
  const delivery = await deliver(SIZES, { elsewhere: true });
  delivery.faults.fault = () => ({ kind: 'cors-exposes', headers: [] });
  const page = await customer.open(delivery.link);
  await start(page);
  await expectDelivered(page, delivery);
  expect(delivery.faults.bytes()).toBe(delivery.bytes);
});

test('row 14: a share link whose server hides Content-Range is refused once, and the header is named', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver(SIZES, { elsewhere: true });
  delivery.faults.fault = () => ({ kind: 'cors-exposes', headers: [] });
  const page = await customer.open(delivery.app);
  const urls = delivery.published.files.map(({ url }) => url.replace('localhost', '127.0.0.1'));
  await addLinks(page, urls);
  await expect(page.getByRole('dialog')).toContainText('Content-Range');
  await expect(page.locator('[data-order]')).toHaveCount(0);
});

for (const hidden of ['ETag', 'ETag and the time of the last change'] as const) {
  test(`row 14: a share link whose server hides ${hidden} never becomes a mix of two versions`, async ({
    customer,
    deliver,
  }) => {
    const delivery = await deliver(SIZES, { elsewhere: true });
    const { faults } = delivery;
    const times = hidden === 'ETag' ? ['Mon, 05 Jan 2026 10:00:00 GMT', 'Tue, 06 Jan 2026 10:00:00 GMT'] : [];
    let [modified] = times;
    faults.fault = () => ({ kind: 'cors-exposes', headers: ['Content-Range'], modified });
    const page = await customer.open(delivery.app);
    await addLinks(
      page,
      delivery.published.files.map(({ url }) => url.replace('localhost', '127.0.0.1')),
    );
    if (times.length === 0) {
      await expect(page.getByRole('dialog')).toContainText('ETag');
      await expect(page.locator('[data-order]')).toHaveCount(0);
      return;
    }
    await expect(button(page, 'Start')).toBeVisible();
    faults.rate = 8 * MIB;
    await start(page);
    await expect.poll(() => faults.bytes()).toBeGreaterThan(4 * MIB);
    [, modified] = times;
    faults.cut();
    await expectFile(page, 'a.7z', 'failed');
    await expect(fileRow(page, 'a.7z')).toContainText('changed this file');
    expect([...(await savedFiles(page)).keys()].filter((path) => path.includes('a.7z'))).toEqual([]);
  });
}

test('row 15: what came of a body that is too short is kept, and only the rest is asked for', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver(SIZES);
  hit(delivery, { kind: 'short', by: 3 * MIB + 1 }, 3);
  const page = await customer.open(delivery.link);
  await start(page);
  await expectDelivered(page, delivery);
  await expectNothingTwice(page);
});

test('row 16: a body that is too long is cut at the expected byte', async ({ customer, deliver }) => {
  const delivery = await deliver(SIZES);
  hit(delivery, { kind: 'long', by: 100_000 }, 1);
  const page = await customer.open(delivery.link);
  await start(page);
  await expectDelivered(page, delivery);
  await expectNothingTwice(page);
});

test('row 17: one flipped byte costs one piece', async ({ customer, deliver }) => {
  const delivery = await deliver({ 'a.7z': 30 * MIB, 'b.7z': MIB });
  hit(delivery, { kind: 'corrupt', at: MIB }, 1);
  const page = await customer.open(delivery.link);
  await start(page);
  await expectDelivered(page, delivery);
  expect((await received(page)).twice, 'the piece, and no other byte').toEqual([8 * MIB]);
});

test('row 17: a source that is always damaged fails with its piece named, and no wrong byte is saved', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': 2 * MIB, 'b.7z': MIB });
  hit(delivery, { kind: 'corrupt', at: 5 });
  const page = await customer.open(delivery.link);
  await start(page);
  await expectFile(page, 'a.7z', 'failed');
  await expect(fileRow(page, 'a.7z')).toContainText('Piece 1');
  await expectOnlyB(page, delivery);
  // a fourth request may have begun before the third hash was known
  expect(delivery.faults.bytes(), 'three times, not more').toBeLessThanOrEqual(9 * MIB);
});

test('row 19: another ETag in the middle is only noted where the hashes decide', async ({ customer, deliver }) => {
  const delivery = await deliver({ 'a.7z': 30 * MIB, 'b.7z': MIB });
  delivery.faults.fault = (path, { before }) => {
    if (!path.includes('a.7z')) return undefined;
    return before === 0 ? { kind: 'drop', after: 5 * MIB } : { kind: 'etag', etag: '"another"' };
  };
  const page = await customer.open(delivery.link);
  await start(page);
  await expectDelivered(page, delivery);
  const rest = delivery.faults.served.find(({ start: at, fault }) => fault?.kind === 'etag' && at > 0 && at < 8 * MIB);
  expect(rest?.bytes, 'the piece that was cut goes on under the other ETag').toBeGreaterThan(0);
  await expectNothingTwice(page);
});

test('row 19: a replaced object never becomes a mix of two versions', async ({ customer, deliver }) => {
  const delivery = await deliver({ 'a.7z': 30 * MIB, 'b.7z': MIB });
  hit(delivery, { kind: 'replaced', from: 15 * MIB });
  const page = await customer.open(delivery.link);
  await start(page);
  await expectFile(page, 'a.7z', 'failed');
  await expectOnlyB(page, delivery);
});

test('row 19: a share link whose object changes at half fails as changed by the sender', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': 30 * MIB, 'b.7z': MIB });
  const page = await customer.open(delivery.app);
  await addLinks(
    page,
    delivery.published.files.map(({ url }) => url),
  );
  await expect(button(page, 'Start')).toBeVisible();
  const { faults } = delivery;
  faults.fault = (path, { range }) => {
    if (!path.includes('a.7z')) return undefined;
    const cut = faults.served.find(({ fault }) => fault?.kind === 'drop');
    if (range?.start === 0) return { kind: 'drop', after: 5 * MIB };
    return cut?.endedAt === undefined ? undefined : { kind: 'etag', etag: '"another"' };
  };
  await start(page);
  await expectFile(page, 'a.7z', 'failed');
  await expect(fileRow(page, 'a.7z')).toContainText('changed this file');
  await expectFile(page, 'b.7z', 'saved');
  expect([...(await savedFiles(page)).keys()].filter((path) => path.includes('a.7z'))).toEqual([]);
});

for (const [status, row, words] of [
  [404, 22, 'does not have this file'],
  [410, 22, 'does not have this file'],
  [416, 23, 'changed this file'],
] as const) {
  test(`row ${row}: ${status} fails the one file, in words; Retry fetches it when it is back`, async ({
    customer,
    deliver,
  }) => {
    const delivery = await deliver(SIZES);
    hit(delivery, { kind: 'status', status });
    const page = await customer.open(delivery.link);
    await start(page);
    await expectFile(page, 'a.7z', 'failed');
    await expect(fileRow(page, 'a.7z')).toContainText(words);
    await expectOnlyB(page, delivery);
    delivery.faults.fault = () => undefined;
    await button(page, 'Retry').click();
    await expectDelivered(page, delivery);
    expect(delivery.faults.bytes()).toBe(delivery.bytes);
  });
}

test('row 31: an answer in another encoding is refused, and the file fails alone when nothing else comes', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver(SIZES);
  hit(delivery, { kind: 'encoded', as: 'x-other' });
  const page = await customer.open(delivery.link);
  await start(page);
  await expectFile(page, 'a.7z', 'failed');
  await expect(fileRow(page, 'a.7z')).toContainText('changes the bytes');
  await expectOnlyB(page, delivery);
});

test('row 31: what a proxy compressed, which the browser itself refuses, is fetched again uncompressed', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver(SIZES);
  hit(delivery, { kind: 'encoded', as: 'gzip' }, 3);
  const page = await customer.open(delivery.link);
  await start(page);
  await expectDelivered(page, delivery);
  expect(delivery.faults.bytes(), 'each right byte travels once').toBe(delivery.bytes);
});
