import { INSTRUMENTED } from './builds.ts';
import { button } from './customer.ts';
import { MIB } from './delivery.ts';
import { expect, expectDelivered, test } from './fixtures.ts';
import { expectFile, expectQuiet, statusOf } from './inside.ts';
import { expectNothingTwice } from './write-log.ts';

// Who may have the bytes, and for how long.
const SIZES = { 'a.7z': 10 * MIB, 'b.7z': 10 * MIB };
const GRANTS = /\/grants$/;

test.use({ appFolder: INSTRUMENTED });

for (const status of [400, 401, 403]) {
  test(`row 20: a grant that expires (${status}) is renewed once for the order, and no byte travels twice`, async ({
    customer,
    deliver,
  }) => {
    const delivery = await deliver(SIZES);
    const refused = new Set<string>();
    let renewals = 0;
    delivery.faults.serviceFault = (path) => {
      if (GRANTS.test(path)) renewals++;
      return undefined;
    };
    delivery.faults.fault = (_path, { object }) => {
      if (refused.has(object)) return undefined;
      refused.add(object);
      return { kind: 'status', status };
    };
    const page = await customer.open(delivery.link);
    await button(page, 'Start').click();
    await expectDelivered(page, delivery);
    expect(delivery.faults.bytes()).toBe(delivery.bytes);
    expect(renewals, 'the first grants, and at most one renewal a file').toBeLessThanOrEqual(3);
  });
}

test('row 20: a grant that is about to expire is renewed ahead of time, and is never refused', async ({
  customer,
  deliver,
}) => {
  // 30 s before its end a grant is not used any more: one of 33 s lives for three
  const delivery = await deliver({ 'a.7z': 24 * MIB, 'b.7z': 24 * MIB }, { serve: ['--grant-expires', '33s'] });
  delivery.faults.rate = 8 * MIB;
  let renewals = 0;
  delivery.faults.serviceFault = (path) => {
    if (GRANTS.test(path)) renewals++;
    return undefined;
  };
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await expectDelivered(page, delivery);
  expect(renewals).toBeGreaterThan(1);
  expect(delivery.faults.bytes()).toBe(delivery.bytes);
});

test('row 20: an order link whose key has expired waits for a fresh one, and keeps everything', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver(SIZES);
  delivery.faults.rate = 6 * MIB;
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await expect.poll(() => delivery.faults.bytes()).toBeGreaterThan(4 * MIB);
  const body = JSON.stringify({ code: 'key-expired', message: 'The key has expired.' });
  delivery.faults.serviceFault = (path) => (GRANTS.test(path) ? { kind: 'status', status: 403, body } : undefined);
  delivery.faults.fault = () => ({ kind: 'status', status: 403 });
  await button(page, 'Pause').click();
  await button(page, 'Resume').click();
  await expect(page.locator('[data-state="attention"]').first()).toBeVisible();
  await expect(statusOf(page)).toContainText('Any newer link from the sender goes on from here');

  delivery.faults.serviceFault = () => undefined;
  delivery.faults.fault = () => undefined;
  delivery.faults.rate = undefined;
  const fresh = await delivery.publish();
  await page.goto(fresh.link);
  await expectDelivered(page, delivery);
  await expectNothingTwice(page);
});

test('row 21: when the access is revoked the page says so, and what was saved stays', async ({ customer, deliver }) => {
  const delivery = await deliver({ 'a.7z': MIB, 'b.7z': 10 * MIB });
  delivery.faults.rate = 6 * MIB;
  let revoked = false;
  let asked = 0;
  delivery.faults.fault = (path) => {
    asked++;
    if (path.includes('a.7z')) return undefined;
    revoked = true;
    return { kind: 'status', status: 403 };
  };
  const body = JSON.stringify({ code: 'key-invalid', message: 'This key is not valid for the order.' });
  delivery.faults.serviceFault = (path) => {
    if (!GRANTS.test(path)) return undefined;
    asked++;
    return revoked ? { kind: 'status', status: 401, body } : undefined;
  };
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await expect(page.locator('[data-state="attention"]').first()).toBeVisible();
  await expect(statusOf(page)).toContainText('key');
  await expectFile(page, 'a.7z', 'saved');
  await expectQuiet(() => asked, 'no loop');
  const before = asked;
  await page.reload();
  await expectFile(page, 'a.7z', 'saved');
  await expect(page.locator('[data-state="attention"]').first()).toBeVisible();
  await expectQuiet(() => asked, 'no loop after a reload');
  expect(asked - before, 'one look at it').toBeLessThanOrEqual(2);
});

test('row 41: while the service is down, grants in memory keep working; then it waits and goes on by itself', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': 20 * MIB, 'b.7z': MIB });
  delivery.faults.rate = 6 * MIB;
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await expect.poll(() => delivery.faults.bytes()).toBeGreaterThan(MIB);
  let asked = 0;
  delivery.faults.serviceFault = (path) => {
    if (!path.startsWith('/api/')) return undefined;
    asked++;
    return { kind: 'status', status: 503, body: JSON.stringify({ code: 'service-unavailable', message: 'Down.' }) };
  };
  await expect.poll(() => delivery.faults.bytes()).toBeGreaterThan(12 * MIB);
  expect(asked, 'nothing has to be asked of the service').toBe(0);

  await page.reload(); // the grants in memory are gone
  await expect(page.locator('[data-state="waiting"]').first()).toBeVisible();
  await expect(statusOf(page)).toContainText('service does not answer');
  delivery.faults.serviceFault = () => undefined;
  delivery.faults.rate = undefined;
  await expectDelivered(page, delivery);
  await expectNothingTwice(page);
});
