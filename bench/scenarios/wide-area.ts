import { startToxiproxy } from '../../scripts/toxiproxy.mjs';
import { aria2, chrome, holdfast, type Contestant } from '../contestants.ts';
import type { Display } from '../display.ts';
import { ratio, type Report } from '../report.ts';
import { race } from '../rounds.ts';
import type { Stage } from '../stage.ts';
import { startTls, type Protocol } from '../tls.ts';

/** What is different from one distant link to the next. */
export interface WideArea {
  readonly scenario: string;
  readonly title: string;
  readonly files: number;
  /** Bytes of each file. */
  readonly size: number;
  /** A connection is cut after this many bytes. */
  readonly cutAfter?: number;
  /** Over https, with this protocol; over http when left out. */
  readonly tls?: Protocol;
}

/** 100 ms for a round trip. */
const LATENCY = 100;
/** KB/s of one connection. */
const RATE = 3000;
const CONNECTIONS = 6;

/** A link through Toxiproxy on which each connection is slow: 100 ms round trip, 3 MB/s a connection. */
export async function wideArea(stage: Stage, display: Display, area: WideArea, rounds: number): Promise<Report> {
  const { address } = stage;
  if (!address) throw new Error('The wide-area link leads to a MinIO.');
  const order = await stage.publish('bench', area.files, area.size);
  const tls = area.tls && (await startTls(stage.folder, address, area.tls));
  const toxiproxy = await startToxiproxy();
  try {
    const link = await toxiproxy.proxy(tls?.port ?? address.port);
    await link.add('latency', { latency: LATENCY });
    await link.add('bandwidth', { rate: RATE });
    if (area.cutAfter !== undefined) await link.add('limit_data', { bytes: area.cutAfter });
    const service = await stage.serve(`${tls ? 'https' : 'http'}://127.0.0.1:${link.port}`);
    const switches = tls ? ['--ignore-certificate-errors'] : [];
    const rows = await race(
      { stage, display, order, service, switches, only: process.env['HOLDFAST_BENCH_ONLY'] },
      contestants(area),
      rounds,
    );
    return { scenario: area.scenario, title: area.title, rows, targets: targets(rows, area) };
  } finally {
    await toxiproxy.stop();
    await tls?.stop();
  }
}

function contestants({ files, cutAfter }: WideArea): Record<string, Contestant> {
  const split = files === 1 ? aria2(true, 1, CONNECTIONS) : aria2(true, CONNECTIONS, 1);
  return {
    'Chrome, as installed': chrome({ withoutCache: false }),
    ...(cutAfter === undefined && { 'aria2, 6 connections, pieces checked': split }),
    'Holdfast, <a download>': holdfast('downloads'),
    'Holdfast, picked folder': holdfast('folder'),
  };
}

function targets(rows: Report['rows'], { files, cutAfter, tls }: WideArea): Report['targets'] {
  const times = (who: string, limit: number): Report['targets'][number] => ({
    what: `Chrome, as installed / ${who}`,
    value: ratio(rows, 'Chrome, as installed', who),
    limit,
    unit: ' ×',
    atLeast: true,
  });
  // one connection is all there is: no more can be asked than not to be slower
  if (tls === 'h2') return [times('Holdfast, <a download>', 0.9)];
  if (cutAfter !== undefined) return [times('Holdfast, <a download>', 2)];
  if (files === 1) return [times('Holdfast, <a download>', 4), times('Holdfast, picked folder', 3.5)];
  const aria = 'aria2, 6 connections, pieces checked';
  const value = ratio(rows, 'Holdfast, <a download>', aria);
  return [
    times('Holdfast, <a download>', 1),
    { what: `Holdfast, <a download> / ${aria}`, value, limit: 1, unit: ' ×' },
  ];
}
