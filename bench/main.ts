import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import type { Race } from './contestants.ts';
import { Display } from './display.ts';
import { publish, type Report } from './report.ts';
import { cap } from './scenarios/cap.ts';
import { cost } from './scenarios/cost.ts';
import { fast } from './scenarios/fast.ts';
import { files } from './scenarios/files.ts';
import { interrupted } from './scenarios/interrupted.ts';
import { journal } from './scenarios/journal.ts';
import { page } from './scenarios/page.ts';
import { where } from './scenarios/where.ts';
import { wideArea, type WideArea } from './scenarios/wide-area.ts';
import { Stage } from './stage.ts';

interface Scenario {
  readonly store: 'minio' | 'folder';
  readonly run: (stage: Stage, display: Display, rounds: number) => Promise<Report>;
}

const MB = 1_000_000;
/** The other contestants, and what presses the buttons of the folder picker. */
const PROGRAMS = ['curl', 'aria2c', 'Xvfb', 'openbox', 'xdotool'];

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  fast: {
    store: 'minio',
    run: async (stage, display, rounds) =>
      fast(await prepare(stage, display, 10, 100 * MB), 'fast', 'A fast link: 10 files of 100 MB', rounds),
  },
  large: {
    store: 'minio',
    run: async (stage, display, rounds) =>
      fast(await prepare(stage, display, 1, 2000 * MB), 'large', 'A fast link: one file of 2 GB', rounds),
  },
  cap: {
    store: 'folder',
    run: async (stage, display, rounds) => cap(await prepare(stage, display, 10, 20 * MB), rounds),
  },
  wan: distant({ scenario: 'wan', title: 'A distant link: one file of 300 MB', files: 1, size: 300 * MB }),
  'wan-order': distant({
    scenario: 'wan-order',
    title: 'A distant link: 10 files of 30 MB',
    files: 10,
    size: 30 * MB,
  }),
  'wan-cuts': distant({
    scenario: 'wan-cuts',
    title: 'A distant link whose connections are cut every 40 MB: one file of 150 MB',
    files: 1,
    size: 150 * MB,
    cutAfter: 40 * MB,
  }),
  'wan-http1': distant({
    scenario: 'wan-http1',
    title: 'A distant link, https with HTTP/1.1: one file of 300 MB',
    files: 1,
    size: 300 * MB,
    tls: 'http/1.1',
  }),
  'wan-http2': distant({
    scenario: 'wan-http2',
    title: 'A distant link, https with HTTP/2, where all ranges share a connection: one file of 100 MB',
    files: 1,
    size: 100 * MB,
    tls: 'h2',
  }),
  interrupted: { store: 'minio', run: interrupted },
  cost: { store: 'minio', run: cost },
  where: { store: 'minio', run: where },
  journal: { store: 'folder', run: journal },
  files: { store: 'folder', run: files },
  page: { store: 'folder', run: page },
  quick: {
    store: 'folder',
    run: async (stage, display, rounds) =>
      fast(
        await prepare(stage, display, 10, 20 * MB),
        'quick',
        'In short, on the folder store: 10 files of 20 MB',
        rounds,
      ),
  },
};

/** 100 ms round trip, 3 MB/s a connection. */
function distant(area: WideArea): Scenario {
  return { store: 'minio', run: (stage, display, rounds) => wideArea(stage, display, area, rounds) };
}

async function prepare(stage: Stage, display: Display, count: number, size: number): Promise<Race> {
  const order = await stage.publish('bench', count, size);
  const only = process.env['HOLDFAST_BENCH_ONLY'];
  return { stage, display, order, only, service: await stage.serve() };
}

/** Runs the scenarios of these names, all but the quick one when none is named. */
export async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { rounds: { type: 'string', default: '3' } },
  });
  const names = positionals.length > 0 ? positionals : Object.keys(SCENARIOS).filter((name) => name !== 'quick');
  const unknown = names.filter((name) => !(name in SCENARIOS));
  if (unknown.length > 0)
    throw new Error(`No such scenario: ${unknown.join(' ')}. There are: ${Object.keys(SCENARIOS).join(' ')}.`);
  const missing = PROGRAMS.filter((name) => spawnSync('which', [name]).status !== 0);
  if (missing.length > 0)
    throw new Error(`The bench needs ${missing.join(', ')}: apt-get install curl aria2 xvfb openbox xdotool`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const display = await Display.start();
  try {
    for (const name of names) await runScenario(SCENARIOS[name] as Scenario, display, Number(values.rounds));
  } finally {
    display.stop();
  }
}

async function runScenario(scenario: Scenario, display: Display, rounds: number): Promise<void> {
  const stage = await Stage.start(scenario.store);
  try {
    publish(await scenario.run(stage, display, rounds));
  } finally {
    await stage.stop();
  }
}
