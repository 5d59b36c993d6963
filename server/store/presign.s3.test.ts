import { PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { startCountingProxy } from '../testing/counting-proxy.ts';
import { makeBucket, s3Endpoint, testClient } from '../testing/s3-bucket.ts';
import { S3Store } from './s3-store.ts';

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

describe('a presigned URL', () => {
  it('says type, disposition and further parameters, all of them signed', async () => {
    const store = new S3Store({ bucket: await makeBucket(), endpoint: s3Endpoint });
    await store.upload('a.txt', 3, once('one'));
    const options = { expiresIn: 60, fileName: 'b.txt' };
    const url = await store.grant('a.txt', {
      ...options,
      contentType: 'text/csv',
      inline: true,
      query: { lot: '7 a' },
    });
    const reply = await fetch(url);
    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-type')).toBe('text/csv');
    expect(reply.headers.get('content-disposition')).toMatch(/^inline; filename="b\.txt"/);
    expect(new URL(url).searchParams.get('lot')).toBe('7 a');
    expect((await fetch(url.replace('lot=7', 'lot=8'))).status).toBe(403);
    expect((await fetch(url.replace('text%2Fcsv', 'text%2Fhtml'))).status).toBe(403);
  });

  it('is right for any letter in key, name and parameter', async () => {
    const store = new S3Store({ bucket: await makeBucket(), endpoint: s3Endpoint });
    const odd = "a+b (1) 'x'!*~ #?&=%20;晶片:@$,.bin";
    await store.upload(odd, 3, once('one'));
    const reply = await fetch(await store.grant(odd, { expiresIn: 60, fileName: odd, query: { "q'(1)": odd } }));
    expect([reply.status, await reply.text()]).toEqual([200, 'one']);
  });

  it('counts its life from the date it is given', async () => {
    const store = new S3Store({ bucket: await makeBucket(), endpoint: s3Endpoint });
    await store.upload('a', 3, once('one'));
    const at = (ms: number): Promise<string> =>
      store.grant('a', { expiresIn: 3600, fileName: 'a', signedAt: new Date(Date.now() + ms) });
    expect((await fetch(await at(-600_000))).status).toBe(200);
    const late = await fetch(await at(-7_200_000));
    expect([late.status, await late.text()]).toEqual([403, expect.stringContaining('Request has expired')]);
  });

  it('gives the version that was published, whatever was written later', async () => {
    const bucket = await makeBucket({ versioned: true });
    const store = new S3Store({ bucket, endpoint: s3Endpoint });
    await store.upload('a', 3, once('one'));
    const { version } = (await store.head('a'))!;

    await testClient().send(new PutObjectCommand({ Bucket: bucket, Key: 'a', Body: 'two' }));
    const read = async (url: string): Promise<string> => (await fetch(url)).text();
    expect(await read(await store.grant('a', { expiresIn: 60, fileName: 'a', version: version! }))).toBe('one');
    expect(await read(await store.grant('a', { expiresIn: 60, fileName: 'a' }))).toBe('two');
  });

  it('is signed for the host that customers use, which the sender’s side never asks', async () => {
    const bucket = await makeBucket();
    const outside = await startCountingProxy(s3Endpoint);
    try {
      const store = new S3Store({ bucket, endpoint: s3Endpoint, publicEndpoint: outside.url });
      await store.upload('a', 3, once('one'));
      expect(outside.taken).toEqual([]);
      const url = await store.grant('a', { expiresIn: 60, fileName: 'a' });
      expect([new URL(url).origin, store.grantOrigin]).toEqual([outside.url, outside.url]);
      expect(await (await fetch(url)).text()).toBe('one');
      // the same URL with the internal host has a wrong signature
      expect((await fetch(url.replace(outside.url, s3Endpoint))).status).toBe(403);
    } finally {
      await outside.close();
    }
  });
});
