import { INSTRUMENTED } from './builds.ts';
import { addLinks, button, savedFiles } from './customer.ts';
import { MIB } from './delivery.ts';
import { expect, expectDelivered, test } from './fixtures.ts';
import { expectFile, expectQuiet, statusOf } from './inside.ts';
import { expectNothingTwice, received } from './write-log.ts';
import { startToxiproxy } from '../scripts/toxiproxy.mjs';

// What happens between the page and the store. `a.7z` is hit, `b.7z` must never be held up for good.
const SIZES = { 'a.7z': 20 * MIB + 5, 'b.7z': MIB };

test.use({ appFolder: INSTRUMENTED });

for (const status of [429, 503]) {
  test(`row 24: ${status} with Retry-After is waited out, and the page says that the server is busy`, async ({
    customer,
    deliver,
  }) => {
    const delivery = await deliver(SIZES);
    const asked: number[] = [];
    delivery.faults.fault = (path) => {
      if (path.includes('b.7z')) return undefined;
      asked.push(performance.now());
      return asked.length === 1 ? { kind: 'status', status, headers: { 'Retry-After': '4' } } : undefined;
    };
    const page = await customer.open(delivery.link);
    await button(page, 'Start').click();
    await expect(statusOf(page)).toContainText('asks for patience');
    await expectDelivered(page, delivery);
    // a second connection may have asked at the same moment as the first
    const later = asked.filter((at) => at > (asked[0] ?? 0) + 1000);
    expect((later[0] ?? 0) - (asked[0] ?? 0)).toBeGreaterThan(3_900);
    expect(delivery.faults.bytes()).toBe(delivery.bytes);
  });
}

test('row 24: without Retry-After a busy server is asked again by itself', async ({ customer, deliver }) => {
  const delivery = await deliver(SIZES);
  delivery.faults.fault = (path, { before }) =>
    path.includes('a.7z') && before < 2 ? { kind: 'status', status: 503 } : undefined;
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await expectDelivered(page, delivery);
  expect(delivery.faults.bytes()).toBe(delivery.bytes);
});

test('row 25: 500, 502 and 504 are tried again', async ({ customer, deliver }) => {
  const delivery = await deliver(SIZES);
  const statuses = [500, 502, 504];
  delivery.faults.fault = (path) => {
    const status = path.includes('a.7z') ? statuses.shift() : undefined;
    return status === undefined ? undefined : { kind: 'status', status };
  };
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await expectDelivered(page, delivery);
  expect(delivery.faults.bytes()).toBe(delivery.bytes);
});

for (const kind of ['drop', 'reset'] as const) {
  test(`row 26: a connection that ends in the middle (${kind}) goes on from that byte`, async ({
    customer,
    deliver,
  }) => {
    const delivery = await deliver(SIZES);
    const after = [0, 1, 5 * MIB + 3, 2 * MIB];
    delivery.faults.fault = (path) => {
      const bytes = path.includes('a.7z') ? after.shift() : undefined;
      return bytes === undefined ? undefined : { kind, after: bytes };
    };
    const page = await customer.open(delivery.link);
    await button(page, 'Start').click();
    await expectDelivered(page, delivery);
    await expectNothingTwice(page);
  });
}

test('row 26: connections that Toxiproxy resets at any byte go on from there', async ({ customer, deliver }) => {
  test.setTimeout(300_000); // the first time, it is built
  const toxiproxy = await startToxiproxy().catch((error: unknown) => {
    if (process.env['CI'] !== 'true') test.skip(true, `Toxiproxy is built with Go: ${String(error)}`);
    throw error;
  });
  try {
    let front: Awaited<ReturnType<typeof toxiproxy.proxy>> | undefined;
    const delivery = await deliver(SIZES, {
      front: async (port) => (front = await toxiproxy.proxy(port)).port,
    });
    const page = await customer.open(delivery.link);
    await front?.add('limit_data', { bytes: 3_000_017 });
    await button(page, 'Start').click();
    await expect.poll(() => delivery.faults.bytes(), { timeout: 60_000 }).toBeGreaterThan(10 * MIB);
    await front?.heal();
    await expectDelivered(page, delivery);
    await expectNothingTwice(page);
  } finally {
    await toxiproxy.stop();
  }
});

