import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Browser, type BrowserOptions } from './browser.ts';
import { CLICK, HAS, SUMMARY, type Display } from './display.ts';
import type { Usage } from './processes.ts';
import { metalink, type BenchOrder, type BenchService, type Source, type Stage } from './stage.ts';

/** What is measured: an order, the service that gives access to it, and where all happens. */
export interface Race {
  readonly stage: Stage;
  readonly service: BenchService;
  readonly order: BenchOrder;
  readonly display: Display;
  readonly switches?: readonly string[];
  /** Only those whose name contains this take part. */
  readonly only?: string | undefined;
}

/** One measured delivery. */
export interface Result extends Partial<Usage> {
  readonly seconds: number;
}

/** Delivers the race's order once, from Start to the last file saved. */
export type Contestant = (race: Race) => Promise<Result>;

/** How many requests other downloaders have open for the order. */
const AT_ONCE = 10;

/** One connection for each file. */
export const curl: Contestant = (race) =>
  commandLine(race, async (folder) => {
    const files = await race.service.sources(race.order);
    const config = files.map(({ path, url }) => `url = "${url}"\noutput = "${join(folder, path)}"\n`).join('');
    writeFileSync(join(folder, '.curl'), config);
    return [
      'curl',
      '-sSf',
      '--no-progress-meter',
      '-k',
      '--parallel',
      '--parallel-max',
      String(AT_ONCE),
      '--config',
      join(folder, '.curl'),
    ];
  });

/** aria2 with `files` files at once and `split` connections for each; with the hashes of the pieces or without. */
export const aria2 =
  (check: boolean, files: number, split: number): Contestant =>
  (race) =>
    commandLine(race, async (folder) => {
      const found = await race.service.sources(race.order);
      return ['aria2c', ...aria2Arguments(check, files, split, folder, race.order, found)];
    });

/** What aria2 is started with to deliver an order into `folder`. */
export function aria2Arguments(
  check: boolean,
  files: number,
  split: number,
  folder: string,
  order: BenchOrder,
  found: readonly Source[],
): string[] {
  const list = join(folder, check ? '.order.meta4' : '.order.txt');
  const plain = found.map(({ path, url }) => `${url}\n  out=${path}\n`).join('');
  writeFileSync(list, check ? metalink(order, found) : plain);
  const input = check ? `--metalink-file=${list}` : `--input-file=${list}`;
  const limits = [`-j${files}`, `-x${split}`, `-s${split}`, '-k1M', '--file-allocation=none'];
  const quiet = ['--quiet', '--no-conf', '--check-certificate=false', `--check-integrity=${check}`];
  return [...quiet, ...limits, `--dir=${folder}`, input];
}

/** Chrome's own downloads of the order's URLs, all begun at once. */
export const chrome =
  (options: { readonly withoutCache: boolean }): Contestant =>
  (race) =>
    inBrowser(race, options, async (browser) => {
      const files = await race.service.sources(race.order);
      const page = await startLinkPage();
      await browser.open(page.address);
      return {
        folder: browser.downloads,
        start: () => browser.evaluate(beginDownloads(files)),
        end: () => page.stop(),
      };
    });

