import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test as base } from '@playwright/test';
import { parseOrderLink } from '../src/order/link.ts';
import { parseManifest, type Manifest } from '../src/order/manifest.ts';
import { manifestPath } from '../src/order/service-api.ts';
import { MIB } from './delivery.ts';
import { freePort } from './free-port.ts';

// What somebody has in a terminal who types `npm start` in a clone that is installed and built.

const LINK = /^Order link: (http:\/\/localhost:\d+\/#\/order\/\S+)$/;
const CTRL_C = 'Ctrl-C is a signal to a group of processes, which Windows has not';

/** A command that was typed into a terminal: a group of processes of its own, all of which Ctrl-C reaches. */
class Typed {
  out = '';
  err = '';
  private readonly ended: Promise<number | null>;

  private readonly group: number;

  constructor(child: ChildProcess) {
    this.group = child.pid ?? NaN;
    child.stdout?.on('data', (text: Buffer) => (this.out += text.toString()));
    child.stderr?.on('data', (text: Buffer) => (this.err += text.toString()));
    this.ended = new Promise((done) => child.once('close', (code) => done(code)));
  }

  /** The exit code; null when a signal ended it. */
  exit(): Promise<number | null> {
    return this.ended;
  }

  /** Waits for the link, and checks that nothing else was printed; npm names what it runs in lines with `>`. */
  async link(): Promise<string> {
    await expect.poll(() => this.out + this.err, { timeout: 60_000 }).toMatch(new RegExp(LINK.source, 'm'));
    const lines = this.out.split('\n').filter((line) => line !== '' && !line.startsWith('>'));
    expect(lines).toEqual([expect.stringMatching(LINK)]);
    return LINK.exec(lines[0] ?? '')?.[1] ?? '';
  }

  /** What a terminal does at Ctrl-C. */
  interrupt(): void {
    process.kill(-this.group, 'SIGINT');
  }

  /** Ctrl-C once. Returns the exit code when everything of it has ended. */
  async ctrlC(): Promise<number | null> {
    this.interrupt();
    const code = await this.exit();
    await expect.poll(() => this.isRunning(), 'a process of it goes on').toBe(false);
    return code;
  }

  isRunning(): boolean {
    try {
      return process.kill(-this.group, 0);
    } catch {
      return false;
    }
  }

  kill(): void {
    if (this.isRunning()) process.kill(-this.group, 'SIGKILL');
  }
}

const test = base.extend<{ home: string; type: (command: string, ...args: readonly string[]) => Typed }>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the parameters' names
  home: async ({}, use) => {
    test.skip(process.platform === 'win32', CTRL_C);
    const home = mkdtempSync(join(tmpdir(), 'holdfast-start-'));
    await use(home);
    rmSync(home, { recursive: true, force: true });
  },
  type: async ({ home }, use) => {
    const typed: Typed[] = [];
    // a test that npm itself runs has npm's variables, by which a script knows where the user is
    const isOurs = ([name]: [string, unknown]): boolean => !/^(npm_|INIT_CWD|HOLDFAST_)/i.test(name);
    const env = Object.fromEntries(Object.entries(process.env).filter(isOurs));
    await use((command, ...args) => {
      const cwd = command === 'npm' ? process.cwd() : home;
      const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
      typed.push(new Typed(child));
      return typed.at(-1)!;
    });
    for (const each of typed) each.kill();
  },
});

/** What the link leads to, as the service answers a page that has it. */
async function manifestOf(link: string): Promise<Manifest> {
  const { id, key, manifest } = parseOrderLink(link);
  const headers = { authorization: `Bearer ${key}` };
  const response = await fetch(new URL(manifestPath(id, manifest), link), { headers });
  expect(response.status).toBe(200);
  return parseManifest(new Uint8Array(await response.arrayBuffer()));
}

const SCRIPT = resolve('scripts', 'start.mjs');

test('npm start publishes a sample of a dozen files, prints one line, and Ctrl-C ends all of it', async ({
  home,
  type,
}) => {
  const port = String(await freePort());
  // where sh is bash, as on a Mac, the script is npm's own child: Ctrl-C comes to it twice. Other shells end npm by the signal itself
  const npm = type('npm', '--script-shell=bash', 'start', '--', '--port', port, '--store', join(home, 'store'));
  const link = await npm.link();
  expect(new URL(link).port).toBe(port);
  const { files, pieceLength } = await manifestOf(link);
  expect(files).toHaveLength(12);
  const sizes = files.map(({ size }) => size);
  expect(sizes.filter((size) => size === 0)).toHaveLength(1);
  expect(new Set(sizes).size, 'different sizes').toBe(12);
  expect(sizes.some((size) => size > pieceLength && size % pieceLength !== 0)).toBe(true);
  expect(files.some(({ path }) => /\p{Script=Han}/u.test(path))).toBe(true);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  expect(total).toBeGreaterThan(140e6);
  expect(total).toBeLessThan(160e6);
  // the app is there, too
  expect(await (await fetch(link)).text()).toContain('<title>Holdfast</title>');
  expect(await npm.ctrlC()).toBe(0);
  // npm itself may have news of its own
  expect(npm.err).not.toContain('holdfast');
});

