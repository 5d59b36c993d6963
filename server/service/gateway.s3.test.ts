import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
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
import { serve, type ServeOptions } from './serve.ts';

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
  options: Partial<ServeOptions> = {},
): Promise<void> {
  const published = await publishOrder({ source, order: 'A-1', target, expiresIn: 60_000, urlExpiresIn: 60 });
  const { key, manifest } = parseOrderLink(published.link);
  const copies = await Promise.all(
    [0, 1].map(() => {
      const gateway = new Gateway({ store, signingSecret, publicUrl: 'https://orders.example' });
      return serve({ target, gateway, logLevel: 'silent', ...options });
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

/** Asks for the bytes and reads no further than the head. */
const openAndStop = (url: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => get(url, { agent: false }, resolve).once('error', reject));

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

  it('holds next to nothing of what passes through it, read or not', async () => {
    const folder = join(base, '..', `${basename(base)}-big`);
    await mkdir(folder);
    const size = 64 * 1024 * 1024;
    await writeFile(join(folder, 'big.bin'), Buffer.alloc(size, 7));
    const streams = { perUrl: 200, perAddress: 200, total: 200 };
    const measure = async ([url]: string[]): Promise<void> => {
      const before = process.memoryUsage().rss;
      let most = 0;
      const look = setInterval(() => (most = Math.max(most, process.memoryUsage().rss - before)), 20);
      // a hundred who read nothing: 6.4 GB are announced to them
      const stuck = await Promise.all(
        Array.from({ length: 100 }, (_, n) =>
          openAndStop(url!.replace('localhost', n % 2 ? 'localhost' : '127.0.0.1')),
        ),
      );
      for (let round = 0; round < 4; round++) {
        let count = 0;
        for await (const chunk of (await fetch(url!)).body!) count += chunk.length;
        expect(count).toBe(size);
      }
      clearInterval(look);
      expect(new Set(stuck.map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
      for (const each of stuck) each.destroy();
      // client and service are one process here, so this is more than the service's share
      expect(most).toBeLessThan(96 * 1024 * 1024);
    };
    await through(folder, measure, { streams });
    await rm(folder, { recursive: true });
  });
});
