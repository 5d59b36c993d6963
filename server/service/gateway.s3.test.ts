import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, describe, expect, it } from 'vitest';
import { parseOrderLink } from '../../src/order/link.ts';
import { grantsPath } from '../../src/order/service-api.ts';
import { publishOrder } from '../publish/publish-order.ts';
import { Gateway } from '../store/gateway.ts';
import { openStore } from '../store/open-store.ts';
import { S3Store } from '../store/s3-store.ts';
import { makeBucket, s3Endpoint, testClient } from '../testing/s3-bucket.ts';
import { createService } from './create-service.ts';
import { serve } from './serve.ts';

const base = await mkdtemp(join(tmpdir(), 'holdfast-gateway-'));
afterAll(() => rm(base, { recursive: true }));
const bytes = randomBytes(3_000_000);
await writeFile(join(base, '晶片.bin'), bytes);
await writeFile(join(base, 'empty'), '');
const bucket = await makeBucket({ versioned: true });
const target = await openStore({ store: `s3://${bucket}/lab`, endpoint: s3Endpoint, port: 0 });
const store = new S3Store({ bucket, endpoint: s3Endpoint });
const signingSecret = 'a secret that all copies of the service share';

/** Serves `source` through two copies of the service with the same secret; what the first grants, the second serves. */
async function through(
  source: string,
  work: (urls: string[], evil: (path: string) => string) => Promise<void>,
): Promise<void> {
  const published = await publishOrder({ source, order: 'A-1', target, expiresIn: 60_000, urlExpiresIn: 60 });
  const { key, manifest } = parseOrderLink(published.link);
  const copies = await Promise.all(
    [0, 1].map(() => {
      const gateway = new Gateway({ store, signingSecret, publicUrl: 'https://orders.example' });
      return serve({ target, gateway, logLevel: 'silent' });
    }),
  );
  try {
    const [first, second] = copies.map(({ port }) => `http://localhost:${port}`);
    const reply = await fetch(`${first}${grantsPath('A-1')}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ manifest, files: published.files.map((_, index) => index) }),
    });
    const { grants } = (await reply.json()) as { grants: { url: string }[] };
    for (const { url } of grants) expect(url).toMatch(/^https:\/\/orders\.example\/store\//);
    const local = (url: string): string => url.replace('https://orders.example', second!);
    await work(
      grants.map(({ url }) => local(url)),
      local,
    );
  } finally {
    await Promise.all(copies.map((copy) => copy.close()));
  }
}

describe('a service whose bucket is not there', () => {
  it('does not start; when the bucket goes later, it is not ready', async () => {
    const lost = new S3Store({ bucket: 'no-such-bucket-here', endpoint: s3Endpoint });
    await expect(serve({ target: { ...target, store: lost } })).rejects.toThrow('the bucket does not exist');
    const app = await createService({ ...target, store: lost, logLevel: 'silent' });
    const reply = await app.inject('/readyz');
    expect([reply.statusCode, reply.json()]).toEqual([503, { status: 'store-unreachable' }]);
    await app.close();
  });
});

describe('the gateway', () => {
  it('passes exact ranges on, that cannot act as a page', () =>
    through(base, async ([empty, file]) => {
      const part = await fetch(file!, { headers: { range: 'bytes=1000000-1999999' } });
      expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 1000000-1999999/3000000']);
      expect(Buffer.compare(Buffer.from(await part.arrayBuffer()), bytes.subarray(1_000_000, 2_000_000))).toBe(0);
      const told = await fetch(file!, { method: 'HEAD' });
      expect([told.status, told.headers.get('content-length')]).toEqual([200, '3000000']);
      expect(told.headers.get('etag')).toBe(part.headers.get('etag'));
      const whole = await fetch(file!);
      expect(whole.status).toBe(200);
      const hash = createHash('sha256')
        .update(new Uint8Array(await whole.arrayBuffer()))
        .digest('hex');
      expect(hash).toBe(createHash('sha256').update(bytes).digest('hex'));
      expect(Object.fromEntries(part.headers)).toMatchObject({
        'content-security-policy': 'sandbox',
        'content-type': 'application/octet-stream',
        'content-length': '1000000',
        'x-content-type-options': 'nosniff',
        'access-control-allow-origin': '*',
        'cache-control': 'no-store',
        'content-disposition': expect.stringMatching(/^attachment/) as string,
        etag: expect.any(String) as string,
      });
      for (const url of [empty!, file!]) {
        const beyond = await fetch(url, { headers: { range: 'bytes=3000000-' } });
        expect([beyond.status, beyond.headers.get('content-range')]).toEqual([
          416,
          `bytes */${url === empty ? 0 : 3_000_000}`,
        ]);
      }
      expect((await fetch(`${file}x`)).status).toBe(403);
      // many ranges at once are no range: the whole file
      const many = await fetch(file!, { headers: { range: 'bytes=0-1,5-6' } });
      expect(many.status).toBe(200);
      await many.body?.cancel();
    }));

  it('stops reading from the store when the customer is gone', () =>
    through(base, async ([, file]) => {
      for (let n = 0; n < 20; n++) {
        const gone = new AbortController();
        const reply = await fetch(file!, { signal: gone.signal });
        await reply.body!.getReader().read();
        gone.abort();
      }
      expect((await fetch(file!, { headers: { range: 'bytes=0-0' } })).status).toBe(206);
    }));

  it('gives the version of an object that was published in place', async () => {
    const client = testClient();
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'chips/a.bin', Body: 'one' }));
    await through(`s3://${bucket}/chips/`, async ([url]) => {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'chips/a.bin', Body: 'two' }));
      expect(await (await fetch(url!)).text()).toBe('one');
      expect((await fetch(url!.replace(/version=[^&]+/, 'version=null'))).status).toBe(403);
    });
  });

  it('passes no records on, and needs a secret worth the name', async () => {
    const gateway = new Gateway({ store, signingSecret, publicUrl: 'https://orders.example' });
    const keys = [`lab/orders/A-1/keys/${'0'.repeat(64)}.json`, 'lab/audit/2026-11-25/x.jsonl'];
    const urls = await Promise.all(keys.map((key) => gateway.grant(key, { expiresIn: 60, fileName: 'x' })));
    await through(base, async (_urls, local) => {
      for (const url of urls) expect((await fetch(local(url))).status).toBe(403);
    });
    expect(() => new Gateway({ store, signingSecret: 'short', publicUrl: 'https://x' })).toThrow(
      'HOLDFAST_SIGNING_SECRET',
    );
  });
});
