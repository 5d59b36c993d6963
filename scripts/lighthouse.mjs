// `npm run lighthouse`: how Lighthouse judges the page of a real order, opened by its link, on a telephone and on a desktop. No package of this project:
// npx gets it the first time. Not a part of `npm test`, since its numbers depend on what else the machine does.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBrowser } from './browser.mjs';
import { buildIsStale, root } from './build-state.mjs';
import { runNpm } from './run-npm.mjs';

/** The last version that runs on Node 20. */
const LIGHTHOUSE = 'lighthouse@12.2.3';
const CATEGORIES = ['performance', 'accessibility', 'best-practices'];
/** Points of 100. */
const LEAST = 95;

process.chdir(root);
if (buildIsStale()) runNpm('Building the app…', ['run', 'build']);
const { start } = await import('../build/server/start.js');
const folder = mkdtempSync(join(tmpdir(), 'holdfast-lighthouse-'));
const source = join(folder, 'Lot 7');
mkdirSync(source);
for (let file = 1; file <= 20; file++) writeFileSync(join(source, `chip-${file}.7z`), Buffer.alloc(1_000_000, file));
const { service, links } = await start({
  sources: [source],
  store: join(folder, 'store'),
  port: await freePort(),
  appFolder: join(root, 'dist'),
});
try {
  const CHROME_PATH = await findBrowser();
  for (const form of ['mobile', 'desktop']) await judge(form, CHROME_PATH);
} finally {
  await service.close();
  rmSync(folder, { recursive: true, force: true });
}

/** Prints the points of the order's page, and what cost some. */
async function judge(form, CHROME_PATH) {
  const report = join(folder, `${form}.json`);
  const args = ['--yes', LIGHTHOUSE, links[0], `--only-categories=${CATEGORIES.join(',')}`, '--output=json', '--quiet'];
  args.push(`--output-path=${report}`, '--chrome-flags=--headless=new --no-sandbox');
  if (form === 'desktop') args.push('--preset=desktop');
  // this process has the service, so it may not stand still
  const child = spawn('npx', args, {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, CHROME_PATH },
  });
  const [status] = await once(child, 'exit');
  if (status !== 0) throw new Error(`Lighthouse did not come to its end (${form}).`);
  const { categories, audits } = JSON.parse(readFileSync(report, 'utf8'));
  for (const id of CATEGORIES) {
    const points = Math.round(categories[id].score * 100);
    console.log(`${form}: ${id} ${points}`);
    if (points < LEAST) process.exitCode = 1;
    const lost = categories[id].auditRefs.filter(({ id: audit, weight }) => weight > 0 && audits[audit].score < 1);
    for (const { id: audit } of lost) console.log(`    ${audits[audit].title} ${audits[audit].displayValue ?? ''}`);
  }
}

/** A port that nobody has: the link names it. */
function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
