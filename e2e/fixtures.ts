import { expect, test as base, type Page } from '@playwright/test';
import { Customer, savedFiles } from './customer.ts';
import { deliver, type Delivery } from './delivery.ts';

/**
 * A test gets a customer, and a way to have orders delivered; both are cleared away at its end. `appFolder` is another build than
 * the one in dist/ (builds.ts).
 */
export const test = base.extend<{
  appFolder: string | undefined;
  customer: Customer;
  deliver: typeof deliver;
}>({
  appFolder: [undefined, { option: true }],
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the parameters' names
  customer: async ({}, use) => {
    const customer = new Customer();
    await use(customer);
    await customer.close();
  },
  deliver: async ({ appFolder }, use) => {
    const deliveries: Delivery[] = [];
    await use(async (sizes, options) => {
      const delivery = await deliver(sizes, { ...(appFolder !== undefined && { appFolder }), ...options });
      deliveries.push(delivery);
      return delivery;
    });
    for (const delivery of deliveries) await delivery.stop();
    for (const { faults } of deliveries) expect(faults.missed(), 'faults that never came to pass').toEqual([]);
  },
});

/** Waits until the order of this page is done, and compares the hash of every file in the folder. */
export async function expectDelivered(page: Page, delivery: Delivery): Promise<void> {
  await expect(page.locator('[data-state="done"]').first()).toBeVisible({ timeout: 90_000 });
  const saved = await savedFiles(page);
  for (const [path, hash] of delivery.hashes) expect(saved.get(`A-1042/${path}`), path).toBe(hash);
}

export { expect };
