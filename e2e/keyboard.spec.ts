import type { Page } from '@playwright/test';
import { MIB } from './delivery.ts';
import { expect, expectDelivered, test } from './fixtures.ts';

/** What has the keyboard, by its name. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element?.getAttribute('aria-label') ?? element?.textContent?.trim() ?? '';
  });
}

/** Presses Tab until `name` has the keyboard. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let stop = 0; stop < 60; stop++) {
    if ((await focused(page)) === name) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not come to ${name}.`);
}

test('from the link to the saved files without a mouse', async ({ customer, deliver }) => {
  const delivery = await deliver({ 'a.7z': 2 * MIB, 'b.7z': MIB });
  const page = await customer.open(delivery.app);
  await tabTo(page, 'Add links');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('textbox', { name: 'Links' })).toBeFocused();
  await page.keyboard.insertText(delivery.link);
  await tabTo(page, 'Add');
  await page.keyboard.press('Enter');
  await tabTo(page, 'Start');
  await page.keyboard.press('Enter');
  await expectDelivered(page, delivery);
  // the button is gone: the keyboard is on the page, not lost
  await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('HF-APP');
  await tabTo(page, 'Details of a.7z');
  await page.keyboard.press('Enter');
  await tabTo(page, 'Copy SHA-256');
});
