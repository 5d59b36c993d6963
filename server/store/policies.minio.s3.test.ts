import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import * as v from 'valibot';
import { parseOrderLink, parseStaticLink } from '../../src/order/link.ts';
import { grantsPath, receiptsPath } from '../../src/order/service-api.ts';
import { runDoctor } from '../doctor/doctor.ts';
import { StaticGrants } from '../../src/order/static-grants.ts';
import { revokeKeys } from '../orders/order-keys.ts';
import { orderStatus } from '../orders/order-status.ts';
import { publishOrder, type PublishedOrder } from '../publish/publish-order.ts';
import { createService } from '../service/create-service.ts';
import { runCli } from '../testing/run-cli.ts';
import { makeBucket, s3Endpoint, testClient } from '../testing/s3-bucket.ts';
import { openStore, type OpenStore } from './open-store.ts';

const base = await mkdtemp(join(tmpdir(), 'holdfast-policies-'));
await writeFile(join(base, 'a.bin'), Buffer.alloc(40 * 1024 * 1024, 3));
const bucket = await makeBucket();
afterAll(() => rm(base, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

/** Becomes somebody with nothing but a policy of `deploy/`, by MinIO's STS. */
async function become(name: 'service' | 'publisher'): Promise<{ target: OpenStore; client: S3Client }> {
  vi.unstubAllEnvs();
  const text = (await readFile(`deploy/policies/${name}.json`, 'utf8')).replaceAll('BUCKET', bucket);
  const policy = JSON.stringify(JSON.parse(text));
  const fields = { Action: 'AssumeRole', Version: '2011-06-15', DurationSeconds: '3600', Policy: policy };
  const user = `${process.env['AWS_ACCESS_KEY_ID']}:${process.env['AWS_SECRET_ACCESS_KEY']}`;
  const signed = ['--aws-sigv4', 'aws:amz:us-east-1:sts', '--user', user];
  const body = new URLSearchParams(fields).toString();
  const { stdout } = await promisify(execFile)('curl', [
    '-sS',
    '--fail-with-body',
    ...signed,
    '--data',
    body,
    `${s3Endpoint}/`,
  ]);
  const value = (tag: string): string => new RegExp(`<${tag}>([^<]+)`).exec(stdout)?.[1] ?? '';
  vi.stubEnv('AWS_ACCESS_KEY_ID', value('AccessKeyId'));
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', value('SecretAccessKey'));
  vi.stubEnv('AWS_SESSION_TOKEN', value('SessionToken'));
  const target = await openStore({ store: `s3://${bucket}`, endpoint: s3Endpoint });
  const client = testClient();
  // the credentials are read now, not when the environment is another one
  await Promise.all([target.store.head('x'), client.config.credentials()]);
  return { target, client };
}

const put = (client: S3Client, Key: string): Promise<unknown> =>
  client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'x' }));
const get = (client: S3Client, Key: string): Promise<unknown> =>
  client.send(new GetObjectCommand({ Bucket: bucket, Key }));
/** What the doctor finds that it does not call well. */
async function ill(target: OpenStore): Promise<string[]> {
  const found = await runDoctor({ target, granter: target.store, fixCors: false, speed: 1e6 });
  expect(found.map(({ check }) => check)).toEqual(expect.arrayContaining(['ranges', 'CORS', 'clock', 'HEAD']));
  return found.filter(({ state }) => state !== 'ok').map(({ check }) => check);
}
const refused = { name: 'AccessDenied' };

describe('with no more than the policies of deploy/', () => {
  let published: PublishedOrder;
  beforeAll(async () => {
    const { target } = await become('publisher');
    published = await publishOrder({ source: base, order: 'A-1', target, expiresIn: 60_000, urlExpiresIn: 600 });
  });

  it('the publisher publishes, continues, governs, and can destroy nothing', async () => {
    const { target, client } = await become('publisher');
    const again = await publishOrder({ source: base, order: 'A-1', target, expiresIn: 60_000, urlExpiresIn: 600 });
    expect(again.manifest).toBe(published.manifest);
    expect((await fetch(again.files[0]!.url, { headers: { range: 'bytes=0-0' } })).status).toBe(206);
    await revokeKeys(target, 'A-1', (await orderStatus(target, 'A-1'))!.keys[0]!.id);
    // no service runs here, which the doctor says
    expect(await ill(target)).toEqual(['service']);
    await expect(put(client, 'orders/A-1/receipts/x.json')).rejects.toMatchObject(refused);
    await expect(put(client, 'elsewhere')).rejects.toMatchObject(refused);
    const key = target.layout.manifest('A-1', published.manifest);
    await expect(client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }))).rejects.toMatchObject(refused);
  });

  it('the publisher makes links that need no service, and share URLs of single objects', async () => {
    const { target } = await become('publisher');
    const options = { source: base, order: 'S-1', target, expiresIn: 60_000, urlExpiresIn: 600 };
    const { link } = await publishOrder({ ...options, isStatic: true });
    const grants = v.parse(StaticGrants, await (await fetch(parseStaticLink(link)!.at)).json());
    for (const url of [grants.manifestUrl, ...grants.urls])
      expect((await fetch(url, { headers: { range: 'bytes=0-0' } })).status).toBe(206);
    vi.stubEnv('HOLDFAST_STORE', `s3://${bucket}`);
    vi.stubEnv('HOLDFAST_ENDPOINT', s3Endpoint);
    const key = decodeURIComponent(new URL(grants.urls[0]!).pathname.slice(bucket.length + 2));
    const { out, err } = await runCli('presign', key, '--expires', '10m');
    expect(err).toBe('');
    expect((await fetch(out.trim(), { headers: { range: 'bytes=0-0' } })).status).toBe(206);
  });

  it('the service serves, keeps receipts and traces, and can publish and destroy nothing', async () => {
    const { target, client } = await become('service');
    const { store, layout, appUrl } = target;
    const app = await createService({ store, layout, appUrl, logLevel: 'silent' });
    const { key, manifest } = parseOrderLink(published.link);
    const headers = { authorization: `Bearer ${key}` };
    const post = (url: string, payload: object): Promise<number> =>
      app.inject({ method: 'POST', url, headers, payload }).then(({ statusCode }) => statusCode);
    expect(await post(grantsPath('A-1'), { manifest, files: [0] })).toBe(200);
    const [file] = (await app.inject({ url: `/api/orders/A-1/manifests/${manifest}`, headers })).json().files;
    expect(await post(receiptsPath('A-1'), { manifest, files: [{ file: 0, sha256: file.sha256 }] })).toBe(200);
    const unknown = await app.inject({ url: `/api/orders/B-2/manifests/${manifest}`, headers });
    expect(unknown.json()).toMatchObject({ code: 'order-unknown' });
    expect((await app.inject('/readyz')).statusCode).toBe(200);
    await app.close();
    let traces = 0;
    for await (const _ of store.list('audit/')) traces++;
    expect(traces).toBeGreaterThan(1);
    expect(await ill(target)).toEqual(['service']);
    for await (const { key: path } of store.list('audit/'))
      await expect(get(client, path)).rejects.toMatchObject(refused);
    for (const path of ['files/000000000000/x', 'manifests/x.json', 'keys/x.json', 'revoked/x.json'])
      await expect(put(client, `orders/A-1/${path}`)).rejects.toMatchObject(refused);
    const gone = new DeleteObjectCommand({ Bucket: bucket, Key: layout.manifest('A-1', manifest) });
    await expect(client.send(gone)).rejects.toMatchObject(refused);
  });
});
