import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { parseStaticLink } from '../../src/order/link.ts';
import { parseManifest } from '../../src/order/manifest.ts';
import { StaticGrants } from '../../src/order/static-grants.ts';
import { openMirror, openStore } from '../store/open-store.ts';
import { startCountingProxy } from '../testing/counting-proxy.ts';
import { makeBucket, s3Endpoint } from '../testing/s3-bucket.ts';
import { publishOrder } from './publish-order.ts';
import { uploadFile } from './upload-file.ts';

const MIB = 1024 * 1024;
const base = await mkdtemp(join(tmpdir(), 'holdfast-publish-s3-'));
afterAll(() => rm(base, { recursive: true }));
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const lives = { expiresIn: 60_000, urlExpiresIn: 60 };

async function makeSource(files: Readonly<Record<string, Uint8Array>>): Promise<string> {
  const source = await mkdtemp(join(base, 'source-'));
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(join(source, path, '..'), { recursive: true });
    await writeFile(join(source, path), bytes);
  }
  return source;
}

describe('publishing to S3', () => {
  it('goes on after a kill, and no byte that the store took is sent again', async () => {
    const bytes = randomBytes(100 * MIB + 5);
    const source = await makeSource({ 'big.bin': bytes, 'small.bin': randomBytes(MIB) });
    const store = `s3://${await makeBucket()}/lab`;
    const proxy = await startCountingProxy(s3Endpoint);
    try {
      // as a script outside would: by the package's name
      const script = `import { openStore, publishOrder } from '@holdfast/app';
        const target = await openStore(${JSON.stringify({ store, endpoint: proxy.url })});
        await publishOrder({ source: ${JSON.stringify(source)}, order: 'A-1', target, expiresIn: 60000, urlExpiresIn: 60 });`;
      const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      proxy.onReceived = (received) => received > 60 * MIB && child.kill('SIGKILL');
      await ended;
      const before = proxy.taken.splice(0);
      expect(before.filter(({ path }) => path.includes('partNumber')).length).toBeGreaterThan(0);

      const target = await openStore({ store, endpoint: proxy.url });
      const published = await publishOrder({ source, order: 'A-1', target, ...lives });
      const parts = (list: typeof before): string[] =>
        list.flatMap(({ path }) => /partNumber=\d+/.exec(path)?.[0] ?? []).sort();
      // a part of which the store had not said yet that it took it may come twice
      expect(parts(proxy.taken).filter((part) => parts(before).includes(part))).toEqual([]);
      const all = new Set([...parts(before), ...parts(proxy.taken)]);
      expect(all.size).toBe(Math.ceil(bytes.length / (16 * MIB)));
      const big = published.files.find(({ path }) => path === 'big.bin')!;
      expect(sha256(new Uint8Array(await (await fetch(big.url)).arrayBuffer()))).toBe(sha256(bytes));

      // the third time nothing at all is uploaded but the key of the new link and the trace of its making
      proxy.taken.length = 0;
      const again = await publishOrder({ source, order: 'A-1', target, ...lives });
      expect(again.manifest).toBe(published.manifest);
      expect(proxy.taken.map(({ path }) => path.replace(/[0-9a-f]{64}.*/, ''))).toEqual([
        expect.stringContaining('/lab/orders/A-1/keys/'),
        expect.stringContaining('/lab/audit/'),
      ]);
    } finally {
      await proxy.close();
    }
  });

  it('uploads as many files and parts at once as it is told', async () => {
    const source = await makeSource(Object.fromEntries(['a', 'b', 'c'].map((name) => [name, Buffer.alloc(40 * MIB)])));
    const proxy = await startCountingProxy(s3Endpoint);
    try {
      for (const [filesAtOnce, partsAtOnce] of [
        [1, 1],
        [2, 2],
      ] as const) {
        const target = await openStore({ store: `s3://${await makeBucket()}`, endpoint: proxy.url, partsAtOnce });
        let most = [0, 0];
        let open = (): void => undefined;
        const full = new Promise<void>((resolve) => (open = resolve));
        // nothing is answered before all that may run is under way; with less, this would wait for ever
        proxy.hold = () => {
          const running = [...proxy.running].filter(([path, now]) => path.includes('/files/') && now > 0);
          most = [Math.max(most[0]!, running.length), Math.max(most[1]!, ...running.map(([, now]) => now))];
          if (running.reduce((sum, [, now]) => sum + now, 0) === filesAtOnce * partsAtOnce) open();
          return running.length === 0 ? Promise.resolve() : full;
        };
        await publishOrder({ source, order: 'A-1', target, filesAtOnce, ...lives });
        expect(most).toEqual([filesAtOnce, partsAtOnce]);
      }
    } finally {
      await proxy.close();
    }
  });

  it('gives scripts one call: share URL, length, time', async () => {
    const bytes = randomBytes(MIB);
    const source = await makeSource({ '晶片 1.bin': bytes });
    const store = `s3://${await makeBucket()}`;
    const options = { store, endpoint: s3Endpoint, order: 'A-1', contentType: 'text/plain' };
    const uploaded = await uploadFile(join(source, '晶片 1.bin'), options);
    expect(uploaded).toMatchObject({ length: MIB, seconds: expect.any(Number) as number });
    expect(Math.abs(Date.parse(uploaded.uploadedAt) - Date.now())).toBeLessThan(60_000);
    const reply = await fetch(uploaded.url);
    expect(reply.headers.get('content-type')).toBe('text/plain');
    expect(sha256(new Uint8Array(await reply.arrayBuffer()))).toBe(sha256(bytes));
    // publishing finds it where it is
    const target = await openStore(options);
    const { manifest } = await publishOrder({ source, order: 'A-1', target, ...lives });
    const stored = parseManifest((await target.store.get(target.layout.manifest('A-1', manifest)))!);
    expect(stored.files[0]?.object).toBe(uploaded.key);
    await expect(uploadFile(join(source, 'none'), options)).rejects.toMatchObject({ code: 'input-invalid' });
  });

  it('bundles, mirrors and needs no service in static mode', async () => {
    const files = { a: randomBytes(MIB), 'sub/b': randomBytes(2 * MIB), empty: Buffer.alloc(0) };
    const source = await makeSource(files);
    const target = await openStore({
      store: `s3://${await makeBucket()}/lab`,
      endpoint: s3Endpoint,
      app: 'https://app.example',
    });
    const mirror = await openMirror(`s3://${await makeBucket()}?endpoint=${s3Endpoint}`);
    const options = { source, order: basename(source).slice(0, 40), target, mirrors: [mirror], ...lives };
    const published = await publishOrder({ ...options, bundleLength: 8 * MIB, isStatic: true });

    const link = parseStaticLink(published.link)!;
    expect(published.link).toMatch(/^https:\/\/app\.example\/#\/order\//);
    const grants = v.parse(StaticGrants, await (await fetch(link.at)).json());
    const bytes = new Uint8Array(await (await fetch(grants.manifestUrl)).arrayBuffer());
    expect([sha256(bytes), grants.manifest]).toEqual([link.manifest, link.manifest]);
    const manifest = parseManifest(bytes);
    expect(new Set(manifest.files.map(({ object }) => object)).size).toBe(1);
    for (const [index, { path, size, offset = 0, object = '' }] of manifest.files.entries()) {
      if (size === 0) continue;
      const range = { range: `bytes=${offset}-${offset + size - 1}` };
      const url = await mirror.store.grant(object, { expiresIn: 60, fileName: path });
      for (const source of [grants.urls[index]!, url]) {
        const part = new Uint8Array(await (await fetch(source, { headers: range })).arrayBuffer());
        expect(sha256(part)).toBe(sha256(files[path as keyof typeof files]));
      }
    }
  });
});
