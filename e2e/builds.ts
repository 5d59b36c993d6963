import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The app with a log of what it received and with named points (src/worker/testing/instrument.ts); global-setup.ts builds it. */
export const INSTRUMENTED = join('build', 'instrumented');

/** Builds the instrumented app. */
export function buildInstrumented(): void {
  const vite = join('node_modules', 'vite', 'bin', 'vite.js');
  const args = ['build', '--mode', 'instrumented', '--outDir', INSTRUMENTED, '--emptyOutDir', '--logLevel', 'error'];
  const { status, stderr } = spawnSync(process.execPath, [vite, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The instrumented build failed: ${stderr}`);
}

/** A copy of the instrumented app, to be changed as a release would change it; its path. The caller removes it. */
export function copyApp(): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-app-'));
  cpSync(INSTRUMENTED, folder, { recursive: true });
  return folder;
}

/** Makes the app in `folder` another version of itself, as a build of changed sources does. `more` is added to its service worker. */
export function releaseAgain(folder: string, more = ''): void {
  const index = join(folder, 'index.html');
  writeFileSync(index, readFileSync(index, 'utf8').replace('<body>', '<body data-release="2">'));
  const worker = join(folder, 'sw.js');
  // the precache list names each file with a hash of its content
  const old = readFileSync(worker, 'utf8');
  const script = old.replace(/"revision":"[0-9a-f]+","url":"index\.html"/, '"revision":"2","url":"index.html"');
  if (script === old) throw new Error('The list of files in sw.js has another form than before.');
  writeFileSync(worker, script);
  appendFileSync(worker, `\n${more}\n`);
}

/** Puts the customer's clock `ms` off in the workers of an app that was copied. */
export function shiftWorkerClock(folder: string, ms: number): void {
  for (const name of readdirSync(join(folder, 'assets')).filter((each) => /^worker-.*\.js$/.test(each))) {
    const path = join(folder, 'assets', name);
    writeFileSync(path, `${clockShift(ms)}\n${readFileSync(path, 'utf8')}`);
  }
}

/** A script that puts the clock `ms` off. */
export function clockShift(ms: number): string {
  return `{ const now = Date.now; globalThis.Date = class extends Date {
    constructor(...given) { given.length === 0 ? super(now() + ${ms}) : super(...given); }
    static now() { return now() + ${ms}; }
  }; }`;
}
