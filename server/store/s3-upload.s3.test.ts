import { randomBytes } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startCountingProxy, type CountingProxy } from '../testing/counting-proxy.ts';
import { makeBucket, s3Endpoint, testClient } from '../testing/s3-bucket.ts';
import { collect } from './object-store.ts';
import { S3Store } from './s3-store.ts';

const MIB = 1024 * 1024;
const bytes = randomBytes(33 * MIB);

async function* inChunks(source: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < source.length; at += MIB) yield source.subarray(at, at + MIB);
}

describe('an upload to S3', () => {
  let proxy: CountingProxy;
  let bucket: string;
  let store: S3Store;
  beforeEach(async () => {
    proxy = await startCountingProxy(s3Endpoint);
    bucket = await makeBucket();
    store = new S3Store({ bucket, endpoint: proxy.url });
  });
  afterEach(() => proxy.close());

  it.each([33, 1])('of %i MiB sends again what arrived damaged', async (mebi) => {
    let left = 1;
    const part = bytes.subarray(0, mebi * MIB);
    proxy.damages = (path) => (mebi === 1 || path.includes('partNumber=2')) && left-- > 0;
    expect(await store.upload('a', part.length, inChunks(part))).toBe('sent');
    expect(left).toBeLessThan(1);
    expect(Buffer.compare(await collect(store.read('a')), part)).toBe(0);
  });

  it('that arrives damaged each time fails, leaves no object, and can be repeated', async () => {
    proxy.damages = (path) => path.includes('partNumber=2');
    await expect(store.upload('a', bytes.length, inChunks(bytes))).rejects.toThrow('arrived damaged');
    expect(await store.head('a')).toBeUndefined();
    proxy.damages = () => false;
    expect(await store.upload('a', bytes.length, inChunks(bytes))).toBe('sent');
    expect(Buffer.compare(await collect(store.read('a')), bytes)).toBe(0);
  });

  it.each([
    ['other bytes of the same length', 'other', randomBytes(33 * MIB)],
    ['the same bytes', 'there', bytes],
  ] as const)('finds that somebody was faster with %s', async (_, outcome, Body) => {
    async function* meanwhile(): AsyncGenerator<Uint8Array> {
      yield* inChunks(bytes);
      // not in parts: its ETag is another one, also of the same bytes
      await testClient().send(new PutObjectCommand({ Bucket: bucket, Key: 'a', Body }));
    }
    expect(await store.upload('a', bytes.length, meanwhile())).toBe(outcome);
    expect(Buffer.compare(await collect(store.read('a')), Body)).toBe(0);
  });
});
