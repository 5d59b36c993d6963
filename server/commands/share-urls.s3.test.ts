import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseMetalink } from '../../src/order/metalink.ts';
import type { PublishedOrder } from '../publish/publish-order.ts';
import { uploadFile } from '../publish/upload-file.ts';
import { serve, type RunningService } from '../service/serve.ts';
import { makeGateway } from '../store/gateway.ts';
import { openStore } from '../store/open-store.ts';
import { runCli } from '../testing/run-cli.ts';
import { makeBucket, s3Endpoint, testClient } from '../testing/s3-bucket.ts';

const base = await mkdtemp(join(tmpdir(), 'holdfast-share-'));
afterAll(() => rm(base, { recursive: true }));
const bytes = randomBytes(300_001);
const source = join(base, 'chips');
await mkdir(source);
await writeFile(join(source, 'a b.bin'), bytes);
const sha256 = (of: Uint8Array): string => createHash('sha256').update(of).digest('hex');
const received = async (url: string): Promise<string> => sha256(new Uint8Array(await (await fetch(url)).arrayBuffer()));
const bucket = await makeBucket({ versioned: true });

beforeEach(() => {
  vi.stubEnv('HOLDFAST_STORE', `s3://${bucket}/lab`);
  vi.stubEnv('HOLDFAST_ENDPOINT', s3Endpoint);
});
afterEach(() => vi.unstubAllEnvs());

/** What the command prints, which must succeed. */
async function run(...args: readonly string[]): Promise<string> {
  const { out, err, code } = await runCli(...args);
  expect([code, err]).toEqual([0, '']);
  return out.trim();
}

describe('presign', () => {
  const day = 24 * 3600 * 1000;
  let versions: string[];
  beforeAll(async () => {
    const put = (Body: string): Promise<{ VersionId?: string | undefined }> =>
      testClient().send(new PutObjectCommand({ Bucket: bucket, Key: 'elsewhere/a b.txt', Body }));
    versions = [(await put('one')).VersionId ?? '', (await put('two')).VersionId ?? ''];
  });

  it('signs type, disposition, name, version and further parameters', async () => {
    const flags = ['--content-type', 'text/csv', '--inline', '--file-name', '晶片.csv', '--version-id', versions[0]!];
    const url = await run('presign', 'elsewhere/a b.txt', ...flags, '--query', 'lot=7 a', '--query', 'who=Lab');
    const reply = await fetch(url);
    expect([reply.status, await reply.text()]).toEqual([200, 'one']);
    expect(reply.headers.get('content-type')).toBe('text/csv');
    expect(reply.headers.get('content-disposition')).toMatch(/^inline; .*%E6%99%B6%E7%89%87\.csv$/);
    const query = new URL(url).searchParams;
    expect([query.get('lot'), query.get('who'), query.get('X-Amz-Expires')]).toEqual(['7 a', 'Lab', '604800']);
    expect((await fetch(url.replace('who=Lab', 'who=Bob'))).status).toBe(403);
  });

  it('counts the life from the date that is given', async () => {
    const at = (ms: number): string => new Date(Date.now() + ms).toISOString();
    const one = await run('presign', 'elsewhere/a b.txt', '--expires', '2d', '--date', at(-day));
    expect(await (await fetch(one)).text()).toBe('two');
    const over = await run('presign', 'elsewhere/a b.txt', '--expires', '1d', '--date', at(-2 * day));
    expect((await fetch(over)).status).toBe(403);
    const long = await runCli('presign', 'x', '--expires', '8d');
    expect([long.code, long.err]).toEqual([1, expect.stringContaining('7 days at most')]);
  });
});

