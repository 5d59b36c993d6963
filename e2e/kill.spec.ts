import type { Locator, Page } from '@playwright/test';
import { INSTRUMENTED } from './builds.ts';
import { button } from './customer.ts';
import { MIB } from './delivery.ts';
import { expect, expectDelivered, test } from './fixtures.ts';
import { describeTwice, received } from './write-log.ts';

test.use({ appFolder: INSTRUMENTED });

const KILLS = 5;
/** A small order, or with HOLDFAST_E2E_LARGE=1 the one that customers have. Bytes, and bytes per second. */
const ORDER =
  process.env['HOLDFAST_E2E_LARGE'] === '1'
    ? { files: 10, size: 100_000_000, rate: 60 * MIB }
    : { files: 6, size: 12 * MIB, rate: 8 * MIB };

/** What the order's page says at once: whole percent, files, bytes fetched twice. */
async function shown(page: Page): Promise<{ percent: number; files: number; twice: number }> {
  const fact = (label: string): Locator => page.locator('dl div', { hasText: label }).locator('dd');
  const percent = parseFloat(await page.locator('.now .percent').innerText());
  const files = parseFloat(await fact('files saved').innerText());
  const [, amount = '0', unit = 'bytes'] = /^([\d.]+)\s(\w+)$/.exec(await fact('fetched twice').innerText()) ?? [];
  return { percent, files, twice: Number(amount) * ({ kB: 1e3, MB: 1e6, GB: 1e9 }[unit] ?? 1) };
}

test('killed five times, the order goes on by itself and ends right', async ({ customer, deliver }) => {
  test.skip(process.platform !== 'linux', 'finds the processes of the browser in /proc');
  test.setTimeout(240_000);
  const { files, size, rate } = ORDER;
  const delivery = await deliver(
    Object.fromEntries(Array.from({ length: files }, (_, i) => [`chip-${i}.7z`, size + i])),
  );
  delivery.faults.rate = rate;
  let page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  for (let kill = 1; kill <= KILLS; kill++) {
    const goal = (delivery.bytes * kill) / (KILLS + 1);
    await expect.poll(() => delivery.faults.bytes(), { timeout: 60_000, intervals: [50] }).toBeGreaterThan(goal);
    const before = await shown(page);
    await customer.kill();
    page = await customer.open(`${delivery.app}/#/order/${delivery.published.manifest}`);
    const after = await shown(page);
    expect(after.percent, 'the percentage before and after a kill').toBeGreaterThanOrEqual(before.percent);
    expect(after.files, 'saved files before and after a kill').toBeGreaterThanOrEqual(before.files);
    expect(after.twice, 'what was fetched twice is never forgotten').toBeGreaterThanOrEqual(before.twice);
  }
  delivery.faults.rate = undefined;
  await expectDelivered(page, delivery);

  const [first, ...afterKills] = (await received(page)).twice;
  const sent = `${delivery.faults.bytes() - delivery.bytes} bytes sent twice, buffers on the way included`;
  test.info().annotations.push({ type: 'kills', description: sent });
  console.log(`${describeTwice(afterKills)}; ${sent}`);
  expect(first).toBe(0);
  expect(afterKills).toHaveLength(KILLS);
  expect(Math.max(...afterKills)).toBeLessThanOrEqual(4 * MIB);
});
