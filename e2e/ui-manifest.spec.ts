import { expect } from './fixtures.ts';
import { emptyScene } from './scenes.ts';
import { test } from './ui-fixtures.ts';

/** What the tests read of the manifest. */
interface Manifest {
  readonly shortcuts: readonly { readonly name: string; readonly url: string }[];
  readonly screenshots: readonly { readonly src: string; readonly sizes: string; readonly form_factor: string }[];
}

test('the browser has nothing against the manifest, and its shortcuts lead where they say', async ({ show }) => {
  const page = await show(emptyScene, '#/');
  const session = await page.context().newCDPSession(page);
  const { errors, data } = await session.send('Page.getAppManifest');
  expect(errors).toEqual([]);
  const { shortcuts } = JSON.parse(data ?? '') as Manifest;
  const seen: string[] = [];
  for (const { name, url } of shortcuts) {
    await page.goto(new URL(url, page.url()).href);
    await page.reload();
    const landmark = name === 'Settings' ? page.getByRole('heading', { name }) : page.getByRole('dialog');
    await expect(landmark).toBeVisible();
    seen.push(name);
  }
  expect(seen).toEqual(['Add links', 'Settings']);
});

test('the sheet that installs the app shows it, and who only opens it fetches none of that', async ({ show }) => {
  const page = await show(emptyScene, '#/');
  const fetched = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
  expect(fetched.filter((url) => url.includes('/screenshots/'))).toEqual([]);
  const text = (path: string): Promise<string> => page.evaluate(async (url) => (await fetch(url)).text(), path);
  expect(await text('/sw.js'), 'not kept for offline use').not.toContain('screenshots/');

  const { screenshots } = JSON.parse(await text('/manifest.webmanifest')) as Manifest;
  expect(screenshots.map(({ form_factor }) => form_factor)).toEqual(['wide', 'narrow']);
  for (const { src, sizes } of screenshots) {
    const size = await page.evaluate(async (url) => {
      const { width, height } = await createImageBitmap(await (await fetch(url)).blob());
      return `${width}x${height}`;
    }, src);
    expect(size, src).toBe(sizes);
  }
});
