import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { collect } from './object-store.ts';
import { objectStoreContract } from './object-store.contract.ts';
import { S3Store } from './s3-store.ts';

// the S3 suite starts a server and sets this, and the AWS credentials
const endpoint = process.env['HOLDFAST_TEST_S3_ENDPOINT'] ?? '';

async function open(): Promise<S3Store> {
  const bucket = `test-${randomUUID()}`;
  const client = new S3Client({ endpoint, forcePathStyle: true, region: 'us-east-1' });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return new S3Store({ bucket, endpoint });
}

describe('the S3 store', () => {
  objectStoreContract(open);

  it('grants ranges of exactly what was asked', async () => {
    const store = await open();
    await store.upload(
      'a b.bin',
      1000,
      (async function* () {
        yield Buffer.alloc(1000, 7);
      })(),
    );
    const url = await store.grant('a b.bin', { expiresIn: 60, fileName: '晶片.bin' });
    const reply = await fetch(url, { headers: { range: 'bytes=0-99' } });
    expect(reply.status).toBe(206);
    expect((await reply.arrayBuffer()).byteLength).toBe(100);
    expect(reply.headers.get('content-disposition')).toContain("filename*=UTF-8''");
  });

  it('names what cannot be reached, and what refuses', async () => {
    const away = new S3Store({ bucket: 'none', endpoint: 'http://127.0.0.1:1' });
    await expect(away.head('a')).rejects.toMatchObject({ code: 'store-unreachable' });
    await expect(away.head('a')).rejects.toThrow('http://127.0.0.1:1');
    const wrong = new S3Store({ bucket: `no-${randomUUID()}`, endpoint });
    await expect(collect(wrong.read('a'))).rejects.toMatchObject({ code: 'input-invalid' });
  });
});
