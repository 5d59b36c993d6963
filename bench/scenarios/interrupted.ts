import { spawn } from 'node:child_process';
import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startFaultServer, type FaultServer } from '../../e2e/fault-server.ts';
import { Browser } from '../browser.ts';
import { aria2Arguments, beginDownloads, openOrder, startLinkPage, UNTIL_VERIFIED } from '../contestants.ts';
import { CLICK, type Display } from '../display.ts';
import { median, type Report, type Row } from '../report.ts';
import type { BenchOrder, BenchService, Stage } from '../stage.ts';

/** Bytes per second of the link, over all connections. */
const RATE = 60_000_000;
/** Of the order's bytes have been sent when everything of the contestant is killed. */
const KILLS = [0.2, 0.5, 0.8];
/** After a restart without a byte for so long, in ms, a contestant does not go on by itself. */
const PATIENCE = 10_000;

interface Conditions {
  readonly stage: Stage;
  readonly display: Display;
  readonly order: BenchOrder;
  readonly service: BenchService;
  readonly link: FaultServer;
}

/** Something that downloads, can be killed at any moment, and is started again. */
interface Attempt {
  /** Resolves when all has arrived, or never when it is killed. */
  readonly finished: Promise<unknown>;
  readonly kill: () => Promise<void>;
  /** Ends what `kill` leaves, a browser's profile say. */
  readonly close?: () => Promise<void>;
}

/** Starts a contestant, for the first time or after its `attempt`-th kill. */
type Starter = (attempt: number) => Promise<Attempt>;

interface Outcome {
  /** Bytes sent beyond those of the order: also what still sat in socket buffers when it was killed. */
  readonly twice: number;
  /** From each restart to the first byte on the link, in ms. */
  readonly firstBytes: readonly number[];
}

/** Kills every contestant three times in the middle of an order of ten files, and counts what is fetched again. */
export async function interrupted(stage: Stage, display: Display, rounds: number): Promise<Report> {
  const { address } = stage;
  if (!address) throw new Error('The link leads to a MinIO.');
  const order = await stage.publish('bench', 10, 100_000_000);
  const link = await startFaultServer(
    () => address,
    (path) => path.includes('/files/'),
  );
  try {
    const service = await stage.serve(`http://127.0.0.1:${link.port}`);
    const conditions = { stage, display, order, service, link };
    const starters = { 'aria2, 4 connections a file, pieces checked': aria2, 'curl -C -': curl, Holdfast: holdfast };
    const rows: Row[] = [await chromeAlone(conditions)];
    for (const [name, starter] of Object.entries(starters)) {
      const outcomes: Outcome[] = [];
      for (let round = 0; round < rounds; round++) outcomes.push(await killed(conditions, starter(conditions)));
      rows.push(rowOf(name, outcomes));
      console.log(rows.at(-1));
    }
    const own = Number(rows.at(-1)?.more?.['sent again a kill, in % of the order']);
    const first = Number(rows.at(-1)?.more?.['first new byte, s (worst)']);
    const targets = [
      { what: 'sent again a kill, socket buffers included, of the order', value: own, limit: 0.5, unit: ' %' },
      { what: 'first new byte after the start', value: first, limit: 2, unit: ' s' },
    ];
    const title = 'Killed at 20, 50 and 80 % of 10 files of 100 MB, at 60 MB/s';
    return { scenario: 'interrupted', title, rows, targets };
  } finally {
    await link.stop();
  }
}

async function killed({ order, link }: Conditions, start: Starter): Promise<Outcome> {
  link.served.length = 0;
  link.rate = RATE;
  const firstBytes: number[] = [];
  let attempt = await start(0);
  for (const [i, share] of KILLS.entries()) {
    await until(() => link.bytes() >= share * order.bytes, 120_000);
    await attempt.kill();
    const before = link.bytes();
    const begin = performance.now();
    attempt = await start(i + 1);
    await until(() => link.bytes() > before, PATIENCE);
    firstBytes.push(performance.now() - begin);
  }
  await attempt.finished;
  await attempt.close?.();
  return { twice: link.bytes() - order.bytes, firstBytes };
}

