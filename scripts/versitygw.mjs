import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, getGoTool, untilHealthy } from './go-tools.mjs';

/** A second S3 server, which shares no code with MinIO. Takes some minutes to build. */
const VERSITYGW = {
  name: 'versitygw',
  module: 'github.com/versity/versitygw/cmd/versitygw',
  version: 'v1.8.0',
  named: 'HOLDFAST_VERSITYGW',
};

/** Starts a versitygw with an empty folder on 127.0.0.1; `env` is what its clients need, `stop` ends it and removes the folder. */
export async function startVersitygw() {
  const binary = getGoTool(VERSITYGW);
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-versitygw-'));
  for (const name of ['data', 'versions', 'meta']) mkdirSync(join(folder, name));
  const port = await freePort();
  const keys = { AWS_ACCESS_KEY_ID: 'holdfast-test', AWS_SECRET_ACCESS_KEY: 'holdfast-test-secret' };
  const child = spawn(
    binary,
    [
      ['--port', `127.0.0.1:${port}`, '--access', keys.AWS_ACCESS_KEY_ID, '--secret', keys.AWS_SECRET_ACCESS_KEY],
      ['--quiet', '--health', '/health', 'posix', '--versioning-dir', join(folder, 'versions')],
      // not every file system of a test machine has extended attributes
      ['--sidecar', join(folder, 'meta'), join(folder, 'data')],
    ].flat(),
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const endpoint = `http://127.0.0.1:${port}`;
  await untilHealthy(`${endpoint}/health`);
  return {
    endpoint,
    env: { HOLDFAST_TEST_S3_ENDPOINT: endpoint, ...keys, AWS_REGION: 'us-east-1' },
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
