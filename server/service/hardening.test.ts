import { connect } from 'node:net';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseOrderLink } from '../../src/order/link.ts';
import { grantsPath, manifestPath } from '../../src/order/service-api.ts';
import { publishOrder } from '../publish/publish-order.ts';
import { openStore } from '../store/open-store.ts';
import { createService, type ServiceOptions } from './create-service.ts';
import { serve } from './serve.ts';

const base = await mkdtemp(join(tmpdir(), 'holdfast-hardening-'));
await mkdir(join(base, 'source'));
await writeFile(join(base, 'source', 'a'), Buffer.alloc(8_000_000));
const target = await openStore({ store: join(base, 'store'), port: 0 });
const { store, layout } = target;
const source = join(base, 'source');
const published = await publishOrder({ source, order: 'A-1', target, expiresIn: 60_000, urlExpiresIn: 60 });
const { key, manifest } = parseOrderLink(published.link);
const headers = { authorization: `Bearer ${key}` };
const services: FastifyInstance[] = [];
async function service(options: Partial<ServiceOptions> = {}): Promise<FastifyInstance> {
  const app = await createService({ store, layout, appUrl: 'https://app.example', logLevel: 'silent', ...options });
  services.push(app);
  return app;
}
/** A promise and what fulfils it. */
function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
let app: FastifyInstance;
beforeAll(async () => {
  app = await service();
});
afterAll(async () => {
  await Promise.all(services.map((each) => each.close()));
  await rm(base, { recursive: true });
});

