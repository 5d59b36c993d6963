import type { Page } from '@playwright/test';
import { seededRandom, type Random } from '../src/worker/testing/random.ts';
import { button, type Customer } from './customer.ts';
import { MIB, type Delivery } from './delivery.ts';
import type { Fault } from './fault.ts';
import { expect, expectDelivered, test } from './fixtures.ts';

// what was lost once counts
test.describe.configure({ retries: 0 });

// Only in `npm run test:deep`: a bad hour. HOLDFAST_SOAK_MINUTES gives another length.
const MINUTES = Number(process.env['HOLDFAST_SOAK_MINUTES'] ?? 60);
const SEED = Number(process.env['HOLDFAST_SEED'] ?? Math.floor(Math.random() * 1e9));
const FILES = 200;
/** This share of all requests for bytes is answered wrongly. */
const FAULTY = 0.05;

const FAULTS: readonly ((chance: Random) => Fault)[] = [
  (chance) => ({ kind: 'drop', after: Math.floor(chance() * MIB) }),
  (chance) => ({ kind: 'reset', after: Math.floor(chance() * MIB) }),
  (chance) => ({ kind: 'corrupt', at: Math.floor(chance() * MIB) }),
  (chance) => ({ kind: 'short', by: Math.floor(chance() * MIB) }),
  () => ({ kind: 'long', by: 1000 }),
  () => ({ kind: 'whole-file' }),
  () => ({ kind: 'content-range', change: (truth) => truth.replace(/\d+$/, '7') }),
  () => ({ kind: 'etag', etag: '"another"' }),
  () => ({ kind: 'status', status: 403 }),
  () => ({ kind: 'status', status: 500 }),
  () => ({ kind: 'status', status: 503, headers: { 'Retry-After': '1' } }),
  () => ({ kind: 'status', status: 429 }),
  () => ({ kind: 'drip', rate: 200_000 }),
  (chance) => ({ kind: 'stall', after: Math.floor(chance() * MIB) }),
];

test('an hour of bad luck: every hash is right at its end, and the memory has grown by a quarter at most', async ({
  customer,
  deliver,
}) => {
  test.skip(process.platform !== 'linux', 'finds the processes of the browser in /proc');
  test.setTimeout((MINUTES + 20) * 60_000);
  console.log(`Soak of ${MINUTES} minutes, seed ${SEED}`);
  const chance = seededRandom(SEED);
  const sizeOf = (i: number): number => (i % 50 === 0 ? 20 * MIB : Math.floor(chance() * 3 * MIB));
  const delivery = await deliver(
    Object.fromEntries(Array.from({ length: FILES }, (_, i) => [`lot-${i % 7}/chip-${i}.7z`, sizeOf(i)])),
  );
  delivery.faults.rate = 12 * MIB;
  delivery.faults.fault = () =>
    chance() < FAULTY ? FAULTS[Math.floor(chance() * FAULTS.length)]?.(chance) : undefined;
  const half = performance.now() + MINUTES * 30_000;
  const end = half + MINUTES * 30_000;
  const count = { rounds: 0, kills: 0, outages: 0 };

  while (performance.now() < half) await round(customer, delivery, chance, count, true);
  let page = await round(customer, delivery, chance, count, false);
  const before = await memory(customer, page);
  do page = await round(customer, delivery, chance, count, false);
  while (performance.now() < end);
  const after = await memory(customer, page);
  console.log(
    `${count.rounds} times ${FILES} files, ${count.kills} kills, ${count.outages} outages, ${delivery.faults.served.length} ` +
      `answers with bytes; browser ${Math.round(before / MIB)} MiB after its first order, ${Math.round(after / MIB)} MiB after its last`,
  );
  expect(after).toBeLessThan(before * 1.25 + 64 * MIB);
});

async function memory(customer: Customer, page: Page): Promise<number> {
  await page.requestGC();
  return customer.memory();
}

/** One delivery of the whole order, with outages and, when wanted, kills. Returns the page with the order done. */
async function round(
  customer: Customer,
  delivery: Delivery,
  chance: Random,
  count: { rounds: number; kills: number; outages: number },
  kills: boolean,
): Promise<Page> {
  let page = await customer.open(delivery.app);
  if (count.rounds > 0) await removeAll(page);
  await page.goto(delivery.link);
  await button(page, 'Start').click();
  const address = page.url();
  const latest = performance.now() + 20 * 60_000;
  for (let step = 1; !(await page.locator('[data-state="done"]').first().isVisible()); step++) {
    expect(performance.now(), 'it hangs').toBeLessThan(latest);
    await pass(1000 + chance() * 4000);
    if (kills && step % 3 === 0) {
      await customer.kill();
      count.kills++;
      page = await customer.open(address);
    } else if (step % 4 === 0) {
      await delivery.faults.unplug();
      count.outages++;
      await pass(500 + chance() * 2500);
      await delivery.faults.plugIn();
    }
    // three damaged answers in a row for one file are bad luck here; a customer presses Retry
    for (const retry of await page.getByRole('button', { name: 'Retry' }).all()) {
      await retry.click({ timeout: 1000 }).catch(() => undefined);
    }
  }
  await expectDelivered(page, delivery);
  count.rounds++;
  return page;
}

const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** As if the customer had taken the files elsewhere and removed the order. */
async function removeAll(page: Page): Promise<void> {
  await page.getByRole('list', { name: 'Orders' }).getByRole('listitem').first().getByRole('link').first().click();
  await button(page, 'Remove').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
  await expect(page.locator('[data-order]')).toHaveCount(0);
  await page.evaluate(async () => {
    const picked = await (await navigator.storage.getDirectory()).getDirectoryHandle('picked', { create: true });
    await picked.removeEntry('A-1042', { recursive: true }).catch(() => undefined);
  });
}
