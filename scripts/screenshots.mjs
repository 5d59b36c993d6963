// `npm run screenshots`: takes the pictures of docs/pictures anew, of the real app with a scripted engine (e2e/looks.spec.ts). The README shows
// some of them, each screen is compared with its own by `npm test`, and two of them are in the sheet that installs the app.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { findBrowser } from './browser.mjs';
import { buildIsStale, root } from './build-state.mjs';

/** Bytes: the repository is cloned by people who want the code. */
const LARGEST = 150_000;
const pictures = join(root, 'docs', 'pictures');
const install = { 'order-en-light': 'wide', 'order-phone-en-light': 'narrow' };

process.chdir(root);
if (buildIsStale()) run('npm', ['run', 'build']);
for (const name of list()) rmSync(join(pictures, name));
run('npx', ['playwright', 'test', 'looks.spec', '--update-snapshots=all'], {
  HOLDFAST_BROWSER: await findBrowser(),
  HOLDFAST_PICTURES: 'new',
});
// the browser writes them in a hurry; of pages of text, unfiltered rows make the smallest
for (const path of list().map((name) => join(pictures, name))) {
  const picture = PNG.sync.read(readFileSync(path));
  writeFileSync(path, PNG.sync.write(picture, { colorType: 2, filterType: 0, deflateLevel: 9, deflateStrategy: 0 }));
}
const folder = join(root, 'public', 'screenshots');
mkdirSync(folder, { recursive: true });
for (const [from, to] of Object.entries(install))
  copyFileSync(join(pictures, `${from}.png`), join(folder, `${to}.png`));

const sizes = list().map((name) => ({ name, bytes: statSync(join(pictures, name)).size }));
const large = sizes.filter(({ bytes }) => bytes > LARGEST).map(({ name }) => name);
if (large.length > 0) throw new Error(`Larger than ${LARGEST} bytes: ${large.join(', ')}.`);
const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
console.log(`${sizes.length} pictures, ${(total / 1e6).toFixed(1)} MB. Look at them before they are committed.`);

function list() {
  mkdirSync(pictures, { recursive: true });
  return readdirSync(pictures).filter((name) => name.endsWith('.png'));
}

function run(command, args, env = {}) {
  const options = { stdio: ['ignore', 'inherit', 'inherit'], shell: process.platform === 'win32' };
  const { status } = spawnSync(command, args, { ...options, env: { ...process.env, ...env } });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed.`);
}
