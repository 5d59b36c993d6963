import { rmSync } from 'node:fs';
import { clockShift, copyApp, INSTRUMENTED, releaseAgain, shiftWorkerClock } from './builds.ts';
import { button } from './customer.ts';
import { MIB, type Delivery } from './delivery.ts';
import { expect, expectDelivered, test } from './fixtures.ts';
import { engineOf, expectQuiet } from './inside.ts';
import { expectNothingTwice } from './write-log.ts';

// What can happen to the page, its worker and its version while it downloads.
const SIZES = { 'a.7z': 30 * MIB, 'b.7z': 10 * MIB };

test.use({ appFolder: INSTRUMENTED });

const past = (delivery: Delivery, bytes: number): Promise<void> =>
  expect.poll(() => delivery.faults.bytes(), { intervals: [20] }).toBeGreaterThan(bytes);

test('row 8: when the window that downloads is closed, another one goes on within 5 s', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver(SIZES);
  delivery.faults.rate = 6 * MIB;
  const first = await customer.open(delivery.link);
  await button(first, 'Start').click();
  const second = await customer.open(first.url());
  await expect(second.getByText('running in another window')).toBeVisible();
  await past(delivery, 4 * MIB);
  await first.close();
  const before = delivery.faults.served.length;
  await expect.poll(() => delivery.faults.served.length, { timeout: 5_000, intervals: [50] }).toBeGreaterThan(before);
  delivery.faults.rate = undefined;
  await expectDelivered(second, delivery);
  await expectNothingTwice(second);
});

for (const [name, what] of [
  ['a computer that sleeps', 'computer'],
  ['a tab that is frozen', 'tabs'],
] as const) {
  test(`row 10: ${name} asks for nothing; awake again, it goes on with new connections`, async ({
    customer,
    deliver,
  }) => {
    test.skip(process.platform !== 'linux', 'finds the processes of the browser in /proc');
    // more than the buffers on the way hold
    const delivery = await deliver({ 'a.7z': 100 * MIB, 'b.7z': MIB });
    const { faults } = delivery;
    faults.rate = 6 * MIB;
    const page = await customer.open(delivery.link);
    await button(page, 'Start').click();
    await past(delivery, 4 * MIB);
    customer.sleep(what);
    const stale = faults.served.filter(({ endedAt }) => endedAt === undefined);
    const { asked, connections } = faults;
    // long enough to be a sleep: src/worker/waking.ts
    await expectQuiet(() => faults.asked, 'nothing is asked for in a sleep', 7_000);
    expect(faults.asked).toBe(asked);
    expect(stale.length, 'connections that the store still thinks well of').toBeGreaterThan(0);
    customer.wake();
    await expect.poll(() => stale.every(({ endedAt }) => endedAt !== undefined), 'they are dropped').toBe(true);
    const cutShort = stale.filter(({ range, bytes }) => range && bytes < range.end - range.start);
    expect(cutShort.length, 'not read to their end').toBeGreaterThan(0);
    await past(delivery, faults.bytes());
    expect(faults.connections).toBeGreaterThan(connections);
    faults.rate = undefined;
    await expectDelivered(page, delivery);
    await expectNothingTwice(page);
  });
}

test('row 10: a tab that was discarded goes on when it is opened again', async ({ customer, deliver }) => {
  const delivery = await deliver(SIZES);
  delivery.faults.rate = 6 * MIB;
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await past(delivery, 4 * MIB);
  const cdp = await page.context().newCDPSession(page);
  const crashed = page.waitForEvent('crash');
  void cdp.send('Page.crash').catch(() => undefined); // the renderer ends as it does for a discarded tab
  await crashed;
  await page.close();
  const again = await customer.open(delivery.app);
  delivery.faults.rate = undefined;
  await expectDelivered(again, delivery);
  await expectNothingTwice(again);
});

test('row 11: a new version waits while it downloads; applied, it goes on with the data of the old one', async ({
  customer,
  deliver,
}) => {
  const app = copyApp();
  try {
    const delivery = await deliver(SIZES, { appFolder: app });
    delivery.faults.rate = 6 * MIB;
    const page = await customer.open(delivery.link);
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await page.reload(); // the first visit has no service worker that could be replaced
    await button(page, 'Start').click();
    await past(delivery, 4 * MIB);
    releaseAgain(app);
    await page.evaluate(async () => {
      await (await navigator.serviceWorker.getRegistration())?.update();
    });
    await expect(page.getByText('A new version is here')).toBeVisible();
    await expect(page.locator('body[data-release]'), 'it waits').toHaveCount(0);
    const before = delivery.faults.bytes();
    await past(delivery, before + 2 * MIB);
    await button(page, 'Reload').click();
    await expect(page.locator('body[data-release="2"]')).toBeVisible();
    delivery.faults.rate = undefined;
    await expectDelivered(page, delivery);
    await expectNothingTwice(page);
  } finally {
    rmSync(app, { recursive: true });
  }
});

for (const days of [-1, 1]) {
  test(`row 32: a clock that is a day ${days < 0 ? 'behind' : 'ahead'} changes nothing`, async ({
    customer,
    deliver,
  }) => {
    const app = copyApp();
    try {
      shiftWorkerClock(app, days * 86_400_000);
      const delivery = await deliver(SIZES, { appFolder: app });
      const page = await customer.open('about:blank');
      await page.addInitScript(clockShift(days * 86_400_000));
      await page.goto(delivery.link);
      const now = await (await engineOf(page)).evaluate(() => Date.now());
      expect(Math.abs(now - Date.now() - days * 86_400_000), 'the clock is off').toBeLessThan(60_000);
      let dropped = false;
      delivery.faults.fault = () => {
        if (dropped) return undefined;
        dropped = true;
        return { kind: 'drop', after: 5 * MIB };
      };
      await button(page, 'Start').click();
      await expectDelivered(page, delivery);
      await expectNothingTwice(page);
    } finally {
      rmSync(app, { recursive: true });
    }
  });
}

for (const [how, end, within] of [
  ['ends', () => self.close(), 8_000],
  [
    'hangs',
    () => {
      setTimeout(() => {
        for (;;);
      });
    },
    25_000,
  ],
] as const) {
  test(`row 40: an engine that ${how} is noticed, restarted, and goes on where it was`, async ({
    customer,
    deliver,
  }) => {
    const delivery = await deliver(SIZES);
    delivery.faults.rate = 6 * MIB;
    const page = await customer.open(delivery.link);
    await button(page, 'Start').click();
    await past(delivery, 4 * MIB);
    const engine = await engineOf(page);
    await engine.evaluate(end).catch(() => undefined);
    const another = async (): Promise<boolean> => (await engineOf(page)) !== engine;
    await expect.poll(another, { timeout: within, intervals: [100], message: 'another engine' }).toBe(true);
    delivery.faults.rate = undefined;
    await expectDelivered(page, delivery);
    await expectNothingTwice(page);
  });
}
