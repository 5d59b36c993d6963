import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, getGoTool, untilHealthy } from './go-tools.mjs';

/** A third S3 server, which shares no code with the others. Takes some minutes to build. */
const SEAWEEDFS = {
  name: 'seaweedfs',
  module: 'github.com/seaweedfs/seaweedfs',
  // its go.mod replaces a module, which `go install` refuses
  inside: './weed',
  version: 'v0.0.0-20261109003541-7506e5f91cd6',
  named: 'HOLDFAST_SEAWEEDFS',
};

/** Starts a SeaweedFS with an empty folder on 127.0.0.1; `env` is what its clients need, `stop` ends it and removes the folder. */
export async function startSeaweedfs() {
  const binary = getGoTool(SEAWEEDFS);
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-seaweedfs-'));
  const keys = { AWS_ACCESS_KEY_ID: 'holdfast-test', AWS_SECRET_ACCESS_KEY: 'holdfast-test-secret' };
  const credentials = [{ accessKey: keys.AWS_ACCESS_KEY_ID, secretKey: keys.AWS_SECRET_ACCESS_KEY }];
  const config = join(folder, 's3.json');
  writeFileSync(config, JSON.stringify({ identities: [{ name: 'test', credentials, actions: ['Admin'] }] }));
  const ports = [];
  for (const part of ['master', 'volume', 'filer', 's3'])
    ports.push(`-${part}.port=${await freePort()}`, `-${part}.port.grpc=${await freePort()}`);
  const port = ports.at(-2)?.split('=')[1];
  const child = spawn(
    binary,
    [
      ['-logtostderr=false', `-logdir=${folder}`, 'server', `-dir=${folder}`, '-ip=127.0.0.1', '-ip.bind=127.0.0.1'],
      // each bucket has volumes of its own
      [
        '-filer',
        '-s3',
        `-s3.config=${config}`,
        '-s3.port.iceberg=0',
        '-volume.max=2000',
        '-master.volumeSizeLimitMB=64',
      ],
      ports,
    ].flat(),
    { stdio: 'ignore' },
  );
  const endpoint = `http://127.0.0.1:${port}`;
  await untilHealthy(`${endpoint}/healthz`);
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
