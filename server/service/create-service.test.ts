import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { afterAll, describe, expect, it } from 'vitest';
import { parseOrderLink } from '../../src/order/link.ts';
import { MANIFEST_TYPE } from '../../src/order/manifest.ts';
import { grantsPath, manifestPath } from '../../src/order/service-api.ts';
import { publishOrder } from '../publish/publish-order.ts';
import { openStore } from '../store/open-store.ts';
import { S3Store } from '../store/s3-store.ts';
import { createService } from './create-service.ts';

const base = await mkdtemp(join(tmpdir(), 'holdfast-service-'));
const source = join(base, 'source');
const appFolder = join(base, 'app');
await mkdir(source);
await mkdir(join(appFolder, 'assets'), { recursive: true });
await writeFile(join(appFolder, 'index.html'), '<!doctype html>');
await writeFile(join(appFolder, 'assets', 'a-123.js'), '');
await writeFile(join(source, 'a #晶片.bin'), Buffer.alloc(1000, 7));
await writeFile(join(source, 'empty'), '');
const target = await openStore({ store: join(base, 'store'), app: 'http://localhost:1234' });
const HOUR = 3_600_000;
const order = await publishOrder({ source, order: 'A-1', target, expiresIn: HOUR, urlExpiresIn: 60 });
const link = parseOrderLink(order.link);
let time = Date.now();
const silent = {
  layout: target.layout,
  appUrl: target.appUrl,
  appFolder,
  logLevel: 'silent',
  now: () => time,
} as const;
const app = await createService({ ...silent, store: target.store });
afterAll(async () => {
  await app.close();
  await rm(base, { recursive: true });
});

const bearer = (key: string): { authorization: string } => ({ authorization: `Bearer ${key}` });
const getManifest = (id = link.id, key = link.key, sha256 = link.manifest, on = app): Promise<LightMyRequestResponse> =>
  on.inject({ url: manifestPath(id, sha256), headers: bearer(key) });
const postGrants = (payload: object, key = link.key, on: FastifyInstance = app): Promise<LightMyRequestResponse> =>
  on.inject({ method: 'POST', url: grantsPath(link.id), headers: bearer(key), payload });
const getBytes = (url: string, range?: string): Promise<LightMyRequestResponse> => {
  const { pathname, search } = new URL(url);
  return app.inject({ url: pathname + search, headers: range === undefined ? {} : { range } });
};

describe('the order service', () => {
  it('gives manifest and grants to a holder of the key', async () => {
    const manifest = await getManifest();
    expect(manifest.statusCode).toBe(200);
    expect(manifest.headers['content-type']).toBe(MANIFEST_TYPE);
    const reply = await postGrants({ manifest: link.manifest, files: [1, 0] });
    const { grants } = reply.json<{ grants: { file: number; url: string; expiresIn: number }[] }>();
    expect(grants.map(({ file, expiresIn }) => [file, expiresIn])).toEqual([
      [1, HOUR],
      [0, HOUR],
    ]);
    expect((await getBytes(grants[1]!.url)).rawPayload).toEqual(Buffer.alloc(1000, 7));
  });

  it('refuses each wrong request with its own code', async () => {
    const wrongKey = 'x'.repeat(43);
    const cases: [LightMyRequestResponse, number, string][] = [
      [await getManifest(link.id, wrongKey), 401, 'key-invalid'],
      [await getManifest(link.id, 'short'), 401, 'key-invalid'],
      [await getManifest(link.id, link.key, '0'.repeat(64)), 401, 'key-invalid'],
      [await getManifest('B-2'), 404, 'order-unknown'],
      [await getManifest('..%2fx'), 400, 'request-invalid'],
      [await postGrants({ manifest: link.manifest, files: [] }), 400, 'request-invalid'],
      [await postGrants({ manifest: link.manifest, files: [7] }), 400, 'request-invalid'],
      [await postGrants({ files: [0] }), 400, 'request-invalid'],
    ];
    for (const [reply, status, code] of cases) expect([reply.statusCode, reply.json().code]).toEqual([status, code]);
  });

  it('says when a link has ended', async () => {
    time += 2 * HOUR;
    const reply = await getManifest();
    time -= 2 * HOUR;
    expect([reply.statusCode, reply.json().code]).toEqual([403, 'key-expired']);
  });

  it('says when its store is down', async () => {
    const store = new S3Store({ bucket: 'none', endpoint: 'http://127.0.0.1:1' });
    process.env['AWS_ACCESS_KEY_ID'] ??= 'test';
    process.env['AWS_SECRET_ACCESS_KEY'] ??= 'test';
    const away = await createService({ ...silent, store });
    const reply = await getManifest(link.id, link.key, link.manifest, away);
    expect([reply.statusCode, reply.json().code]).toEqual([503, 'service-unavailable']);
    await away.close();
  });

  it('serves the app with a strict policy', async () => {
    const page = await app.inject('/');
    expect(page.statusCode).toBe(200);
    expect(page.headers['cache-control']).toBe('no-cache');
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(page.headers['strict-transport-security']).toBeUndefined();
    expect((await app.inject('/assets/a-123.js')).headers['cache-control']).toContain('immutable');
    expect((await app.inject('/healthz')).statusCode).toBe(200);
  });
});

describe('the bytes of a folder store', () => {
  const [file, empty] = order.files;

  it('come in exact ranges that cannot act as a page', async () => {
    const reply = await getBytes(file!.url, 'bytes=0-99');
    expect([reply.statusCode, reply.rawPayload.length]).toEqual([206, 100]);
    expect(reply.headers).toMatchObject({
      'content-range': 'bytes 0-99/1000',
      'content-security-policy': 'sandbox',
      'content-type': 'application/octet-stream',
      'x-content-type-options': 'nosniff',
      'access-control-allow-origin': '*',
      'cache-control': 'no-store',
    });
    expect(reply.headers['content-disposition']).toMatch(/^attachment/);
    expect(reply.headers['etag']).toBeDefined();
  });

  it('say the size of an empty file', async () => {
    const reply = await getBytes(empty!.url, 'bytes=0-0');
    expect([reply.statusCode, reply.headers['content-range']]).toEqual([416, 'bytes */0']);
  });

  it('need a signature that holds', async () => {
    expect((await getBytes(`${file!.url}x`)).statusCode).toBe(403);
    time += 120_000;
    const late = await getBytes(file!.url);
    time -= 120_000;
    expect(late.statusCode).toBe(403);
    expect(late.body).toContain('<Code>AccessDenied</Code><Message>Request has expired</Message>');
    expect(late.headers['access-control-allow-origin']).toBe('*');
    const settings = await target.store.grant('holdfast.json', { expiresIn: 60, fileName: 'x' });
    expect((await getBytes(settings)).statusCode).toBe(403);
    const gone = await target.store.grant('orders/A-1/files/0123456789ab/x', { expiresIn: 60, fileName: 'x' });
    expect((await getBytes(gone)).statusCode).toBe(404);
  });
});
