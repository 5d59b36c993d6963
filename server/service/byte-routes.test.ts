import { mkdtemp, rm } from 'node:fs/promises';
import { get, request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Gateway } from '../store/gateway.ts';
import { Layout } from '../store/layout.ts';
import { openStore, type OpenStore } from '../store/open-store.ts';
import { S3Store } from '../store/s3-store.ts';
import { startFakeS3, type FakeS3 } from '../testing/fake-s3.ts';
import { serve, type RunningService } from './serve.ts';

const SIZE = 64 * 1024 * 1024;
const KEY = 'orders/A-1/files/0123456789ab/a.bin';
const base = await mkdtemp(join(tmpdir(), 'holdfast-bytes-'));
let s3: FakeS3;
let store: S3Store;
let folder: OpenStore;
const running: RunningService[] = [];
beforeAll(async () => {
  s3 = await startFakeS3(SIZE);
  store = new S3Store({ bucket: 'orders', endpoint: s3.endpoint });
  folder = await openStore({ store: join(base, 'store'), port: 0 });
  await folder.store.upload(
    KEY,
    3,
    (async function* () {
      yield Buffer.from('one');
    })(),
  );
});
afterEach(async () => {
  for (const service of running.splice(0)) await service.close();
});
afterAll(async () => {
  await s3.close();
  await rm(base, { recursive: true });
});

/** A service on a free port, and a URL of a file's bytes. */
async function served(mode: 'gateway' | 'folder', streams?: { perUrl: number; perAddress: number; total: number }) {
  const target = mode === 'folder' ? folder : { store, layout: new Layout(), appUrl: 'http://localhost', port: 0 };
  const secret = { signingSecret: 's'.repeat(43), publicUrl: 'http://localhost' };
  const gateway = mode === 'gateway' ? new Gateway({ store, ...secret }) : undefined;
  const service = await serve({ target, gateway, logLevel: 'silent', ...(streams && { streams }) });
  running.push(service);
  const granter = gateway ?? target.store;
  const url = async (expiresIn = 60): Promise<string> => {
    const { pathname, search } = new URL(await granter.grant(KEY, { expiresIn, fileName: 'a.bin' }));
    return `http://localhost:${service.port}${pathname}${search}`;
  };
  const counted = async (): Promise<number> => {
    const text = await (await fetch(`http://127.0.0.1:${service.port}/metrics`)).text();
    return Number(/^holdfast_bytes_total (\d+)/m.exec(text)?.[1]);
  };
  return { service, url, counted };
}

const head = (url: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => request(url, { method: 'HEAD' }, resolve).once('error', reject).end());
/** Asks, and reads nothing but the head of the answer. */
const open = (url: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => get(url, { agent: false }, resolve).once('error', reject));

describe('bytes that the service sends', () => {
  it('are not read for HEAD, which tells their length', async () => {
    const { url, counted } = await served('gateway');
    s3.methods.length = 0;
    const reply = await head(await url());
    expect(reply.statusCode).toBe(200);
    expect(reply.headers).toMatchObject({
      'content-length': String(SIZE),
      etag: '"fake"',
      'accept-ranges': 'bytes',
      'content-security-policy': 'sandbox',
      'access-control-allow-origin': '*',
    });
    expect(s3.methods).toEqual(['HEAD']);
    expect((await head(`${await url()}x`)).statusCode).toBe(403);
    expect(await counted()).toBe(0);
    const own = await served('folder');
    const file = await own.url();
    const [asked, got] = [await head(file), await open(file)];
    got.resume();
    expect([asked.headers['content-length'], asked.headers.etag]).toEqual(['3', got.headers.etag]);
    await vi.waitFor(async () => expect(await own.counted()).toBe(3));
  });

  it('are counted as they go out, not as they were announced', async () => {
    const { url, counted } = await served('gateway');
    const reply = await open(await url());
    // what a socket that nobody reads from takes is far from all
    await new Promise((resolve) => reply.once('readable', resolve));
    reply.destroy();
    await vi.waitFor(async () => expect(await counted()).toBeGreaterThan(0));
    expect(await counted()).toBeLessThan(SIZE / 2);
  });

  it('go to so many at once with one URL, from one address, and in all; the others are told when to come again', async () => {
    const check = async (streams: { perUrl: number; perAddress: number; total: number }, other: number) => {
      const { url } = await served('gateway', streams);
      const first = await url();
      const stuck = [await open(first), await open(first)];
      const refused = await open(first);
      expect([refused.statusCode, refused.headers['retry-after']]).toEqual([503, '5']);
      refused.resume();
      // another signature, the same address
      const second = await open(await url(61));
      expect(second.statusCode).toBe(other);
      for (const each of [...stuck, second]) each.destroy();
      await vi.waitFor(async () => {
        const again = await open(first);
        again.destroy();
        expect(again.statusCode).toBe(200);
      });
    };
    await check({ perUrl: 2, perAddress: 100, total: 100 }, 200);
    await check({ perUrl: 100, perAddress: 2, total: 100 }, 503);
    await check({ perUrl: 100, perAddress: 100, total: 2 }, 503);
  });
});
