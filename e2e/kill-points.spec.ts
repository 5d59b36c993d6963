import type { Page } from '@playwright/test';
import { copyApp, INSTRUMENTED, releaseAgain } from './builds.ts';
import { button, type Customer } from './customer.ts';
import { MIB, type Delivery } from './delivery.ts';
import { expect, expectDelivered, test } from './fixtures.ts';
import { journalLog } from './inside.ts';
import { seededRandom } from '../src/worker/testing/random.ts';
import { describeTwice, received } from './write-log.ts';

// what was lost once counts
test.describe.configure({ retries: 0 });

// `kill -9` of the whole browser at named points of the work: the instrumented app asks there, and waits.
test.use({ appFolder: INSTRUMENTED });
const POINTS = [
  'part written',
  'recovery', // of what the kill before left
  'part flushed',
  'journaled downloading',
  'journaled verified',
  'journaled saving',
  'saving',
  'saved file written',
  'saved file closed',
  'journaled saved',
  'part to be removed',
  'part removed',
];
/** `npm run test:deep` wants 200 in all. */
const KILLS = Number(process.env['HOLDFAST_KILLS'] ?? POINTS.length);
const SEED = Number(process.env['HOLDFAST_SEED'] ?? Math.floor(Math.random() * 1e9));
const KILLS_AN_ORDER = 2 * POINTS.length;

test.beforeEach(() => test.skip(process.platform !== 'linux', 'finds the processes of the browser in /proc'));

/** Kills the browser when the engine that starts next comes to `name` for the `nth` time; resolves when it is dead. */
function killAt(customer: Customer, { faults }: Delivery, name: string, nth: number): Promise<void> {
  let left = nth;
  return new Promise((resolve, reject) => {
    const reached = (): Promise<void> => {
      if (--left > 0) return Promise.resolve();
      if (left === 0) {
        customer.kill().then(() => {
          faults.point = undefined;
          resolve();
        }, reject);
      }
      return new Promise<never>(() => undefined);
    };
    faults.point = { name, reached };
  });
}

async function expectEnd(page: Page, delivery: Delivery): Promise<void> {
  await expectDelivered(page, delivery);
  const [first, ...afterKills] = (await received(page)).twice;
  const sent = (delivery.faults.sentTwice() / MIB).toFixed(2);
  console.log(`${describeTwice(afterKills)}; sent twice in all, buffers on the way included: ${sent} MiB`);
  expect(first).toBe(0);
  for (const bytes of afterKills) expect(bytes).toBeLessThanOrEqual(4 * MIB);
  expect(await journalLog(page), 'the browser kept the journal').not.toContain('copy');
}

test(`row 3: killed at ${KILLS} named points, it goes on by itself and ends right`, async ({ customer, deliver }) => {
  test.setTimeout(60_000 + KILLS * 20_000);
  console.log(`Seed of the kills: ${SEED}`);
  const chance = seededRandom(SEED);
  for (let done = 0; done < KILLS;) {
    const kills = Math.min(KILLS - done, KILLS_AN_ORDER);
    // a file for each kill, so that there is always one left to be saved
    const sizes = Object.fromEntries(Array.from({ length: kills + 2 }, (_, i) => [`chip-${i}.7z`, 9 * MIB + i]));
    const delivery = await deliver(sizes);
    for (let kill = 0; kill < kills; kill++, done++) {
      const point = POINTS[done % POINTS.length] as string;
      const most = point === 'part written' ? 6 : point === 'recovery' ? 1 : 2;
      const killed = killAt(customer, delivery, point, 1 + Math.floor(chance() * most));
      // the kill may come while the page still loads
      const opened = customer.open(kill === 0 ? delivery.link : delivery.app).catch(() => undefined);
      if (kill === 0) await button((await opened) as Page, 'Start').click({ noWaitAfter: true });
      await test.step(point, () => killed);
      await opened;
    }
    await expectEnd(await customer.open(delivery.app), delivery);
    await customer.forget();
  }
});

test('row 3: killed while a new version of the app takes over, it goes on by itself', async ({ customer, deliver }) => {
  const app = copyApp();
  const delivery = await deliver({ 'a.7z': 24 * MIB, 'b.7z': MIB }, { appFolder: app });
  delivery.faults.rate = 6 * MIB;
  let page = await customer.open(delivery.link);
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await page.reload(); // the first visit has no service worker that could be replaced
  await button(page, 'Start').click();
  await expect.poll(() => delivery.faults.bytes()).toBeGreaterThan(2 * MIB);
  const point = 'activates';
  const ask = `fetch('/test-point/${point}')`;
  releaseAgain(app, `self.addEventListener('activate', (event) => event.waitUntil(${ask}));`);
  const killed = killAt(customer, delivery, point, 1);
  await page.evaluate(async () => {
    await (await navigator.serviceWorker.getRegistration())?.update();
  });
  await button(page, 'Reload').click({ noWaitAfter: true });
  await killed;
  page = await customer.open(delivery.app);
  delivery.faults.rate = undefined;
  await expectDelivered(page, delivery);
});