function rowOf(name: string, outcomes: readonly Outcome[]): Row {
  const twice = median(outcomes.map((each) => each.twice)) / KILLS.length;
  const first = outcomes.flatMap(({ firstBytes }) => firstBytes);
  return {
    name,
    seconds: [],
    more: {
      'goes on by itself': name === 'Holdfast' ? 'yes' : 'when the command is given again',
      'sent again a kill, MB': (twice / 1e6).toFixed(1),
      'sent again a kill, in % of the order': ((twice / 1_000_000_000) * 100).toFixed(2),
      'first new byte, s (median)': (median(first) / 1000).toFixed(1),
      'first new byte, s (worst)': (Math.max(...first) / 1000).toFixed(1),
    },
  };
}

/** Chrome's own downloads, killed once at half: what the browser does by itself when it is started again. */
async function chromeAlone({ order, service, link, display }: Conditions): Promise<Row> {
  link.served.length = 0;
  link.rate = RATE;
  const page = await startLinkPage();
  let browser = await Browser.start({ display: display.name });
  try {
    await browser.open(page.address);
    await browser.evaluate(beginDownloads(await service.sources(order)));
    await until(() => link.bytes() >= order.bytes / 2, 120_000);
    await browser.kill();
    // bytes on their way to the killed one are no sign of life: a request is
    const before = link.served.length;
    browser = await Browser.start({ display: display.name, profile: browser.profile });
    await browser.open(page.address);
    const wentOn = await until(() => link.served.length > before, PATIENCE).then(
      () => true,
      () => false,
    );
    const more = { 'goes on by itself': wentOn ? 'yes' : `no: nothing within ${PATIENCE / 1000} s` };
    return { name: 'Chrome’s own downloads', seconds: [], more };
  } finally {
    page.stop();
    await browser.close();
  }
}

/** The app in one profile: after a kill only its own address is opened, no link. */
const holdfast = ({ order, service, display, stage }: Conditions): Starter => {
  let profile: string | undefined;
  return async (attempt) => {
    const browser = await Browser.start({ display: display.name, ...(profile !== undefined && { profile }) });
    profile = browser.profile;
    if (attempt === 0) {
      await openOrder({ stage, service, order, display }, browser, 'nowhere');
      await browser.evaluate(`${CLICK}('Start')`);
    } else {
      await browser.open(service.app);
    }
    return {
      // asked of the page only when it may be true, since a killed browser never answers
      get finished() {
        return browser.evaluate(UNTIL_VERIFIED);
      },
      kill: () => browser.kill(),
      close: () => browser.close(),
    };
  };
};

const aria2 = ({ order, service, stage }: Conditions): Starter => {
  const folder = mkdtempSync(join(stage.folder, 'aria2-'));
  return async () => program('aria2c', [...aria2Arguments(true, 10, 4, folder, order, await service.sources(order))]);
};

/** One process a file, as many as there are files; a file that is whole is left alone. */
const curl = ({ order, service, stage }: Conditions): Starter => {
  const folder = mkdtempSync(join(stage.folder, 'curl-'));
  return async () => {
    const missing = (await service.sources(order)).filter(
      ({ path, size }) => statSync(join(folder, path), { throwIfNoEntry: false })?.size !== size,
    );
    const config = join(folder, '.curl');
    const lines = missing.map(
      ({ path, url }) => `url = "${url}"\noutput = "${join(folder, path)}"\ncontinue-at = "-"\n`,
    );
    writeFileSync(config, lines.join('next\nno-progress-meter\nfail\n'));
    return program('curl', ['-sSf', '--parallel', '--parallel-max', '10', '--config', config]);
  };
};

function program(command: string, args: readonly string[]): Attempt {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return {
    get finished() {
      return ended.then((code) => {
        if (code !== 0) throw new Error(`${command} ended with ${code}.`);
      });
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Waits for `condition`, looking every 5 ms; throws when it does not come true within `patience` ms. */
async function until(condition: () => boolean, patience: number): Promise<void> {
  const giveUpAt = performance.now() + patience;
  while (!condition()) {
    if (performance.now() > giveUpAt) throw new Error(`It did not come so far within ${patience / 1000} s.`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