describe('hostile requests', () => {
  it.each(['..', '../..', '%2e%2e%2f', 'a%2fb', '%00', 'A-1%0d%0aSet-Cookie:x', 'a'.repeat(3000), '晶', '__proto__'])(
    'get no further than the id: %j',
    async (id) => {
      const reply = await app.inject({ url: `/api/orders/${id}/manifests/${manifest}`, headers });
      expect([400, 401, 404]).toContain(reply.statusCode);
      expect(reply.headers['set-cookie']).toBeUndefined();
    },
  );

  it.each([
    '../holdfast.json',
    '..%2fholdfast.json',
    'orders/A-1/keys/x.json',
    '/etc/passwd',
    'orders/A-1/files/../../../holdfast.json',
  ])('get no bytes that are not a file of an order: %j', async (path) => {
    const url = await store.grant(path, { expiresIn: 60, fileName: 'x' });
    const { search } = new URL(url);
    expect([403, 404]).toContain((await app.inject(`/store/${path}${search}`)).statusCode);
  });

  it('are cut off when they are too large, whatever they say', async () => {
    const huge = await app.inject({
      method: 'POST',
      url: grantsPath('A-1'),
      headers,
      payload: { files: 'x'.repeat(70_000) },
    });
    expect([huge.statusCode, huge.json().code]).toEqual([400, 'request-invalid']);
    const claimed = { ...headers, 'content-length': String(10 * 2 ** 30), 'content-type': 'application/json' };
    expect(
      (await app.inject({ method: 'POST', url: grantsPath('A-1'), headers: claimed, payload: '{' })).statusCode,
    ).toBe(400);
    const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;
    const json = { ...headers, 'content-type': 'application/json' };
    expect(
      (await app.inject({ method: 'POST', url: grantsPath('A-1'), headers: json, payload: deep })).statusCode,
    ).toBe(400);
  });

  it.each([
    ['as it should be', '"files":[0]', 200],
    ['__proto__', '"files":[0],"__proto__":{"files":[0]}', 400],
    ['constructor.prototype', '"files":[0],"constructor":{"prototype":{"a":1}}', 400],
    ['another key', '"files":[0],"toString":1', 400],
    ['deep nesting beside', `"files":[0],"a":${'['.repeat(20_000)}${']'.repeat(20_000)}`, 400],
    ['deep nesting inside', `"files":[${'['.repeat(20_000)}${']'.repeat(20_000)}]`, 400],
    ['a key twice', '"files":[9],"files":[0]', 200],
    ['a number that is none', '"files":[1e999]', 400],
    ['a part of a file', '"files":[0.5]', 400],
    ['before the first', '"files":[-1]', 400],
    ['more than there may be', `"files":[${new Array(101).fill(0).join(',')}]`, 400],
  ])('change nothing in a body that is right otherwise: %s', async (_what, rest, status) => {
    const payload = `{"manifest":"${manifest}",${rest}}`;
    const json = { ...headers, 'content-type': 'application/json' };
    const reply = await app.inject({ method: 'POST', url: grantsPath('A-1'), headers: json, payload });
    expect(reply.statusCode).toBe(status);
    expect(({} as Record<string, unknown>)['files']).toBeUndefined();
  });

  it('with an address that cannot be read are answered like others, without telling or logging it', async () => {
    const lines: string[] = [];
    const logged = await service({ logLevel: 'debug', logStream: { write: (line: string) => void lines.push(line) } });
    const reply = await logged.inject('/store/%ZZ?signature=a-secret');
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'request-invalid']);
    expect(reply.body).not.toContain('%ZZ');
    expect(reply.body + lines.join('')).not.toContain('a-secret');
  });

  it('that guess keys are slowed down, and learn nothing from the answer', async () => {
    const guessed = await service();
    const answers = new Map<number, number>();
    for (let n = 0; n < 650; n++) {
      const guess = { authorization: `Bearer ${String(n).padStart(43, 'A')}` };
      const { statusCode } = await guessed.inject({ url: manifestPath('A-1', manifest), headers: guess });
      answers.set(statusCode, (answers.get(statusCode) ?? 0) + 1);
    }
    expect(Object.fromEntries(answers)).toEqual({ 401: 600, 429: 50 });
    const limited = await guessed.inject({ url: manifestPath('A-1', manifest), headers });
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
    // another address goes on
    const other = await guessed.inject({ url: manifestPath('A-1', manifest), headers, remoteAddress: '10.0.0.9' });
    expect(other.statusCode).toBe(200);
  });

  it('with one key are limited, whatever address they come from', async () => {
    const limited = await service({ trustProxy: ['127.0.0.1'] });
    const replies = [];
    for (let n = 0; n < 301; n++) {
      const from = { ...headers, 'x-forwarded-for': `10.0.${n >> 8}.${n & 255}` };
      replies.push(await limited.inject({ url: manifestPath('A-1', manifest), headers: from }));
    }
    const last = replies.at(-1);
    expect([replies.filter(({ statusCode }) => statusCode === 200).length, last?.statusCode]).toEqual([300, 429]);
    expect(Number(last?.headers['retry-after'])).toBeGreaterThan(0);
  });
});

