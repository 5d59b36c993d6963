import { button } from './customer.ts';
import { MIB } from './delivery.ts';
import { expect, expectDelivered, test } from './fixtures.ts';

test('files of a bundle arrive each on its own, and each byte travels once', async ({ customer, deliver }) => {
  const delivery = await deliver({
    'a.bin': 3 * MIB + 7,
    'empty.log': 0,
    'sub/晶片.bin': 17 * MIB,
    'too-big-for-a-bundle.bin': 40 * MIB,
  });
  const { link, earlier, files } = await delivery.publish('--bundle', '32MiB');
  // the same bytes in other objects are another manifest, and no other content
  expect(earlier).toMatchObject({ added: [], removed: [], changed: [] });
  expect(files.map(({ offset }) => offset !== undefined)).toEqual([true, true, true, false]);
  const page = await customer.open(link);
  await button(page, 'Start').click();
  await expectDelivered(page, delivery);
  expect(delivery.faults.bytes()).toBe(delivery.bytes);
});
