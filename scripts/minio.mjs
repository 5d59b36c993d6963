import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

const MODULE = 'github.com/minio/minio';
const VERSION = 'v0.0.0-20260212201848-7aac2a2c5b7c';

/** Path of a MinIO of the pinned version, built by Go (some minutes) once and cached outside the repository. */
export function getMinio() {
  if (process.env.HOLDFAST_MINIO) return process.env.HOLDFAST_MINIO;
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'holdfast');
  const path = join(cache, `minio-${VERSION}`);
  if (existsSync(path)) return path;
  console.log(`Building MinIO ${VERSION} (some minutes, once)…`);
  mkdirSync(cache, { recursive: true });
  const bin = mkdtempSync(join(cache, 'build-'));
  const built = spawnSync('go', ['install', `${MODULE}@${VERSION}`], {
    stdio: 'inherit',
    env: { ...process.env, GOBIN: bin, CGO_ENABLED: '0' },
  });
  if (built.status !== 0)
    throw new Error('MinIO could not be built. Install Go, or name a MinIO binary in HOLDFAST_MINIO.');
  renameSync(join(bin, 'minio'), path);
  rmSync(bin, { recursive: true });
  return path;
}

/** Starts a MinIO with an empty folder on 127.0.0.1; `env` is what its clients need, `stop` ends it and removes the folder. */
export async function startMinio() {
  const binary = getMinio();
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-minio-'));
  const port = await freePort();
  const consolePort = await freePort();
  const env = { MINIO_ROOT_USER: 'holdfast-test', MINIO_ROOT_PASSWORD: 'holdfast-test-secret' };
  const child = spawn(
    binary,
    ['server', folder, '--address', `127.0.0.1:${port}`, '--console-address', `127.0.0.1:${consolePort}`, '--quiet'],
    { env: { ...process.env, ...env, MINIO_BROWSER: 'off' }, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const endpoint = `http://127.0.0.1:${port}`;
  await untilHealthy(`${endpoint}/minio/health/live`);
  return {
    endpoint,
    env: {
      HOLDFAST_TEST_S3_ENDPOINT: endpoint,
      AWS_ACCESS_KEY_ID: env.MINIO_ROOT_USER,
      AWS_SECRET_ACCESS_KEY: env.MINIO_ROOT_PASSWORD,
      AWS_REGION: 'us-east-1',
    },
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilHealthy(url) {
  for (let attempt = 0; attempt < 150; attempt++) {
    const healthy = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (healthy) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('MinIO did not start within 30 seconds.');
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
