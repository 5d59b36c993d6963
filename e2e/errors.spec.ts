import { createHash } from 'node:crypto';
import { MIB } from './delivery.ts';
import { expect, test } from './fixtures.ts';

test('bad links are refused in words, and nothing is listed', async ({ customer, deliver }) => {
  const { link, app } = await deliver({ 'a.7z': MIB });
  const key = /key=([^&]*)/.exec(link)?.[1] ?? '';
  const other = createHash('sha256').update(key).digest('base64url');
  const bad = {
    'cut off': link.slice(0, -10),
    'wrong key': link.replace(key, other),
    'unknown order': link.replace('A-1042', 'A-9999'),
    'another manifest': link.replace(/manifest=.*/, `manifest=${'0'.repeat(64)}`),
  };
  const page = await customer.open(app);
  for (const [what, address] of Object.entries(bad)) {
    await page.goto('about:blank');
    await page.goto(address);
    await expect(page.getByRole('alert'), what).toBeVisible();
    await expect(page.locator('[data-order]'), what).toHaveCount(0);
  }
});
