import { createHash, randomBytes, scryptSync } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as v from 'valibot';
import { GrantReply, PASSWORD_HEADER, grantsPath, manifestPath, receiptsPath } from '../../src/order/service-api.ts';
import { readAudit } from '../orders/audit-log.ts';
import { addKey, revokeKeys, shortId } from '../orders/order-keys.ts';
import { orderStatus } from '../orders/order-status.ts';
import { publishOrder } from '../publish/publish-order.ts';
import { keyHash } from '../store/layout.ts';
import { openStore } from '../store/open-store.ts';
import { toRecord } from '../store/records.ts';
import { createService, type ServiceOptions } from './create-service.ts';

const base = await mkdtemp(join(tmpdir(), 'holdfast-governed-'));
const source = join(base, 'source');
await mkdir(source);
await writeFile(join(source, 'a'), 'one');
await writeFile(join(source, 'b'), 'two');
const target = await openStore({ store: join(base, 'store'), app: 'http://localhost:1234' });
const { manifest } = await publishOrder({ source, order: 'A-1', target, expiresIn: 60_000, urlExpiresIn: 60 });
const logged: string[] = [];
const services: FastifyInstance[] = [];
async function service(options: Partial<ServiceOptions> = {}): Promise<FastifyInstance> {
  const { store, layout, appUrl } = target;
  const app = await createService({
    store,
    layout,
    appUrl,
    logLevel: 'info',
    logStream: { write: (line: string) => void logged.push(line) },
    ...options,
  });
  services.push(app);
  return app;
}
let app: FastifyInstance;
beforeAll(async () => {
  app = await service();
});
afterAll(async () => {
  await Promise.all(services.map((each) => each.close()));
  await rm(base, { recursive: true });
});

const newKey = (name: string, password?: string): ReturnType<typeof addKey> =>
  addKey(target, { order: 'A-1', manifest, expiresIn: 60_000, name, password });
/** A key whose password is derived quickly, for tests that do it many times. */
async function quickKey(text: string): Promise<string> {
  const salt = Buffer.alloc(16, 7);
  const hash = scryptSync(text, salt, 32, { N: 2, r: 1, p: 1 }).toString('base64url');
  const password = { salt: salt.toString('base64url'), hash, n: 2, r: 1, p: 1 };
  const key = randomBytes(32).toString('base64url');
  const times = { createdAt: new Date().toISOString(), expiresAt: new Date(Date.now() + 60_000).toISOString() };
  const record = toRecord({ manifest, hash: keyHash(key), ...times, password });
  await target.store.putNew(target.layout.key('A-1', key), record, 'application/json');
  return key;
}
const bearer = (key: string, password?: string): Record<string, string> => ({
  authorization: `Bearer ${key}`,
  ...(password !== undefined && { [PASSWORD_HEADER]: Buffer.from(password).toString('base64url') }),
});
const getManifest = (key: string, on = app, password?: string): Promise<LightMyRequestResponse> =>
  on.inject({ url: manifestPath('A-1', manifest), headers: bearer(key, password) });
const post = (path: string, key: string, payload: object, on = app): Promise<LightMyRequestResponse> =>
  on.inject({ method: 'POST', url: path, headers: bearer(key), payload });
const outcome = (reply: LightMyRequestResponse): [number, string] => [reply.statusCode, reply.json().code];