/** An empty page: those of the service allow no frames. */
export async function startLinkPage(): Promise<{ address: string; stop: () => void }> {
  const server = createServer((_, reply) => void reply.setHeader('Content-Type', 'text/html').end('<!doctype html>'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://localhost:${port}/`,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** A page that points one frame at each URL: an answer that is an attachment becomes a download. */
export function beginDownloads(files: readonly Source[]): string {
  return `for (const url of ${JSON.stringify(files.map(({ url }) => url))}) {
    const frame = document.createElement('iframe');
    frame.src = url;
    document.body.append(frame);
  }`;
}

/** Where Holdfast puts the files: a really picked folder, the browser's downloads, or nowhere (received and verified only). */
export type Destination = 'folder' | 'downloads' | 'nowhere';

/** Holdfast's page, from Start on. */
export const holdfast =
  (to: Destination): Contestant =>
  (race) =>
    inBrowser(race, {}, async (browser) => {
      await openOrder(race, browser, to);
      return {
        folder: to === 'downloads' ? browser.downloads : join(browser.folder, race.order.id),
        start: () => browser.evaluate(`${CLICK}('Start')`),
        ...(to === 'nowhere' && { finished: () => browser.evaluate(UNTIL_VERIFIED) }),
      };
    });

/** Received and verified under the user's cap, in bytes per second. */
export const capped =
  (bytesPerSecond: number): Contestant =>
  (race) =>
    inBrowser(race, {}, async (browser) => {
      await browser.open(race.service.linkOf(race.order));
      await browser.until(`${HAS}('Start')`);
      await browser.evaluate(keepLimit(bytesPerSecond));
      await browser.evaluate('window.old = true; location.reload()');
      await browser.until(`!window.old && ${HAS}('Start')`);
      await openOrder(race, browser, 'nowhere');
      return {
        folder: browser.downloads,
        start: () => browser.evaluate(`${CLICK}('Start')`),
        finished: () => browser.evaluate(UNTIL_VERIFIED),
      };
    });

/** Writes the cap where the engine finds it at its start. */
function keepLimit(bytesPerSecond: number): string {
  const settings = `{ limits: { bytesPerSecond: ${bytesPerSecond} }, connections: new Map() }`;
  return `new Promise((resolve, reject) => {
    const request = indexedDB.open('holdfast');
    request.onerror = reject;
    request.onsuccess = () => {
      const put = request.result.transaction('settings', 'readwrite');
      put.objectStore('settings').put(${settings}, 'network');
      put.oncomplete = () => { request.result.close(); resolve(); };
    };
  })`;
}

/** Opens the order's page and makes everything ready for Start. */
export async function openOrder(race: Race, browser: Browser, to: Destination): Promise<void> {
  await browser.open(race.service.linkOf(race.order));
  await browser.until(`${HAS}('Start')`);
  if (to === 'folder') return race.display.pick(browser, browser.folder);
  await browser.evaluate('delete window.showDirectoryPicker; delete Window.prototype.showDirectoryPicker');
  if (to === 'nowhere') await browser.evaluate('HTMLAnchorElement.prototype.click = () => undefined');
}

/** Resolves when all bytes of the one order are verified, saved or not. */
export const UNTIL_VERIFIED = `new Promise((resolve) => {
  const timer = setInterval(() => {
    const order = ${SUMMARY};
    if (!order || order.bytesVerified < order.bytes) return;
    clearInterval(timer);
    resolve();
  }, 20);
})`;

interface Run {
  readonly folder: string;
  readonly start: () => Promise<unknown>;
  /** Resolves at the end; when left out, all files in `folder` are waited for. */
  readonly finished?: () => Promise<unknown>;
  readonly end?: () => void;
}

async function inBrowser(
  race: Race,
  options: BrowserOptions,
  prepare: (browser: Browser) => Promise<Run>,
): Promise<Result> {
  const switches = race.switches ?? [];
  const browser = await Browser.start({ ...options, switches, display: race.display.name });
  try {
    const { folder, start, finished, end } = await prepare(browser);
    const before = browser.usage();
    const begin = performance.now();
    await start();
    await (finished ? finished() : untilSaved(race.order, folder));
    const seconds = (performance.now() - begin) / 1000;
    const usage = browser.usage();
    end?.();
    return { seconds, ...usage, cpuSeconds: usage.cpuSeconds - before.cpuSeconds };
  } finally {
    await browser.close();
  }
}

async function commandLine(race: Race, prepare: (folder: string) => Promise<readonly string[]>): Promise<Result> {
  const folder = mkdtempSync(join(race.stage.folder, 'plain-'));
  const [command = '', ...args] = await prepare(folder);
  const begin = performance.now();
  await new Promise<void>((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}.`))));
  });
  const seconds = (performance.now() - begin) / 1000;
  await untilSaved(race.order, folder);
  rmSync(folder, { recursive: true });
  return { seconds };
}

/** Waits until every file of the order is in `folder` under its name, whole. Watching from outside costs the page nothing. */
async function untilSaved({ manifest }: BenchOrder, folder: string, seconds = 600): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const giveUpAt = Date.now() + seconds * 1000;
  const missing = [...manifest.files];
  while (missing.length > 0) {
    const { path, size } = missing.at(-1) as (typeof missing)[number];
    if (statSync(join(folder, path), { throwIfNoEntry: false })?.size === size) missing.pop();
    else await new Promise((resolve) => setTimeout(resolve, 10));
    if (Date.now() > giveUpAt) {
      throw new Error(`${missing.length} files did not come: ${readdirSync(folder).slice(0, 20).join(' ')}`);
    }
  }
}