describe('the service in a company', () => {
  it('believes forwarded addresses of a stated proxy only', async () => {
    const lines: string[] = [];
    const logStream = { write: (line: string) => void lines.push(line) };
    const behind = await service({ trustProxy: ['10.9.0.0/16'], metricsToken: undefined, logStream, logLevel: 'info' });
    const forged = { 'x-forwarded-for': '127.0.0.1' };
    expect((await behind.inject({ url: '/metrics', headers: forged, remoteAddress: '10.1.1.1' })).statusCode).toBe(404);
    expect((await behind.inject({ url: '/metrics', headers: forged, remoteAddress: '10.9.1.1' })).statusCode).toBe(200);
  });

  it('is used by listed origins only', async () => {
    const shared = await service({ corsOrigins: ['https://other.example'] });
    const ask = async (origin: string, on = shared): Promise<unknown> =>
      (
        await on.inject({
          method: 'OPTIONS',
          url: grantsPath('A-1'),
          headers: { origin, 'access-control-request-method': 'POST' },
        })
      ).headers['access-control-allow-origin'];
    expect(await ask('https://other.example')).toBe('https://other.example');
    expect(await ask('https://evil.example')).toBeUndefined();
    expect(await ask('https://other.example', app)).toBeUndefined();
  });

  it('names each request, and says whether it is ready', async () => {
    const one = await app.inject('/readyz');
    expect([one.statusCode, one.headers['x-request-id']]).toEqual([200, expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    const away = Object.create(store) as typeof store;
    let asked = 0;
    away.probe = () => Promise.reject(new Error(`down ${asked++}`));
    const unready = await service({ store: away });
    const answers = await Promise.all(Array.from({ length: 50 }, () => unready.inject('/readyz')));
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([503]));
    expect(asked).toBe(1);
    expect((await unready.inject('/healthz')).statusCode).toBe(200);
  });

  it('is not ready when its folder is gone', async () => {
    const lost = await openStore({ store: join(base, 'lost') });
    const unready = await service({ store: lost.store });
    await rm(join(base, 'lost'), { recursive: true });
    const { statusCode, body } = await unready.inject('/readyz');
    expect([statusCode, JSON.parse(body)]).toEqual([503, { status: 'store-unreachable' }]);
  });

  it('does not listen to a network without https', async () => {
    await expect(serve({ target, host: '0.0.0.0' })).rejects.toThrow('no https');
    const behind = await serve({ target, host: '0.0.0.0', trustProxy: ['10.0.0.1'], logLevel: 'silent' });
    await behind.close();
  });

  it('lets balancers know before it stops, and still answers', async () => {
    const slow = Object.create(store) as typeof store;
    const release = withResolvers();
    slow.get = async (path) => (await release.promise, store.get(path));
    const running = await serve({ target: { ...target, store: slow }, logLevel: 'silent', drain: 500 });
    const at = `http://localhost:${running.port}`;
    expect((await fetch(`${at}/readyz`)).status).toBe(200);
    const asked = fetch(`${at}${manifestPath('A-1', manifest)}`, { headers });
    const begin = performance.now();
    const closed = running.close();
    const told = await fetch(`${at}/readyz`);
    expect([told.status, await told.json()]).toEqual([503, { status: 'stopping' }]);
    expect((await fetch(`${at}/healthz`)).status).toBe(200);
    release.resolve();
    expect((await asked).status).toBe(200);
    await closed;
    expect(performance.now() - begin).toBeGreaterThanOrEqual(499);
    await expect(fetch(`${at}/healthz`)).rejects.toThrow();
  });

  it('gives a request that runs its answer, without any time to drain', async () => {
    const slow = Object.create(store) as typeof store;
    const release = withResolvers();
    const began = withResolvers();
    slow.get = async (path) => (began.resolve(), await release.promise, store.get(path));
    const running = await serve({ target: { ...target, store: slow }, logLevel: 'silent' });
    const asked = fetch(`http://localhost:${running.port}${manifestPath('A-1', manifest)}`, { headers });
    await began.promise;
    const closed = running.close();
    release.resolve();
    expect((await asked).status).toBe(200);
    await closed;
  });

  it('stops at once when it is told to, and cuts transfers, which pages continue', async () => {
    const running = await serve({ target, logLevel: 'silent' });
    const { pathname, search } = new URL(published.files[0]!.url);
    const socket = connect(running.port, '127.0.0.1');
    // reads nothing: the transfer is stuck half-way
    const started = new Promise((resolve) => socket.once('readable', resolve));
    socket.write(`GET ${pathname}${search} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await started;
    // a connection without a request, as browsers open them ahead
    const idle = connect(running.port, '127.0.0.1');
    await new Promise((resolve) => idle.once('connect', resolve));
    const begin = performance.now();
    await running.close();
    idle.destroy();
    expect(performance.now() - begin).toBeLessThan(4000);
    await vi.waitFor(() => {
      socket.read();
      expect(socket.destroyed || socket.readableEnded).toBe(true);
    }, 10_000);
    socket.destroy();
  });
});