describe('export', () => {
  it(
    'writes what other clients run, with a mirror’s URLs behind those of the store',
    { timeout: 100_000 },
    async () => {
      const mirror = `s3://${await makeBucket({ versioned: true })}?endpoint=${s3Endpoint}`;
      await run('publish', source, '--order', 'E-1', '--mirror', mirror);
      const folder = await mkdtemp(join(base, 'received-'));
      await run('export', 'E-1', '--format', 'curl', '--out', join(folder, 'get.sh'));
      await promisify(execFile)('sh', ['get.sh'], { cwd: folder });
      expect(sha256(await readFile(join(folder, 'E-1', 'a b.bin')))).toBe(sha256(bytes));

      const [file] = parseMetalink(await run('export', 'E-1', '--mirror', mirror));
      expect(file?.urls).toHaveLength(2);
      for (const url of file!.urls) expect(await received(url)).toBe(sha256(bytes));
      expect(file!.urls[1]).toContain(mirror.slice(5, 20));
    },
  );
});

describe('objects that are in a versioned store already', () => {
  it('are published with a mirror, which gets the bytes and keeps no version of the first', async () => {
    const client = testClient();
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'raw/one.bin', Body: bytes }));
    const mirror = `s3://${await makeBucket({ versioned: true })}?endpoint=${s3Endpoint}`;
    const publish = ['publish', `s3://${bucket}/raw`, '--order', 'M-1', '--mirror', mirror, '--json'];
    const { manifest } = JSON.parse(await run(...publish)) as PublishedOrder;
    const [file] = parseMetalink(await run('export', 'M-1', '--mirror', mirror));
    for (const url of file!.urls) expect(await received(url)).toBe(sha256(bytes));
    expect(new URL(file!.urls[0]!).searchParams.get('versionId')).not.toBeNull();
    expect(new URL(file!.urls[1]!).searchParams.get('versionId')).toBeNull();
    expect((JSON.parse(await run(...publish)) as PublishedOrder).manifest).toBe(manifest);

    const other = await makeBucket();
    await client.send(new PutObjectCommand({ Bucket: other, Key: 'raw/one.bin', Body: randomBytes(bytes.length) }));
    const refused = await runCli(...publish.slice(0, 5), `s3://${other}?endpoint=${s3Endpoint}`);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('has another object at raw/one.bin')]);
  });
});

describe('share URLs of a gateway', () => {
  const secret = 'a secret that all copies of the service share';
  let service: RunningService;
  let app: string;
  beforeAll(async () => {
    const target = await openStore({ store: `s3://${bucket}/lab`, endpoint: s3Endpoint, port: 0 });
    const gateway = makeGateway(target, secret);
    service = await serve({ target, gateway, logLevel: 'silent' });
    app = `http://localhost:${service.port}`;
  });
  afterAll(() => service.close());
  beforeEach(() => {
    vi.stubEnv('HOLDFAST_APP_URL', app);
    vi.stubEnv('HOLDFAST_GATEWAY', 'yes');
    vi.stubEnv('HOLDFAST_SIGNING_SECRET', secret);
  });

  it('are the service’s, from every command and for scripts', async () => {
    const published = JSON.parse(await run('publish', source, '--order', 'G-1', '--json')) as PublishedOrder;
    const urls = [
      published.files[0]!.url,
      await run('presign', new URL(published.files[0]!.url).pathname.replace('/store/', '').replaceAll('%20', ' ')),
      ...parseMetalink(await run('export', 'G-1')).flatMap((file) => file.urls),
    ];
    const options = { store: `s3://${bucket}/lab`, endpoint: s3Endpoint, app, order: 'G-1', gatewaySecret: secret };
    urls.push((await uploadFile(join(source, 'a b.bin'), options)).url);
    for (const url of urls) {
      expect(new URL(url).origin).toBe(app);
      expect(await received(url)).toBe(sha256(bytes));
    }
  });

  it('exclude a link that needs no service', async () => {
    const { err, code } = await runCli('publish', source, '--order', 'G-2', '--static');
    expect([code, err]).toEqual([1, expect.stringContaining('exclude each other')]);
  });
});
