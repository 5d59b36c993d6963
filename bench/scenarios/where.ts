import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/build-state.mjs';
import type { Timing } from '../../src/worker/testing/timings.ts';
import { Browser } from '../browser.ts';
import { openOrder } from '../contestants.ts';
import { CLICK, SUMMARY, type Display } from '../display.ts';
import type { Report, Row } from '../report.ts';
import type { Stage } from '../stage.ts';
import { drawTimeline, sumUp } from '../timeline.ts';

/** Where the time of an order goes that is saved into a picked folder: sums, and a picture in bench/results/where.svg. */
export async function where(stage: Stage, display: Display): Promise<Report> {
  const app = join(stage.folder, 'app-with-timings');
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  const args = [vite, 'build', '--mode', 'timings', '--outDir', app, '--emptyOutDir', '--logLevel', 'error'];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`The build with timings failed: ${stderr}`);

  const order = await stage.publish('bench', 10, 100_000_000);
  const service = await stage.serve(undefined, app);
  const browser = await Browser.start({ display: display.name });
  try {
    await openOrder({ stage, service, order, display }, browser, 'folder');
    const begin = performance.now();
    await browser.evaluate(`${CLICK}('Start')`);
    await browser.until(`${SUMMARY}.state === 'done'`, 300);
    const seconds = (performance.now() - begin) / 1000;
    const timings = await browser.tools.evaluateInWorker<Timing[]>('globalThis.timings');
    const title = '10 files of 100 MB into a picked folder: what was done when';
    writeFileSync(join(root, 'bench/results/where.svg'), drawTimeline(timings, title));
    const rows: Row[] = [...sumUp(timings)].map(([name, ms]) => ({
      name,
      seconds: [],
      more: { 's, all files together': (ms / 1000).toFixed(2) },
    }));
    rows.push({ name: 'Start to done', seconds: [], more: { 's, all files together': seconds.toFixed(2) } });
    return {
      scenario: 'where',
      title: 'Where the time goes: 10 files of 100 MB into a picked folder',
      rows,
      targets: [],
    };
  } finally {
    await browser.close();
  }
}
