import { holdfast, type Race } from '../contestants.ts';
import type { Display } from '../display.ts';
import type { Report, Row } from '../report.ts';
import type { Stage } from '../stage.ts';

/** The same gigabyte in more and more files, and files so small that nothing but their number counts. */
const ORDERS: readonly { readonly count: number; readonly size: number }[] = [
  { count: 10, size: 100_000_000 },
  { count: 200, size: 5_000_000 },
  { count: 1_000, size: 1_000_000 },
  { count: 10_000, size: 100_000 },
  { count: 1_000, size: 1_000 },
  { count: 10_000, size: 1_000 },
];

/** How does the cost grow with the number of files? Received and verified, and saved into a really picked folder. */
export async function files(stage: Stage, display: Display): Promise<Report> {
  const rows: Row[] = [];
  for (const { count, size } of ORDERS) {
    const order = await stage.repeat(`files-${count}-${size}`, count, size);
    const race: Race = { stage, display, order, service: await stage.serve() };
    const verified = await holdfast('nowhere')(race);
    const saved = await holdfast('folder')(race);
    const name = `${count.toLocaleString('en')} files of ${(size / 1000).toLocaleString('en')} kB`;
    const each = (seconds: number): string => ((seconds / count) * 1000).toFixed(1);
    const more = {
      'verified, s': verified.seconds.toFixed(1),
      'ms a file': each(verified.seconds),
      'saved into a folder, s': saved.seconds.toFixed(1),
      'ms a file, saved': each(saved.seconds),
      'processor seconds, saved': String(Math.round(saved.cpuSeconds ?? NaN)),
      'renderer, peak MB': String(Math.round((saved.rendererPeak ?? NaN) / 1e6)),
    };
    rows.push({ name, seconds: [], more });
    console.log(name, more);
  }
  const cpu = (row: number): number => Number(rows[row]?.more?.['processor seconds, saved']);
  const targets = [
    // n log n allows 13 × for 10 × the files, beside what the machine does otherwise
    { what: 'processor time of 10,000 files of 1 kB beside 1,000', value: cpu(5) / cpu(4), limit: 13, unit: ' ×' },
  ];
  return { scenario: 'files', title: 'From 10 to 10,000 files', rows, targets };
}
