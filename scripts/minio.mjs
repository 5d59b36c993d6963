import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, getGoTool, untilHealthy } from './go-tools.mjs';

/** Takes some minutes to build. */
export const MINIO = {
  name: 'minio',
  module: 'github.com/minio/minio',
  version: 'v0.0.0-20260212201848-7aac2a2c5b7c',
  named: 'HOLDFAST_MINIO',
};

/** Starts a MinIO with an empty folder on 127.0.0.1; `env` is what its clients need, `stop` ends it and removes the folder. */
export async function startMinio() {
  const binary = getGoTool(MINIO);
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
      // for the test that takes a drive away from a MinIO of its own
      HOLDFAST_TEST_MINIO: binary,
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