test('row 27: a connection that is silent for 20 s is given up for a new one; other files go on meanwhile', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver(SIZES);
  let silentSince = 0;
  delivery.faults.fault = (path, { range }) => {
    const probe = range?.end === 1;
    if (path.includes('b.7z') || probe || silentSince > 0) return undefined;
    silentSince = performance.now();
    return { kind: 'stall', after: 3 * MIB };
  };
  const page = await customer.open(delivery.app);
  // without hashes nothing is asked for a second time ahead of that
  await addLinks(
    page,
    delivery.published.files.map(({ url }) => url),
  );
  await button(page, 'Start').click();
  await expectFile(page, 'b.7z', 'saved');
  await expect(page.locator('[data-state="done"]').first()).toBeVisible();
  expect([...(await savedFiles(page)).values()]).toEqual(expect.arrayContaining([...delivery.hashes.values()]));
  const stalled = delivery.faults.served.find(({ fault }) => fault?.kind === 'stall');
  const after = (stalled?.endedAt ?? Infinity) - silentSince;
  expect(after, 'given time').toBeGreaterThan(19_000);
  expect(after, 'noticed within 30 s').toBeLessThan(30_000);
  await expectNothingTwice(page);
});

test('row 28: a source that only drips is kept while it is the only one', async ({ customer, deliver }) => {
  const delivery = await deliver({ 'a.7z': MIB, 'b.7z': MIB });
  delivery.faults.fault = (path) => (path.includes('a.7z') ? { kind: 'drip', rate: 160 * 1024 } : undefined);
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await expectFile(page, 'b.7z', 'saved');
  await expectDelivered(page, delivery);
  expect(
    delivery.faults.served.filter(({ object }) => object.includes('a.7z')),
    'kept',
  ).toHaveLength(1);
});

test('row 28: the last piece of a source that only drips is asked for twice, and the faster answer counts', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': 4 * MIB, 'b.7z': MIB });
  delivery.faults.fault = (path, { before }) =>
    path.includes('a.7z') && before === 0 ? { kind: 'drip', rate: 64 * 1024 } : undefined;
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await expectDelivered(page, delivery); // at that rate alone it would take 64 s
  const [first, second] = delivery.faults.served.filter(({ object }) => object.includes('a.7z'));
  expect(second?.bytes).toBe(4 * MIB);
  const [twice = 0] = (await received(page)).twice;
  expect(twice, 'what the slow answer had brought').toBeGreaterThan(0);
  expect(twice).toBeLessThanOrEqual(first?.bytes ?? 0);
});

test('row 29: a store that lets no foreign page in is told apart from being offline; it goes on when that is put right', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver(SIZES, { elsewhere: true });
  delivery.faults.fault = () => ({ kind: 'no-cors' });
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await expect(page.locator('[data-state="waiting"]').first()).toBeVisible();
  await expect(statusOf(page)).toContainText('cannot be reached');
  await expect(page.getByText(/next try at/)).toBeVisible();
  delivery.faults.fault = () => undefined;
  await expectDelivered(page, delivery);
});

test('row 30: the login page of a hotel is not taken for the file; it goes on after the sign-in', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver(SIZES);
  delivery.faults.fault = () => ({ kind: 'login-page' });
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await expect(page.locator('[data-state="waiting"]').first()).toBeVisible();
  await expect(statusOf(page)).toContainText('wants you to sign in');
  delivery.faults.fault = () => undefined;
  await expectDelivered(page, delivery);
  expect(delivery.faults.bytes()).toBe(delivery.bytes);
});

test('row 34: without the permission for the local network the page says where to allow it, and does not loop', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver(SIZES, { elsewhere: true });
  const page = await customer.open(delivery.link);
  const cdp = await page.context().newCDPSession(page);
  const permission = { name: 'local-network-access' };
  const { origin } = new URL(delivery.app);
  await cdp.send('Browser.setPermission', { origin, permission, setting: 'denied' });
  let asked = 0;
  delivery.faults.fault = () => {
    asked++;
    return { kind: 'no-cors' }; // a refused request looks just like that to a page
  };
  await button(page, 'Start').click();
  await expect(page.locator('[data-state="attention"]').first()).toBeVisible();
  await expect(statusOf(page)).toContainText('Local network access');
  await expectQuiet(() => asked, 'no loop');
  const before = asked;
  await page.reload();
  await expect(statusOf(page)).toContainText('Local network access');
  await expectQuiet(() => asked, 'no loop after a reload');
  expect(asked - before, 'one look at it').toBeLessThanOrEqual(4);
  await cdp.send('Browser.setPermission', { origin, permission, setting: 'granted' });
  delivery.faults.fault = () => undefined;
  await button(page, 'Resume').click();
  await expectDelivered(page, delivery);
});

