// `npm run check:size`: what a customer's browser must fetch, by brotli, against the budgets, and that nothing of the test build is
// in it. Needs a build in dist/.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { root } from './build-state.mjs';

/** Bytes. */
const BUDGETS = { 'first view (script, style, words)': 80_000, worker: 40_000 };

const dist = join(root, 'dist');
const assets = readdirSync(join(dist, 'assets')).map((name) => `assets/${name}`);
const html = readFileSync(join(dist, 'index.html'), 'utf8');
const linked = assets.filter((path) => html.includes(path));
const workers = assets.filter((path) => /\/worker-[^/]+\.js$/.test(path));
// everyone gets at most one language beside English
const locales = assets.filter((path) => /\/[a-z]{2}-[A-Z][A-Za-z]+-[^/]+\.js$/.test(path));
if (linked.length < 2 || workers.length === 0 || locales.length === 0) {
  throw new Error(`dist/ does not look as expected: ${assets.join(' ')}. Build it anew (npm run build).`);
}

// the instrumented app asks at the one address, the timings are noted under the other name (src/worker/testing)
const tests = [...assets, 'sw.js'].filter((path) =>
  /test-point|globalThis,\{timings/.test(readFileSync(join(dist, path), 'utf8')),
);
if (tests.length > 0) throw new Error(`What only the test builds may have is in ${tests.join(' ')}.`);

/** @param {readonly string[]} paths @returns {number[]} */
const sizes = (paths) => paths.map((path) => brotliCompressSync(readFileSync(join(dist, path))).length);
/** @param {readonly number[]} numbers */
const sum = (numbers) => numbers.reduce((total, each) => total + each, 0);

const [firstView, worker] = Object.keys(BUDGETS);
const found = { [firstView]: sum(sizes(linked)) + Math.max(...sizes(locales)), [worker]: sum(sizes(workers)) };
for (const [name, budget] of Object.entries(BUDGETS)) {
  const line = `${name}: ${(found[name] / 1000).toFixed(1)} kB of ${budget / 1000} kB brotli`;
  console.log(line);
  if (found[name] > budget) process.exitCode = 1;
}
if (process.exitCode) console.error('Too large. Leave something out, or load it when it is needed.');