test('npm start -- ./folder publishes these files, with the same link and port the next time', async ({
  home,
  type,
}) => {
  mkdirSync(join(home, 'my-chips', 'lot'), { recursive: true });
  writeFileSync(join(home, 'my-chips', 'a.7z'), 'one');
  writeFileSync(join(home, 'my-chips', 'lot', 'b.7z'), Buffer.alloc(MIB, 'b'));
  const port = await freePort();
  const run = (...more: string[]): Typed => type(process.execPath, SCRIPT, './my-chips', '--store', 'store', ...more);

  const first = run('--port', String(port));
  const link = await first.link();
  const { title, files } = await manifestOf(link);
  expect(title).toBe('my-chips');
  expect(files.map(({ path, size }) => [path, size])).toEqual([
    ['a.7z', 3],
    ['lot/b.7z', MIB],
  ]);
  expect(existsSync(join(home, 'store', 'sample')), 'no sample is made').toBe(false);
  expect(await first.ctrlC()).toBe(0);

  // another port would be another origin, and an empty app: it is kept with the store
  const second = run();
  expect(await second.link()).toBe(link);
  expect(await second.ctrlC()).toBe(0);

  const other = await freePort();
  const third = run('--port', String(other));
  expect(await third.link()).toContain(`http://localhost:${other}/#/order/my-chips-`);
  expect(await third.ctrlC()).toBe(0);
});

test('a busy port is named, with what to do; nothing is made or left', async ({ home, type }) => {
  const port = await freePort();
  const server = createServer().listen(port, 'localhost');
  try {
    const typed = type(process.execPath, SCRIPT, '--store', 'store', '--port', String(port));
    expect(await typed.exit()).toBe(1);
    expect(typed.out).toBe('');
    expect(typed.err).toMatch(new RegExp(`^holdfast: Port ${port} is busy.*--port.*another, empty app`));
    expect(typed.isRunning()).toBe(false);
    // no sample of 150 MB, and the port is not remembered
    expect(readdirSync(join(home, 'store'))).toEqual(['holdfast.json']);
  } finally {
    server.close();
  }
  const again = type(process.execPath, SCRIPT, '--store', 'store', '--port', 'x');
  expect(await again.exit()).toBe(2);
  expect(again.err).toContain('--port x is no port');
});

test('Ctrl-C ends it while a customer is in the middle of a download', async ({ home, type }) => {
  writeFileSync(join(home, 'a.7z'), Buffer.alloc(64 * MIB, 'a'));
  const typed = type(process.execPath, SCRIPT, 'a.7z', '--store', 'store', '--port', String(await freePort()));
  const link = await typed.link();
  const { id, key, manifest } = parseOrderLink(link);
  const grants = await fetch(new URL(`/api/orders/${id}/grants`, link), {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ manifest, files: [0] }),
  });
  const { grants: given } = (await grants.json()) as { grants: { url: string }[] };
  // it is never read to its end
  const reader = (await fetch(given[0]?.url ?? '')).body!.getReader();
  expect((await reader.read()).done).toBe(false);
  expect(await typed.ctrlC()).toBe(0);
  await expect(async () => {
    for (;;) if ((await reader.read()).done) return;
  }).rejects.toThrow();
});

test('a second Ctrl-C ends a service at once that waits for its balancer', async ({ type }) => {
  const port = await freePort();
  const args = ['serve', '--store', 'store', '--port', String(port), '--drain', '10m'];
  const typed = type(process.execPath, resolve('server', 'holdfast.mjs'), ...args);
  const ready = (): Promise<number | undefined> =>
    fetch(`http://localhost:${port}/readyz`).then(
      ({ status }) => status,
      () => undefined,
    );
  await expect.poll(ready).toBe(200);
  typed.interrupt();
  await expect.poll(ready, 'it goes on, and says that it is about to stop').toBe(503);
  await expect(async () => {
    if (typed.isRunning()) typed.interrupt();
    expect(typed.isRunning()).toBe(false);
  }).toPass({ timeout: 30_000 });
  expect(await typed.exit()).toBe(1);
});

test('Ctrl-C while packages are installed is no failure of npm', async ({ home, type }) => {
  const [npm, runs] = [join(home, 'npm.cjs'), join(home, 'runs')];
  writeFileSync(npm, `require('fs').writeFileSync(${JSON.stringify(runs)}, ''); setInterval(() => {}, 1000);`);
  const script = JSON.stringify(pathToFileURL(resolve('scripts', 'run-npm.mjs')).href);
  // as scripts/start.mjs does, which is not to begin with installing here
  const run = `process.once('SIGINT', () => process.exit(0)); process.env.npm_execpath = ${JSON.stringify(npm)}; const { runNpm } = await import(${script});`;
  const args = ['--input-type=module', '--eval', `${run} runNpm('Installing packages…', []);`];
  const typed = type(process.execPath, ...args);
  await expect.poll(() => existsSync(runs)).toBe(true);
  expect(await typed.ctrlC()).toBe(130);
  expect(typed.err).toBe('Installing packages…\n');
});
