import { startMinio } from '../scripts/minio.mjs';
import { button } from './customer.ts';
import { MIB } from './delivery.ts';
import { expect, expectDelivered, test } from './fixtures.ts';

const ENDPOINT = 'HOLDFAST_TEST_S3_ENDPOINT';
const suite = process.env[ENDPOINT];
let minio: Awaited<ReturnType<typeof startMinio>>;

// orders of this file are in a MinIO of its own
test.beforeAll(async () => {
  minio = await startMinio(4);
  process.env[ENDPOINT] = minio.endpoint;
});
test.afterAll(async () => {
  process.env[ENDPOINT] = suite;
  await minio.stop();
});

test('one of MinIO’s four drives is lost in the middle of a download: it goes on, and every byte is right', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': 60 * MIB, 'b.7z': 30 * MIB + 1, 'c.7z': 20 * MIB });
  delivery.faults.rate = 10 * MIB;
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await expect.poll(() => delivery.faults.bytes()).toBeGreaterThan(10 * MIB);
  minio.loseDrive();
  expect(delivery.faults.bytes()).toBeLessThan(60 * MIB);
  delivery.faults.rate = undefined;
  await expectDelivered(page, delivery);
  await expect(page.getByRole('alert')).toHaveCount(0);
});
