import { button } from './customer.ts';
import { MIB } from './delivery.ts';
import { expect, expectDelivered, test } from './fixtures.ts';

test('a grant that expires in the middle is renewed by itself', async ({ customer, deliver }) => {
  const delivery = await deliver({ 'a.7z': 10 * MIB, 'b.7z': 10 * MIB });
  const expired = new Set<string>();
  delivery.faults.fault = (path) => {
    const object = path.split('?')[0] as string;
    if (expired.has(object)) return undefined;
    expired.add(object);
    return { kind: 'status', status: 403 };
  };
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await expectDelivered(page, delivery);
  expect(expired.size).toBe(2);
  expect(delivery.faults.bytes(), 'no byte travels twice').toBe(delivery.bytes);
});

test('one flipped byte costs one piece', async ({ customer, deliver }) => {
  const delivery = await deliver({ 'a.7z': 30 * MIB });
  let flips = 1;
  delivery.faults.fault = () => (flips-- > 0 ? { kind: 'corrupt', at: MIB } : undefined);
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await expectDelivered(page, delivery);
  expect(delivery.faults.bytes()).toBe(delivery.bytes + 8 * MIB);
});

test('a source that is always damaged fails with its piece named, and no wrong byte is saved', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': 2 * MIB, 'b.7z': MIB });
  delivery.faults.fault = (path) => (path.includes('a.7z') ? { kind: 'corrupt', at: 5 } : undefined);
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await expect(page.locator('[data-status="failed"]')).toContainText('1');
  await expect(page.locator('[data-status="saved"]')).toHaveCount(1);
});

test('dropped connections and busy answers heal by themselves', async ({ customer, deliver }) => {
  const delivery = await deliver({ 'a.7z': 20 * MIB });
  let round = 0;
  delivery.faults.fault = () => {
    round++;
    if (round === 1) return { kind: 'drop', after: 3 * MIB };
    if (round === 2) return { kind: 'status', status: 503, headers: { 'Retry-After': '1' } };
    if (round === 3) return { kind: 'status', status: 500 };
    return undefined;
  };
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await expectDelivered(page, delivery);
  expect(round).toBeGreaterThan(3);
});
