import { MIB } from './delivery.ts';
import { button } from './customer.ts';
import { expect, expectDelivered, test } from './fixtures.ts';
import { startService } from './ui-fixtures.ts';

test('the key is gone from the address bar and from the history as soon as the order is open', async ({
  customer,
  deliver,
}) => {
  const { link } = await deliver({ 'a.7z': MIB });
  const page = await customer.open(link);
  await expect(button(page, 'Start')).toBeVisible();
  const key = /key=([^&]*)/.exec(link)?.[1] ?? 'no key';
  expect(page.url()).not.toContain(key);
  await page.getByRole('link', { name: 'All orders' }).click();
  await page.goBack();
  await page.goForward();
  const session = await page.context().newCDPSession(page);
  const { entries } = await session.send('Page.getNavigationHistory');
  // what was typed or clicked itself, the browser remembers until it is closed; no page can change that
  expect(entries.map(({ url }) => url).join(' ')).not.toContain(key);
  expect(
    await page.evaluate(() => [localStorage, sessionStorage].map((kept) => JSON.stringify(kept)).join()),
  ).not.toContain(key);
});

test('the page keeps its own strict policy through a whole delivery, and asks no other host for anything', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'a.7z': 9 * MIB, 'b.7z': MIB });
  const page = await customer.open('about:blank');
  const hosts = new Set<string>();
  page.context().on('request', (request) => hosts.add(new URL(request.url()).host));
  const complaints: string[] = [];
  page.context().on('console', (message) => complaints.push(message.text()));
  const response = await page.goto(delivery.link);
  const policy = response?.headers()['content-security-policy'] ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("require-trusted-types-for 'script'");
  expect(policy).not.toContain('unsafe');
  // what is looked at comes from the service worker, under the app's own address; no blob:, no data:, no other host
  expect(policy.split(';')).toEqual(expect.arrayContaining(["img-src 'self'", "media-src 'self'"]));
  await button(page, 'Start').click();
  await expectDelivered(page, delivery);
  for (const hash of ['#/', '#/settings', '#/help']) await page.goto(`${delivery.app}/${hash}`);
  await button(page, '中文').click();
  await expect(page.getByRole('heading', { name: '帮助' })).toBeVisible();
  expect(complaints.filter((text) => /polic|Trusted/i.test(text))).toEqual([]);
  // both of the machine's names for itself: the app, and the store that is signed for
  expect([...hosts].filter((host) => !/^(localhost|127\.0\.0\.1):/.test(host))).toEqual([]);
});

test('the browser itself refuses markup and scripts that nobody vouches for', async ({ customer, deliver }) => {
  const { app } = await deliver({ 'a.7z': 1 });
  const page = await customer.open(app);
  const refused = await page.evaluate(() => {
    const attempts: Record<string, () => unknown> = {
      markup: () => (document.body.innerHTML = '<b>x</b>'),
      script: () => (document.createElement('script').src = '/x.js'),
      worker: () => new Worker('/x.js'),
    };
    return Object.entries(attempts).map(([name, attempt]) => {
      try {
        attempt();
        return `${name} was let through`;
      } catch (error) {
        return error instanceof TypeError ? name : String(error);
      }
    });
  });
  expect(refused).toEqual(['markup', 'script', 'worker']);
});

test('a name is shown as it is written, and never interpreted', async ({ customer, deliver }) => {
  const name = '<img src=x onerror=document.title="owned">.7z';
  const { link } = await deliver({ [name]: 10, 'b.7z': 10 });
  const page = await customer.open(link);
  await expect(page.getByText(name, { exact: true })).toBeVisible();
  await expect(page.locator('img')).toHaveCount(0);
  expect(await page.title()).toContain('Lot 7');
});

test('a deployment may name the only hosts that the page fetches from', async () => {
  const service = await startService('--connect', 'https://store.example.com');
  try {
    const policy = (await fetch(service.app)).headers.get('content-security-policy') ?? '';
    expect(/connect-src ([^;]*)/.exec(policy)?.[1]).toBe(`'self' https://store.example.com ${service.app}`);
  } finally {
    await service.stop();
  }
});

test('a link to a host that the deployment does not permit is said to be blocked, not offline', async ({
  customer,
}) => {
  const service = await startService('--connect', 'https://store.example.com');
  try {
    const page = await customer.open(service.app);
    await button(page, 'Add links').click();
    await page.getByRole('textbox', { name: 'Links' }).fill('http://127.0.0.1:9/bucket/a.7z?X-Amz-Signature=1');
    await button(page, 'Add').click();
    await expect(page.getByRole('alert')).toContainText('This page may not fetch anything from 127.0.0.1:9');
  } finally {
    await service.stop();
  }
});
