import { Desktop, missingForDesktop } from './desktop.ts';
import { MIB } from './delivery.ts';
import { expect, test } from './fixtures.ts';
import { missingForWebKit, WebKit } from './webkit.ts';

/** Safari has these on; WebKitGTK 2.50 ships them off. */
const AS_IN_SAFARI = ['+StorageAPI', '+StorageAPIEstimate', '+FileSystem', '+AccessHandle'];

/** All text of the page, that of open shadow roots too, and the values of its fields. */
const TEXT = `
  const read = (node) => [...node.childNodes].map((each) => each.nodeType === 3 ? each.data : read(each)).join(' ')
    + (node.shadowRoot ? read(node.shadowRoot) : '') + (node.value ?? '');
  return read(document.body);`;

// WebKitGTK has no private disk space for pages; WebDriver's windows are private, and even with Safari's switches they get none. In a
// lasting window with these switches a worker cannot write: "Backend does not support this operation" (docs/browsers.md).
for (const [what, features] of [
  ['as it ships', []],
  ['in a private window with what Safari has switched on', AS_IN_SAFARI],
] as const) {
  test(`WebKitGTK ${what} gets one page that says so and keeps the link`, async ({ deliver }) => {
    const missing = missingForWebKit() ?? missingForDesktop();
    if (process.env['CI'] !== 'true') test.skip(missing !== undefined, missing);
    const delivery = await deliver({ 'a.7z': MIB });
    const desktop = await Desktop.start();
    const browser = await WebKit.open(desktop.display, delivery.link, features);
    try {
      const text = (): Promise<unknown> => browser.evaluate(TEXT);
      await expect.poll(text).toContain('This browser gives pages no private disk space');
      expect(await text()).toContain(delivery.link);
    } finally {
      await browser.close();
      desktop.stop();
    }
  });
}
