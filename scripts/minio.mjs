import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, truncateSync } from 'node:fs';
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

/**
 * Starts a MinIO with so many empty drives (1, or 4 and more) on 127.0.0.1; `env` is what its clients need, `loseDrive` breaks one of the
 * drives while it serves, `stop` ends it and removes them.
 */
export async function startMinio(count = 1) {
  const binary = getGoTool(MINIO);
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-minio-'));
  const drives = Array.from({ length: count }, (_, index) => join(folder, `drive-${index + 1}`));
  for (const drive of drives) mkdirSync(drive);
  const port = await freePort();
  const consolePort = await freePort();
  const env = { MINIO_ROOT_USER: 'holdfast-test', MINIO_ROOT_PASSWORD: 'holdfast-test-secret' };
  const child = spawn(
    binary,
    ['server', ...drives, '--address', `127.0.0.1:${port}`, '--console-address', `127.0.0.1:${consolePort}`, '--quiet'],
    {
      // several drives of one disk are taken only when it is told that this is a test
      env: { ...process.env, ...env, MINIO_BROWSER: 'off', ...(count > 1 && { MINIO_CI_CD: '1' }) },
      stdio: ['ignore', 'ignore', count > 1 ? 'ignore' : 'inherit'],
    },
  );
  const endpoint = `http://127.0.0.1:${port}`;
  await untilHealthy(`${endpoint}/minio/health/cluster`);
  return {
    endpoint,
    env: {
      HOLDFAST_TEST_S3_ENDPOINT: endpoint,
      AWS_ACCESS_KEY_ID: env.MINIO_ROOT_USER,
      AWS_SECRET_ACCESS_KEY: env.MINIO_ROOT_PASSWORD,
      AWS_REGION: 'us-east-1',
    },
    loseDrive() {
      const drive = drives.at(-1);
      // files that MinIO has open stay readable when the folder goes: nothing is left in them
      for (const entry of readdirSync(drive, { recursive: true, withFileTypes: true }))
        if (entry.isFile()) truncateSync(join(entry.parentPath, entry.name));
      renameSync(drive, `${drive}.lost`);
    },
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
