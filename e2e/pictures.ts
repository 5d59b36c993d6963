import { join } from 'node:path';
import type { Browser } from '@playwright/test';

/** Says what the pictures beside it were made with. */
export const PICTURES = join('docs', 'pictures', 'made-with.json');

/** What a picture depends on beside the app: pictures of another browser or other fonts cannot be compared pixel by pixel. */
interface DrawnBy {
  /** The browser's major version. */
  readonly browser: string;
  /** The fonts that the app's text is set in. */
  readonly fonts: readonly string[];
  /** The width of a text in them, in thousandths of a pixel: two versions of a font differ there. */
  readonly width: number;
}

/** Latin letters, digits and Chinese, normal and bold: all that is on the screens. */
const SAMPLE = 'Holdfast 0123456789 订单已保存，已校验';

/** What this browser draws with on this machine. */
export async function drawnBy(browser: Browser): Promise<DrawnBy> {
  const page = await browser.newPage({ locale: 'zh-CN' });
  await page.setContent(
    `<p lang="zh-Hans" style="float: left; font: 15px system-ui, sans-serif; white-space: nowrap">${SAMPLE} <b>${SAMPLE}</b></p>`,
  );
  const session = await page.context().newCDPSession(page);
  await session.send('DOM.enable');
  await session.send('CSS.enable');
  const { root } = await session.send('DOM.getDocument');
  const { nodeId } = await session.send('DOM.querySelector', { nodeId: root.nodeId, selector: 'p' });
  const { fonts } = await session.send('CSS.getPlatformFontsForNode', { nodeId });
  const width = await page.locator('p').evaluate((text) => text.getBoundingClientRect().width);
  await page.close();
  return {
    browser: browser.version().split('.')[0]!,
    fonts: fonts.map(({ postScriptName }) => postScriptName).sort(),
    width: Math.round(width * 1000),
  };
}