describe('a link that is governed', () => {
  it('ends with the next request after it is revoked, and the others go on', async () => {
    const [one, other] = [await newKey('one'), await newKey('other')];
    expect((await getManifest(one.key)).statusCode).toBe(200);
    await revokeKeys(target, 'A-1', 'one');
    expect(outcome(await getManifest(one.key))).toEqual([403, 'key-revoked']);
    expect(outcome(await post(grantsPath('A-1'), one.key, { manifest, files: [0] }))).toEqual([403, 'key-revoked']);
    expect((await getManifest(other.key)).statusCode).toBe(200);
  });

  it('opens with its password only, and guessing it ends soon', async () => {
    const key = await quickKey('正确的马儿 2024');
    expect(outcome(await getManifest(key))).toEqual([401, 'password-needed']);
    for (let n = 0; n < 9; n++)
      expect(outcome(await getManifest(key, app, `guess ${n}`))).toEqual([401, 'password-needed']);
    expect((await getManifest(key, app, '正确的马儿 2024')).statusCode).toBe(200);
    const limited = await getManifest(key, app, 'guess');
    expect(outcome(limited)).toEqual([429, 'server-busy']);
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(limited.headers['retry-after'])).toBeLessThanOrEqual(60);
    // who knows it is not locked out by who does not
    expect((await getManifest(key, app, '正确的马儿 2024')).statusCode).toBe(200);
  });

  it('has its password guessed a hundred times an hour at most, from however many addresses', async () => {
    const behind = await service({ trustProxy: ['127.0.0.1'], logLevel: 'silent' });
    const key = await quickKey('the right one');
    const from = (address: string, guess: string): Promise<LightMyRequestResponse> =>
      behind.inject({
        url: manifestPath('A-1', manifest),
        headers: { ...bearer(key, guess), 'x-forwarded-for': address },
      });
    expect((await from('192.0.2.1', 'the right one')).statusCode).toBe(200);
    // one network of IPv6 is one guesser
    const codes = [];
    for (let n = 0; n < 12; n++) codes.push((await from(`2001:db8::${n.toString(16)}`, `guess ${n}`)).statusCode);
    expect(codes).toEqual([...new Array<number>(10).fill(401), 429, 429]);
    for (let n = 0; n < 89; n++) expect((await from(`198.51.100.${n}`, `more ${n}`)).statusCode).toBe(401);
    const limited = await from('203.0.113.1', 'the last one');
    expect(outcome(limited)).toEqual([429, 'server-busy']);
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(60);
    // whoever has shown it goes on
    expect((await from('192.0.2.1', 'the right one')).statusCode).toBe(200);
  });

  it('takes receipts, once each, and only of what is in the order', async () => {
    const { key, id } = await newKey('receiver');
    const grants = await post(grantsPath('A-1'), key, { manifest, files: [0, 1] });
    expect(grants.statusCode).toBe(200);
    const { files } = JSON.parse((await getManifest(key)).body) as { files: { sha256: string }[] };
    const receipt = { manifest, files: [{ file: 0, sha256: files[0]!.sha256 }] };
    const path = receiptsPath('A-1');
    expect((await post(path, key, receipt)).json()).toEqual({ received: 1 });
    const received = async (): Promise<unknown> =>
      (await orderStatus(target, 'A-1'))?.keys.find((each) => each.id === id);
    const before = await received();
    expect(before).toMatchObject({ received: 1, complete: false });
    expect((await post(path, key, receipt)).statusCode).toBe(200);
    expect(await received()).toEqual(before);
    const wrong = { manifest, files: [{ file: 0, sha256: files[1]!.sha256 }] };
    expect(outcome(await post(path, key, wrong))).toEqual([400, 'request-invalid']);
    expect(outcome(await post(path, key, { manifest, files: [{ ...wrong.files[0], file: 7 }] }))).toEqual([
      400,
      'request-invalid',
    ]);
    expect(outcome(await post(path, 'x'.repeat(43), receipt))).toEqual([401, 'key-invalid']);
  });
});

