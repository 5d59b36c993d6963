import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const USUAL = {
  linux: [
    '/usr/bin/google-chrome',
    '/usr/bin/google-chrome-stable',
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/microsoft-edge',
  ],
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ],
  win32: ['ProgramFiles', 'ProgramFiles(x86)', 'LOCALAPPDATA'].flatMap((root) => [
    `${process.env[root]}\\Google\\Chrome\\Application\\chrome.exe`,
    `${process.env[root]}\\Microsoft\\Edge\\Application\\msedge.exe`,
  ]),
};

/** Path of a Chrome, Chromium or Edge: the one in HOLDFAST_BROWSER, an installed one, Playwright's own, or one that is got now. */
export async function findBrowser() {
  const named = process.env.HOLDFAST_BROWSER;
  if (named) {
    if (!existsSync(named)) throw new Error(`HOLDFAST_BROWSER names ${named}, but nothing is there.`);
    return named;
  }
  const found = (await installed()) ?? (await get());
  if (!found)
    throw new Error(
      'No Chrome, Chromium or Edge was found, and none could be got. Install one, or name it in HOLDFAST_BROWSER.',
    );
  return found;
}

async function installed() {
  const { chromium } = await import('playwright');
  const candidates = [...(USUAL[process.platform] ?? []), chromium.executablePath()];
  return candidates.find((path) => existsSync(path));
}

async function get() {
  console.log('No browser found. Getting one…');
  run('npx', ['playwright', 'install', 'chromium']);
  const own = await installed();
  if (own || process.platform !== 'linux') return own;
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  for (const words of [
    ['apt-get', 'update'],
    ['apt-get', 'install', '-y', '--no-install-recommends', 'chromium'],
  ]) {
    const [command, ...args] = [...sudo, ...words];
    run(command, args);
  }
  return installed();
}

function run(command, args) {
  spawnSync(command, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: 300_000,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}
