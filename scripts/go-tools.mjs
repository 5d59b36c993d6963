import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';

/**
 * Path of a Go program of a pinned version, built once and cached outside the repository.
 * @param {{ name: string, module: string, inside?: string, version: string, named: string }} tool `module` is what `go install` gets;
 *   with `inside`, that package is built in the module's own folder, by its own go.mod; `named` is the environment variable in which
 *   a binary can be given instead
 * @returns {string}
 */
export function getGoTool({ name, module, inside, version, named }) {
  const given = process.env[named];
  if (given) return given;
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'holdfast');
  const path = join(cache, `${name}-${version}`);
  if (existsSync(path)) return path;
  console.log(`Building ${name} ${version} (once)…`);
  mkdirSync(cache, { recursive: true });
  const bin = mkdtempSync(join(cache, 'build-'));
  const env = { ...process.env, GOBIN: bin, CGO_ENABLED: '0' };
  /** @param {readonly string[]} args */
  const go = (...args) => {
    const { status, stdout } = spawnSync('go', args, { stdio: ['ignore', 'pipe', 'inherit'], env, encoding: 'utf8' });
    if (status === 0) return stdout;
    throw new Error(`${name} could not be built. Install Go, or name a binary in ${named}.`);
  };
  if (inside === undefined) go('install', `${module}@${version}`);
  else {
    const { Dir } = JSON.parse(go('mod', 'download', '-json', `${module}@${version}`));
    go('build', '-C', Dir, '-trimpath', '-o', `${bin}/`, inside);
  }
  renameSync(join(bin, basename(inside ?? module)), path);
  rmSync(bin, { recursive: true });
  return path;
}

/**
 * Returns when `url` answers with success; throws after 30 s.
 * @param {string} url
 */
export async function untilHealthy(url) {
  for (let attempt = 0; attempt < 150; attempt++) {
    const healthy = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (healthy) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${url} did not answer within 30 seconds.`);
}

/**
 * A port of 127.0.0.1 on which nothing listens, below those that the system gives to outgoing connections.
 * @returns {Promise<number>}
 */
export function freePort() {
  const port = randomInt(20_000, 32_000);
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(freePort()));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(port)));
  });
}
