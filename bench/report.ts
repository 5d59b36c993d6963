import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { root } from '../scripts/build-state.mjs';

/** One row of a scenario's table: what each round measured, and what the columns after the first say. */
export interface Row {
  readonly name: string;
  /** Of each round, in seconds. */
  readonly seconds: readonly number[];
  /** Further columns by their heading. */
  readonly more?: Readonly<Record<string, string>>;
}

/** A target of the project and what was measured; `limit` is a maximum, or a minimum where `atLeast`. */
interface Target {
  readonly what: string;
  readonly value: number;
  readonly limit: number;
  readonly unit: string;
  readonly atLeast?: boolean;
}

/** What a scenario found. */
export interface Report {
  readonly scenario: string;
  readonly title: string;
  readonly rows: readonly Row[];
  readonly targets: readonly Target[];
  /** Whatever else was measured, for the file of raw results. */
  readonly raw?: unknown;
}

/** The middle of the rounds. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** The median over the rounds of `a`'s time divided by `b`'s in the same round: what the machine does otherwise cancels out. */
export function ratio(rows: readonly Row[], a: string, b: string): number {
  const times = (name: string): readonly number[] => rows.find((row) => row.name === name)?.seconds ?? [];
  const others = times(b);
  return median(times(a).map((seconds, round) => seconds / (others[round] ?? NaN)));
}

/** Writes `bench/results/<scenario>.json` and `.md`, and shows the table. */
export function publish(report: Report): void {
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
  const date = new Date().toISOString().slice(0, 10);
  const folder = join(root, 'bench/results');
  mkdirSync(folder, { recursive: true });
  const text = markdown(report, `${machine}, ${process.platform}, Node ${process.version}, ${date}`);
  writeFileSync(
    join(folder, `${report.scenario}.json`),
    `${JSON.stringify({ machine, date, ...report }, undefined, 2)}\n`,
  );
  writeFileSync(join(folder, `${report.scenario}.md`), text);
  console.log(text);
}

function markdown({ title, rows, targets }: Report, machine: string): string {
  const columns = [...new Set(rows.flatMap(({ more }) => Object.keys(more ?? {})))];
  const timed = rows.some(({ seconds }) => seconds.length > 0);
  const times = (seconds: readonly number[]): string[] => [
    seconds.length === 0 ? '' : median(seconds).toFixed(1),
    seconds.length < 2 ? '' : `${Math.min(...seconds).toFixed(1)}–${Math.max(...seconds).toFixed(1)}`,
  ];
  const table = rows.map(({ name, seconds, more }) => [
    name,
    ...(timed ? times(seconds) : []),
    ...columns.map((column) => more?.[column] ?? ''),
  ]);
  const head = ['', ...(timed ? ['seconds (median)', 'range'] : []), ...columns];
  const goals = targets.map(({ what, value, limit, unit, atLeast }) => [
    what,
    `${atLeast === true ? '≥' : '≤'} ${limit}${unit}`,
    `${Number(value.toFixed(2))}${unit}`,
    (atLeast === true ? value >= limit : value <= limit) ? 'met' : 'missed',
  ]);
  const goalTable = goals.length === 0 ? '' : `\n${lines(['target', 'limit', 'measured', ''], goals)}`;
  return `## ${title}\n\n${machine}\n\n${lines(head, table)}${goalTable}`;
}

function lines(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('');
}