test('row 33: a network that comes and goes costs nothing, and it goes on within 5 s of coming back', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': 30 * MIB, 'b.7z': 10 * MIB });
  delivery.faults.rate = 8 * MIB;
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  for (const goal of [4 * MIB, 10 * MIB, 16 * MIB]) {
    await expect.poll(() => delivery.faults.bytes()).toBeGreaterThan(goal);
    await delivery.faults.unplug();
    await expect(page.locator('[data-state="waiting"]').first()).toBeVisible();
    await expect(statusOf(page)).toContainText('No network. Everything is kept');
    const before = delivery.faults.bytes();
    await delivery.faults.plugIn();
    await expect.poll(() => delivery.faults.bytes(), { timeout: 5_000, intervals: [50] }).toBeGreaterThan(before);
  }
  delivery.faults.rate = undefined;
  await expectDelivered(page, delivery);
  await expectNothingTwice(page);
});

test('row 33: the browser says offline, then online: it goes on within 5 s', async ({ customer, deliver }) => {
  const delivery = await deliver({ 'a.7z': 30 * MIB, 'b.7z': MIB });
  delivery.faults.rate = 8 * MIB;
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await expect.poll(() => delivery.faults.bytes()).toBeGreaterThan(4 * MIB);
  await page.context().setOffline(true);
  await expect(statusOf(page)).toContainText('No network. Everything is kept');
  const before = delivery.faults.bytes();
  await page.context().setOffline(false);
  await expect.poll(() => delivery.faults.bytes(), { timeout: 5_000, intervals: [50] }).toBeGreaterThan(before);
  delivery.faults.rate = undefined;
  await expectDelivered(page, delivery);
  await expectNothingTwice(page);
});

test('row 42: a storage node that dies in the middle and comes back', async ({ customer, deliver }) => {
  const delivery = await deliver({ 'a.7z': 30 * MIB, 'b.7z': MIB }, { elsewhere: true });
  delivery.faults.rate = 8 * MIB;
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await expect.poll(() => delivery.faults.bytes()).toBeGreaterThan(6 * MIB);
  const dying = delivery.faults.served.filter(({ endedAt }) => endedAt === undefined).length;
  expect(dying).toBeGreaterThan(0);
  delivery.faults.fault = () => ({ kind: 'reset', after: 0 });
  delivery.faults.cut();
  await expect(statusOf(page)).toContainText('cannot be reached');
  delivery.faults.fault = () => undefined;
  delivery.faults.rate = undefined;
  await expectDelivered(page, delivery);
  await expectNothingTwice(page);
});

test('row 45: a proxy that asks for a password is named as what it is: the store cannot be reached', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver(SIZES, { elsewhere: true });
  delivery.faults.fault = () => ({ kind: 'status', status: 407, headers: { 'Proxy-Authenticate': 'Basic' } });
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await expect(page.locator('[data-state="waiting"]').first()).toBeVisible();
  await expect(statusOf(page)).toContainText('cannot be reached');
  delivery.faults.fault = () => undefined;
  await expectDelivered(page, delivery);
});

test('row 45: a store whose TLS is broken open is named, and goes on when that is over', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver(SIZES, { elsewhere: true });
  const plain = delivery.faults.serviceFault;
  const edit = (body: string): string => body.replaceAll('http://localhost', 'https://127.0.0.1');
  delivery.faults.serviceFault = (path) => (path.endsWith('/grants') ? { kind: 'edit', edit } : undefined);
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await expect(statusOf(page)).toContainText('cannot be reached');
  delivery.faults.serviceFault = plain;
  await page.reload(); // the grants in memory name the broken address
  await expectDelivered(page, delivery);
});
