import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../../scripts/build-state.mjs';
import { Browser } from '../browser.ts';
import { openOrder } from '../contestants.ts';
import { CLICK, HAS, SUMMARY, type Display } from '../display.ts';
import type { Report, Row } from '../report.ts';
import type { BenchService, Stage } from '../stage.ts';

/** What the page itself observed, in ms. */
interface Smoothness {
  readonly longestTask: number;
  readonly tasksOver50: number;
  readonly frames: number;
  /** Frames that came more than one and a half times as late as a 60 Hz display asks for them. */
  readonly dropped: number;
  readonly longestFrame: number;
}

const OBSERVE = `(() => {
  const seen = window.seen = { tasks: [], frames: [] };
  new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map(({ duration }) => duration)))
    .observe({ type: 'longtask' });
  let last = performance.now();
  const frame = (now) => { seen.frames.push(now - last); last = now; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
})()`;
const OBSERVED = `(({ tasks, frames }) => ({
  longestTask: Math.max(0, ...tasks),
  tasksOver50: tasks.length,
  frames: frames.length,
  dropped: frames.filter((ms) => ms > 25).length,
  longestFrame: Math.max(0, ...frames),
}))(window.seen)`;
/** Ms from the navigation to the first list item or row, drawn and ready for a click. */
const READY = (words: string): string => `new Promise((resolve) => {
  const look = () => ${words} ? requestAnimationFrame(() => setTimeout(() => resolve(performance.now()))) : setTimeout(look, 5);
  look();
})`;

/** The page itself: smooth while 200 files come, quickly there with 10,000 files in the journal, small. */
export async function page(stage: Stage, display: Display, rounds: number): Promise<Report> {
  const service = await stage.serve();
  const smooth = await during200Files(stage, display, service);
  const cold = await timesToReady(stage, display, service, rounds);
  const rows: Row[] = [
    {
      name: 'while 200 files of 5 MB come and are saved',
      seconds: [],
      more: {
        'longest task of the main thread, ms': smooth.longestTask.toFixed(0),
        'tasks over 50 ms': String(smooth.tasksOver50),
        'frames late': `${smooth.dropped} of ${smooth.frames}`,
        'longest frame, ms': smooth.longestFrame.toFixed(0),
      },
    },
    { name: 'order list with 10,000 files in the journal, from navigation', seconds: cold.list },
    { name: 'page of the order with 10,000 files, from navigation', seconds: cold.order },
    { name: 'first visit, to a Start button', seconds: cold.first },
    ...sizes(),
  ];
  const targets = [{ what: 'longest main-thread task', value: smooth.longestTask, limit: 50, unit: ' ms' }];
  return { scenario: 'page', title: 'The page', rows, targets };
}

async function during200Files(stage: Stage, display: Display, service: BenchService): Promise<Smoothness> {
  const order = await stage.repeat('page-200', 200, 5_000_000);
  const browser = await Browser.start({ display: display.name });
  try {
    await openOrder({ stage, service, order, display }, browser, 'folder');
    await browser.evaluate(OBSERVE);
    await browser.evaluate(`${CLICK}('Start')`);
    await browser.until(`${SUMMARY}.state === 'done'`, 300);
    return await browser.evaluate<Smoothness>(OBSERVED);
  } finally {
    await browser.close();
  }
}

async function timesToReady(
  stage: Stage,
  display: Display,
  service: BenchService,
  rounds: number,
): Promise<{ readonly first: number[]; readonly list: number[]; readonly order: number[] }> {
  const order = await stage.repeat('page-10000', 10_000, 1_000);
  const times = { first: [] as number[], list: [] as number[], order: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    const browser = await Browser.start({ display: display.name });
    const timeTo = async (address: string, words: string): Promise<number> => {
      // leaves the app, so that the next visit is a navigation of its own
      await browser.tools.send('Page.navigate', { url: 'about:blank' });
      await browser.open(address);
      return (await browser.evaluate<number>(READY(words))) / 1000;
    };
    try {
      times.first.push(await timeTo(service.linkOf(order), `${HAS}('Start')`));
      const key = await browser.evaluate<string>(`${SUMMARY}.order`);
      times.list.push(await timeTo(service.app, `${HAS}('Start')`));
      times.order.push(await timeTo(`${service.app}/#/order/${key}`, `${HAS}('Start')`));
    } finally {
      await browser.close();
    }
  }
  return times;
}

/** What `npm run check:size` measures of the build. */
function sizes(): Row[] {
  const { stdout } = spawnSync(process.execPath, [join(root, 'scripts/check-size.mjs')], { encoding: 'utf8' });
  return stdout
    .trim()
    .split('\n')
    .map((line) => ({ name: line, seconds: [] }));
}
