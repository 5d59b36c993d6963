import { button, savedFiles, savedText } from './customer.ts';
import { MIB } from './delivery.ts';
import { expect, expectDelivered, test } from './fixtures.ts';

test('an order arrives in the folder, every hash right', async ({ customer, deliver }) => {
  const delivery = await deliver({
    'chip-001.7z': 20 * MIB,
    'chip-002.7z': 17 * MIB + 12_345,
    'empty.log': 0,
    '芯片-003（复测）.7z': 9 * MIB,
    'reports/lot 7/summary.csv': 4096,
    'one-byte': 1,
  });
  const page = await customer.open(delivery.link);
  await expect(page.getByRole('heading', { name: 'Lot 7' })).toBeVisible();
  await expect(button(page, 'Start')).toBeVisible();
  expect(page.url(), 'the key leaves the address bar').not.toContain('key=');
  await button(page, 'Start').click();
  await expectDelivered(page, delivery);

  await expect(page.locator('[data-status="saved"]')).toHaveCount(6);
  expect((await savedFiles(page)).size, 'the files and SHA256SUMS, nothing else').toBe(7);
  const sums = await savedText(page, 'A-1042', 'SHA256SUMS');
  const lines = [...delivery.hashes].map(([path, hash]) => `${hash}  ${path}\n`);
  expect(sums.split('\n').sort()).toEqual(lines.join('').split('\n').sort());
  expect(delivery.faults.bytes(), 'each byte travels once').toBe(delivery.bytes);
});
