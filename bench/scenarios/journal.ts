import { Browser } from '../browser.ts';
import { openOrder, startLinkPage, UNTIL_VERIFIED } from '../contestants.ts';
import { CLICK, HAS, type Display } from '../display.ts';
import type { Report, Row } from '../report.ts';
import type { BenchOrder, Stage } from '../stage.ts';

const SIZE = 100_000_000;
/** Files that are really fetched; all others stand in the journal as saved. */
const LEFT = 10;
const GIGABYTES = [1, 10, 50];

/** Does memory grow with the order? The last gigabyte of orders of 1, 10 and 50 GB; what came before is only in the journal. */
export async function journal(stage: Stage, display: Display): Promise<Report> {
  const empty = await peakOfEmptyPage(display);
  const rows: Row[] = [];
  const above: number[] = [];
  for (const gigabytes of GIGABYTES) {
    const order = await stage.repeat(`journal-${gigabytes}`, gigabytes * 10, SIZE);
    const service = await stage.serve();
    const browser = await Browser.start({ display: display.name });
    try {
      await browser.open(service.linkOf(order));
      await browser.until(`${HAS}('Start')`);
      await browser.evaluate(markSaved(order, order.manifest.files.length - LEFT));
      await browser.evaluate('window.old = true; location.reload()');
      await browser.until(`!window.old && ${HAS}('Start')`);
      await openOrder({ stage, service, order, display }, browser, 'nowhere');
      const before = browser.usage().cpuSeconds;
      const begin = performance.now();
      await browser.evaluate(`${CLICK}('Start')`);
      await browser.evaluate(UNTIL_VERIFIED);
      const seconds = (performance.now() - begin) / 1000;
      const { cpuSeconds, rendererPeak, totalPeak } = browser.usage();
      above.push((rendererPeak - empty) / 1e6);
      const more = {
        'renderer, peak MB above an empty page': ((rendererPeak - empty) / 1e6).toFixed(0),
        'whole browser, sum of peaks, MB': (totalPeak / 1e6).toFixed(0),
        'processor seconds': (cpuSeconds - before).toFixed(1),
      };
      rows.push({ name: `the last GB of ${gigabytes} GB`, seconds: [seconds], more });
    } finally {
      await browser.close();
    }
  }
  const title = 'Memory: the last gigabyte of orders of 1, 10 and 50 GB';
  const [first = NaN] = above;
  const targets = [
    { what: 'renderer above an empty page, MB', value: Math.max(...above), limit: 200, unit: ' MB' },
    { what: '50 GB beside 1 GB', value: (above.at(-1) ?? NaN) / first, limit: 1.25, unit: ' ×' },
  ];
  return { scenario: 'journal', title, rows, targets };
}

async function peakOfEmptyPage(display: Display): Promise<number> {
  const page = await startLinkPage();
  const browser = await Browser.start({ display: display.name });
  try {
    await browser.open(page.address);
    return browser.usage().rendererPeak;
  } finally {
    page.stop();
    await browser.close();
  }
}

/** Writes records of saved files for the first `count` files of the order, as the engine would have. */
function markSaved({ manifest }: BenchOrder, count: number): string {
  const bytes = Math.ceil((manifest.files[0]?.pieces.length ?? 0) / 8);
  return `new Promise((resolve, reject) => {
    const request = indexedDB.open('holdfast');
    request.onerror = reject;
    request.onsuccess = () => {
      const tx = request.result.transaction(['orders', 'files'], 'readwrite');
      tx.objectStore('orders').getAllKeys().onsuccess = ({ target }) => {
        for (let file = 0; file < ${count}; file++) {
          const name = 'chip-' + String(file).padStart(5, '0') + '.bin';
          const pieces = new Uint8Array(${bytes}).fill(255);
          tx.objectStore('files').put({ order: target.result[0], file, state: { kind: 'saved', name }, pieces });
        }
      };
      tx.oncomplete = () => { request.result.close(); resolve(); };
    };
  })`;
}
