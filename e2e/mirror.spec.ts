import { button } from './customer.ts';
import { makeBucket, MIB, STORE, type Delivery } from './delivery.ts';
import { expect, expectDelivered, test } from './fixtures.ts';

/** Where a folder store stands for two, its second URL says so. */
const MARK = '&from=mirror';

/** Gives every grant a second URL, as a service with a mirror does. */
function pretendMirror({ faults }: Delivery): void {
  const edit = (body: string): string => {
    const reply = JSON.parse(body) as { grants: { url: string; mirrors?: string[] }[] };
    for (const grant of reply.grants) grant.mirrors = [`${grant.url}${MARK}`];
    return JSON.stringify(reply);
  };
  faults.serviceFault = (path) => (path.endsWith('/grants') ? { kind: 'edit', edit } : undefined);
}

test('the first store goes down in the middle: the rest comes from the mirror, and nothing twice', async ({
  customer,
  deliver,
}) => {
  const mirror =
    STORE === 's3' ? `s3://${await makeBucket()}?endpoint=${process.env['HOLDFAST_TEST_S3_ENDPOINT']}` : '';
  const sizes = { 'a.7z': 20 * MIB, 'b.7z': 12 * MIB, 'c.7z': MIB };
  const delivery = await deliver(sizes, { serve: mirror === '' ? [] : ['--mirror', mirror] });
  if (mirror === '') pretendMirror(delivery);
  else await delivery.publish('--mirror', mirror);
  const { faults } = delivery;
  faults.rate = 8 * MIB;
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await expect.poll(() => faults.bytes()).toBeGreaterThan(8 * MIB);
  faults.fault = (path) => (path.endsWith(MARK) ? undefined : { kind: 'status', status: 503 });
  faults.cut();
  faults.rate = undefined;
  await expectDelivered(page, delivery);
  expect(faults.sentTwice()).toBeLessThan(MIB);
  const fromFirst = faults.served.filter(({ path }) => !path.endsWith(MARK)).reduce((sum, { bytes }) => sum + bytes, 0);
  expect(fromFirst).toBeLessThan(delivery.bytes);
});
