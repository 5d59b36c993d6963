import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startMinio } from '../../scripts/minio.mjs';
import { publishOrder } from '../publish/publish-order.ts';
import { testClient } from '../testing/s3-bucket.ts';
import { openStore } from './open-store.ts';

const MIB = 1024 * 1024;
const base = await mkdtemp(join(tmpdir(), 'holdfast-drives-'));
let minio: Awaited<ReturnType<typeof startMinio>>;

beforeAll(async () => {
  minio = await startMinio(4);
}, 90_000);
afterAll(async () => {
  await minio.stop();
  await rm(base, { recursive: true, force: true });
});

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('a MinIO of four drives', () => {
  it('gives every byte right while one drive is lost, and takes new orders', async () => {
    const { endpoint } = minio;
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
      if (before < 8 * MIB && received >= 8 * MIB) minio.loseDrive();
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
