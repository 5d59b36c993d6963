import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeBucket, s3Endpoint as endpoint } from '../testing/s3-bucket.ts';
import { collect } from './object-store.ts';
import { objectStoreContract } from './object-store.contract.ts';
import { S3Store } from './s3-store.ts';

async function open(): Promise<S3Store> {
  return new S3Store({ bucket: await makeBucket(), endpoint });
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
    await expect(away.probe()).rejects.toMatchObject({ code: 'store-unreachable' });
    await expect(wrong.probe()).rejects.toThrow('the bucket does not exist');
  });
});
