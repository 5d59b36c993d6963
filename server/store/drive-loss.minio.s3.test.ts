import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { publishOrder } from '../publish/publish-order.ts';
import { testClient } from '../testing/s3-bucket.ts';
import { openStore } from './open-store.ts';

const MIB = 1024 * 1024;
const base = await mkdtemp(join(tmpdir(), 'holdfast-drives-'));
const drives = [1, 2, 3, 4].map((n) => join(base, `d${n}`));
let endpoint = '';
let stop = async (): Promise<void> => undefined;

beforeAll(async () => {
  for (const drive of drives) await mkdir(drive);
  const port = await freePort();
  endpoint = `http://127.0.0.1:${port}`;
  // the S3 suite says which MinIO it built; in one process on one disk it serves several drives only when told it is a test
  const child = spawn(
    process.env['HOLDFAST_TEST_MINIO'] ?? 'minio',
    ['server', ...drives, '--address', `127.0.0.1:${port}`, '--quiet'],
    {
      env: {
        ...process.env,
        MINIO_CI_CD: '1',
        MINIO_BROWSER: 'off',
        MINIO_ROOT_USER: process.env['AWS_ACCESS_KEY_ID'],
        MINIO_ROOT_PASSWORD: process.env['AWS_SECRET_ACCESS_KEY'],
      },
      stdio: 'ignore',
    },
  );
  stop = () =>
    new Promise((resolve) => {
      child.once('exit', () => resolve());
      child.kill();
    });
  const healthy = async (): Promise<void> => expect((await fetch(`${endpoint}/minio/health/cluster`)).ok).toBe(true);
  await vi.waitFor(healthy, { timeout: 60_000, interval: 200 });
}, 90_000);
afterAll(async () => {
  await stop();
  await rm(base, { recursive: true, force: true });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('a MinIO of four drives', () => {
  it('gives every byte right while one drive is taken away, and takes new orders', async () => {
    await testClient(endpoint).send(new CreateBucketCommand({ Bucket: 'orders' }));
    const source = join(base, 'source');
    await mkdir(source);
    const files = [randomBytes(48 * MIB), randomBytes(32 * MIB)];
    await writeFile(join(source, '0'), files[0]!);
    await writeFile(join(source, '1'), files[1]!);
    const target = await openStore({ store: 's3://orders', endpoint });
    const options = { target, expiresIn: 60_000, urlExpiresIn: 600 };
    const published = await publishOrder({ ...options, source, order: 'A-1' });

    // in the middle of one body, and between two ranges
    const body = (await fetch(published.files[0]!.url)).body!;
    const chunks: Uint8Array[] = [];
    let received = 0;
    for await (const chunk of body) {
      chunks.push(chunk);
      const before = received;
      received += chunk.length;
      if (before < 8 * MIB && received >= 8 * MIB) await rename(drives[2]!, join(base, 'taken-away'));
    }
    expect(sha256(Buffer.concat(chunks))).toBe(sha256(files[0]!));
    for (let at = 0; at < files[1]!.length; at += 8 * MIB) {
      const range = { range: `bytes=${at}-${at + 8 * MIB - 1}` };
      const part = new Uint8Array(await (await fetch(published.files[1]!.url, { headers: range })).arrayBuffer());
      expect(sha256(part)).toBe(sha256(files[1]!.subarray(at, at + 8 * MIB)));
    }
    const again = await publishOrder({ ...options, source, order: 'B-2' });
    expect(sha256(new Uint8Array(await (await fetch(again.files[1]!.url)).arrayBuffer()))).toBe(sha256(files[1]!));
  });
});
