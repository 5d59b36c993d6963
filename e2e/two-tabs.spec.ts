import { INSTRUMENTED } from './builds.ts';
import { button } from './customer.ts';
import { MIB } from './delivery.ts';
import { expect, expectDelivered, test } from './fixtures.ts';
import { expectNothingTwice } from './write-log.ts';

test.use({ appFolder: INSTRUMENTED });

test('a second window shows the same, commands, and takes over', async ({ customer, deliver }) => {
  const delivery = await deliver({ 'a.7z': 20 * MIB, 'b.7z': 20 * MIB });
  delivery.faults.rate = 6 * MIB;
  const first = await customer.open(delivery.link);
  await button(first, 'Start').click();
  await expect(button(first, 'Pause')).toBeVisible();

  const second = await customer.open(first.url());
  await button(second, 'Pause').click();
  await expect(button(first, 'Resume')).toBeVisible();
  await button(second, 'Resume').click();
  await expect(button(first, 'Pause')).toBeVisible();

  await first.close();
  delivery.faults.rate = undefined;
  await expectDelivered(second, delivery);
  await expectNothingTwice(second);
});
