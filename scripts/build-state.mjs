import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the project. */
export const root = fileURLToPath(new URL('..', import.meta.url));

const SOURCES = [
  'src',
  'server',
  'public',
  'index.html',
  'vite.config.ts',
  'package.json',
  'tsconfig.base.json',
  'tsconfig.server.json',
];
const RESULTS = ['dist/index.html', 'build/server/cli.js'];

/** @param {string} path @returns {number} time of the last change in ms, of a folder its newest file; 0 when there is none */
function changedAt(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return 0;
  if (!found.isDirectory()) return found.mtimeMs;
  const inside = readdirSync(path).filter((name) => !name.startsWith('.') && !/\.(test|contract)\.ts$/.test(name));
  return Math.max(0, ...inside.map((name) => changedAt(join(path, name))));
}

/** @param {readonly string[]} [results] @returns {boolean} true when a result of the build is missing or older than the sources */
export function buildIsStale(results = RESULTS) {
  // an installed package has no sources, only what was built of them
  if (!existsSync(join(root, 'src'))) return false;
  const newest = Math.max(...SOURCES.map((path) => changedAt(join(root, path))));
  return results.some((path) => changedAt(join(root, path)) < newest);
}

/** @returns {boolean} true when the packages are missing or older than the lock file */
export function packagesAreStale() {
  const installed = changedAt(join(root, 'node_modules/.package-lock.json'));
  return installed === 0 || installed < changedAt(join(root, 'package-lock.json'));
}

/**
 * How packages are installed. Not `npm ci`: native tools publish a package for each platform, some registries do not have all of
 * them, and `npm ci` refuses a lock file without those of platforms that this machine is not.
 */
export const INSTALL = ['install', '--no-save', '--no-audit', '--no-fund'];
