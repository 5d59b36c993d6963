import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createSecureServer } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { publishOrder } from '../publish/publish-order.ts';
import { serve, type RunningService } from '../service/serve.ts';
import { openStore, type OpenStore } from '../store/open-store.ts';
import { S3Store } from '../store/s3-store.ts';
import { checkAddresses } from './check-address.ts';
import { checkBytes } from './check-bytes.ts';
import { runDoctor } from './doctor.ts';

const base = await mkdtemp(join(tmpdir(), 'holdfast-doctor-'));
afterAll(() => rm(base, { recursive: true }));
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const states = (found: readonly { check: string; state: string }[]): Record<string, string> =>
  Object.fromEntries(found.map(({ check, state }) => [check, state]));
const doctor = (target: OpenStore, speed = 1e6): Promise<Record<string, string>> =>
  runDoctor({ target, granter: target.store, fixCors: false, speed }).then(states);

/** A folder store and its service on a free port. */
async function running(): Promise<{ target: OpenStore; service: RunningService }> {
  const store = await mkdtemp(join(base, 'store-'));
  const first = await openStore({ store, port: 0 });
  const service = await serve({ target: first, logLevel: 'silent' });
  ends.push(() => service.close());
  return { target: await openStore({ store, port: service.port }), service };
}

describe('holdfast doctor', () => {
  it('finds nothing wrong where nothing is', async () => {
    const { target } = await running();
    const found = await doctor(target);
    expect(Object.values(found).every((state) => state === 'ok')).toBe(true);
    expect(Object.keys(found)).toEqual(
      expect.arrayContaining([
        'store',
        'https',
        'mixed content',
        'ranges',
        'CORS',
        'expiry',
        'ETag',
        'HEAD',
        'clock',
        'service',
      ]),
    );
  });

  it('says that the service does not run, and that a store is away', async () => {
    const { target, service } = await running();
    await service.close();
    expect(await doctor(target)).toMatchObject({ store: 'ok', 'public name': 'fail', service: 'warn' });
    process.env['AWS_ACCESS_KEY_ID'] ??= 'test';
    process.env['AWS_SECRET_ACCESS_KEY'] ??= 'test';
    const away = { ...target, store: new S3Store({ bucket: 'none', endpoint: 'http://127.0.0.1:1' }) };
    expect(await doctor(away)).toMatchObject({ store: 'fail' });
  });

  it('counts whether a link lives long enough', async () => {
    const { target } = await running();
    const source = join(base, 'source');
    await mkdir(source);
    await writeFile(join(source, 'a'), Buffer.alloc(100_000));
    await publishOrder({ source, order: 'A-1', target, expiresIn: 60_000, urlExpiresIn: 60 });
    expect(await doctor(target)).toMatchObject({ 'expiry and size': 'ok' });
    expect(await doctor(target, 1000)).toMatchObject({ 'expiry and size': 'warn' });
  });

  it('looks at the mirrors, too', async () => {
    const { target } = await running();
    const mirror = (await running()).target;
    const of = (mirrors: readonly OpenStore[]): Promise<Record<string, string>> =>
      runDoctor({ target, mirrors, granter: target.store, fixCors: false, speed: 1e6 }).then(states);
    expect(await of([mirror])).toMatchObject({ 'mirror ranges': 'ok', 'mirror CORS': 'ok', 'mirror network': 'ok' });
    const away = { ...mirror, store: new S3Store({ bucket: 'none', endpoint: 'http://127.0.0.1:1' }) };
    expect(await of([away])).toMatchObject({ ranges: 'ok', mirror: 'fail', service: 'ok' });
  });

  it('says what a name leads to, and what is spoken there', async () => {
    const pem = (name: string): string => join(base, name);
    const subject = ['-subj', '/CN=localhost', '-days', '1', '-keyout', pem('key'), '-out', pem('cert')];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject], { stdio: 'ignore' });
    const tls = { key: await readFile(pem('key')), cert: await readFile(pem('cert')) };
    const spoken = async (server: Server): Promise<string | undefined> => {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      ends.push(() => new Promise((resolve) => server.close(resolve)));
      const { port } = server.address() as AddressInfo;
      return states(await checkAddresses('https://localhost', `https://127.0.0.1:${port}`))['connections'];
    };
    expect(await spoken(createSecureServer({ ...tls, allowHTTP1: true }))).toBe('warn');
    expect(await spoken(createTlsServer({ ...tls, ALPNProtocols: ['http/1.1'] }))).toBe('ok');
    const nowhere = 'https://no-such-host.invalid';
    expect(states(await checkAddresses('https://localhost', nowhere))).toMatchObject({ network: 'fail' });
    expect(states(await checkAddresses(nowhere, 'https://127.0.0.1:1'))).toMatchObject({ network: 'fail' });
  });

  it('says what a browser would refuse', async () => {
    expect(states(await checkAddresses('http://10.0.0.7:8420', 'http://10.0.0.7:9000'))).toMatchObject({
      https: 'fail',
    });
    const mixed = await checkAddresses('https://localhost', 'http://10.0.0.7:9000');
    expect(states(mixed)).toMatchObject({ https: 'ok', 'mixed content': 'fail' });
    expect(states(await checkAddresses('https://8.8.8.8', 'https://127.0.0.1:1'))).toMatchObject({ network: 'warn' });
  });

  type Fault = (headers: Record<string, string>, method?: string) => { status?: number; body?: string; drop?: boolean };
  const whole: Fault = () => ({ status: 200, body: 'x'.repeat(1024) });
  it.each<[string, string, Fault]>([
    ['ranges', 'fail', whole],
    ['ranges', 'fail', (headers) => ((headers['content-range'] = 'bytes 0-99/1024'), {})],
    ['ranges', 'fail', () => ({ body: 'y'.repeat(100) })],
    ['ranges', 'fail', (headers) => ((headers['content-encoding'] = 'br'), { body: '' })],
    // not even brotli: the connection's end is a fault of its own
    ['ranges', 'fail', (headers) => ((headers['content-encoding'] = 'br'), { body: 'no brotli'.repeat(10) })],
    ['ranges', 'fail', (headers) => ((headers['content-length'] = '100'), { body: 'short', drop: true })],
    ['public name', 'fail', () => ({ status: 403 })],
    ['public name', 'fail', () => ({ drop: true })],
    ['HEAD', 'warn', (_headers, method) => ({ drop: method === 'HEAD' })],
    ['HEAD', 'ok', (_headers, method) => (method === 'HEAD' ? { status: 403, body: '' } : {})],
    ['CORS', 'fail', (headers) => (delete headers['access-control-allow-origin'], {})],
    ['CORS', 'warn', (headers) => ((headers['access-control-expose-headers'] = 'ETag'), {})],
    ['ETag', 'warn', (headers) => (delete headers['etag'], {})],
    ['clock', 'fail', (headers) => ((headers['date'] = new Date(Date.now() - 3_600_000).toUTCString()), {})],
    ['clock', 'warn', (headers) => ((headers['date'] = new Date(Date.now() - 120_000).toUTCString()), {})],
    ['clock', 'warn', (headers) => (delete headers['date'], {})],
    ['expiry', 'fail', whole],
    ['expiry', 'warn', (headers) => (delete headers['access-control-allow-origin'], { status: 403 })],
  ])('notices a store that lies or is half set up: %s is %s', async (check, state, fault) => {
    const server = createServer(({ method }, response) => {
      const headers: Record<string, string> = {
        'access-control-allow-origin': '*',
        'access-control-expose-headers': 'Content-Range, ETag, Accept-Ranges, Retry-After',
        'content-range': 'bytes 100-199/1024',
        etag: '"a"',
        date: new Date().toUTCString(),
      };
      const right = Buffer.alloc(1024, 'holdfast ').subarray(100, 200).toString();
      const { status = 206, body = right, drop = false } = fault(headers, method);
      response.sendDate = false;
      if (drop && body === right) return void response.destroy();
      response.writeHead(status, headers);
      if (drop) response.write(body, () => response.destroy());
      else response.end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ends.push(() => new Promise((resolve) => server.close(resolve)));
    const target = await openStore({ store: await mkdtemp(join(base, 'lying-')) });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`;
    const found = await checkBytes(target, { grant: () => Promise.resolve(url) }, 'https://app.example');
    expect(states(found)[check]).toBe(state);
  });
});