describe('a store with mirrors', () => {
  it('asks only the first for a version: mirrors number their own', async () => {
    const files = [{ path: 'a', size: 0, sha256: createHash('sha256').digest('hex'), pieces: [], object: 'x/a' }];
    const head = { version: 1, id: 'A-1', title: 'A', createdAt: new Date().toISOString(), pieceLength: 8_388_608 };
    const bytes = toRecord({ ...head, files: files.map((file) => ({ ...file, version: 'v1' })) });
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await target.store.putNew(target.layout.manifest('A-1', sha256), bytes, 'application/json');
    const { key } = await addKey(target, { order: 'A-1', manifest: sha256, expiresIn: 60_000 });
    const asked: (string | undefined)[] = [];
    const note = (_key: string, { version }: { version?: string }): Promise<string> => {
      asked.push(version);
      return Promise.resolve('https://a.example/x');
    };
    const first = vi.spyOn(target.store, 'grant').mockImplementation(note);
    const mirrored = await service({ mirrors: [{ grant: note }], logLevel: 'silent' });
    expect((await post(grantsPath('A-1'), key, { manifest: sha256, files: [0] }, mirrored)).statusCode).toBe(200);
    first.mockRestore();
    expect(asked).toEqual(['v1', undefined]);
  });

  it('gives the page every place that has the bytes', async () => {
    const mirrored = await service({ mirrors: [{ grant: (key) => Promise.resolve(`https://mirror.example/${key}`) }] });
    const { key } = await newKey('mirrored');
    const reply = await post(grantsPath('A-1'), key, { manifest, files: [0] }, mirrored);
    const { grants } = v.parse(GrantReply, reply.json());
    expect(grants[0]?.mirrors).toEqual([expect.stringMatching(/^https:\/\/mirror\.example\/orders\/A-1\/files\//)]);
  });
});

describe('two copies of the service on one store', () => {
  it('give the same answers, and see at once what the other one did', async () => {
    const second = await service();
    const { key, id } = await newKey('shared');
    expect((await getManifest(key)).body).toBe((await getManifest(key, second)).body);
    const { grants } = (await post(grantsPath('A-1'), key, { manifest, files: [0] })).json<{
      grants: { url: string }[];
    }>();
    const { pathname, search } = new URL(grants[0]!.url);
    expect((await second.inject(pathname + search)).body).toBe('one');
    const { files } = JSON.parse((await getManifest(key)).body) as { files: { sha256: string }[] };
    const all = files.map(({ sha256 }, file) => ({ file, sha256 }));
    await post(receiptsPath('A-1'), key, { manifest, files: all.slice(0, 1) });
    await post(receiptsPath('A-1'), key, { manifest, files: all.slice(1) }, second);
    expect((await orderStatus(target, 'A-1'))?.keys.find((each) => each.id === id)).toMatchObject({ complete: true });
    await revokeKeys(target, 'A-1', id);
    for (const copy of [app, second]) expect(outcome(await getManifest(key, copy))).toEqual([403, 'key-revoked']);
  });
});

describe('the traces of the service', () => {
  it('name every use, and hold no secret', async () => {
    // the level that says most
    const traced = await service({ logLevel: 'debug' });
    const key = await quickKey('a long password');
    const id = shortId(keyHash(key));
    await getManifest(key, traced, 'a long password');
    await getManifest(key, traced, 'not this one');
    const { grants } = (
      await traced.inject({
        method: 'POST',
        url: grantsPath('A-1'),
        payload: { manifest, files: [0] },
        headers: bearer(key, 'a long password'),
      })
    ).json<{ grants: { url: string }[] }>();
    const { pathname, search, searchParams } = new URL(grants[0]!.url);
    await traced.inject(pathname + search);
    await traced.inject({ url: `/%ZZ${search}`, headers: bearer(key) });
    await traced.close();

    const events = [];
    for await (const event of readAudit(target, { order: 'A-1' })) if (event.key === id) events.push(event);
    // refusals are gathered, so their line may come after those of later uses
    const said = events.map(({ action, code }) => code ?? action);
    expect(said.sort()).toEqual(['grants', 'manifest', 'password-needed']);
    expect(events.find(({ action, code }) => action === 'grants' && code === undefined)).toMatchObject({
      files: 1,
      address: '127.0.0.1',
      request: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    });
    const text = logged.join('') + JSON.stringify(events);
    expect(text).toContain('order used');
    for (const secret of [
      key,
      searchParams.get('signature')!,
      'a long password',
      Buffer.from('a long password').toString('base64url'),
    ])
      expect(text).not.toContain(secret);
  });

  it('are a line for a flood of refusals, which never pushes a use out', async () => {
    const flooded = await service({ logLevel: 'silent' });
    const { key, id } = await newKey('victim');
    expect((await post(grantsPath('A-1'), key, { manifest, files: [0] }, flooded)).statusCode).toBe(200);
    for (let n = 0; n < 150; n++) await getManifest(String(n).padStart(43, 'B'), flooded);
    await flooded.close();
    const events = [];
    for await (const event of readAudit(target, { order: 'A-1' })) events.push(event);
    expect(events.find((event) => event.key === id)).toMatchObject({ action: 'grants' });
    const refused = events.filter(({ code }) => code === 'key-invalid' || code === 'server-busy');
    expect(refused.reduce((sum, { times = 1 }) => sum + times, 0)).toBeGreaterThanOrEqual(150);
    expect(refused.length).toBeLessThan(10);
  });

  it('tell Prometheus, on this computer or with a token', async () => {
    const metrics = await app.inject('/metrics');
    expect(metrics.body).toMatch(/holdfast_grants_total [1-9]/);
    expect(metrics.body).toMatch(/holdfast_refused_total\{code="key-revoked"\} [1-9]/);
    expect(metrics.body).toContain('holdfast_request_seconds_bucket');
    expect(metrics.body).not.toContain('A-1');
    expect((await app.inject({ url: '/metrics', remoteAddress: '10.1.2.3' })).statusCode).toBe(404);
    const guarded = await service({ metricsToken: 'token' });
    expect((await guarded.inject('/metrics')).statusCode).toBe(404);
    const headers = { authorization: 'Bearer token' };
    expect((await guarded.inject({ url: '/metrics', headers, remoteAddress: '10.1.2.3' })).statusCode).toBe(200);
  });
});
