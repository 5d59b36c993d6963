import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportOrder, type ExportOrder } from '../../src/order/export-order.ts';
import { writeExport, type ExportFormat } from '../../src/order/write-export.ts';
import { readManifests } from '../orders/stored-manifests.ts';
import { publishOrder } from '../publish/publish-order.ts';
import { openStore } from '../store/open-store.ts';
import { leftOutWithout } from '../testing/left-out.ts';
import { makeBucket, s3Endpoint } from '../testing/s3-bucket.ts';

const MIB = 1024 * 1024;
const base = await mkdtemp(join(tmpdir(), 'holdfast-export-'));
const files: Readonly<Record<string, Buffer>> = {
  "it's 晶片 & $(x).bin": randomBytes(20 * MIB + 7),
  'sub/b.bin': randomBytes(1000),
  empty: Buffer.alloc(0),
};
const source = join(base, 'source');
for (const [path, bytes] of Object.entries(files)) {
  await mkdir(join(source, path, '..'), { recursive: true });
  await writeFile(join(source, path), bytes);
}

/** What the relay does to the next request for the big file; undefined lets it pass. */
let fault: 'flip' | 'cut' | undefined;
/** Bytes of the big file that were sent. */
let sent = 0;
/** Stands between client and store: the signature holds, since `Host` stays as it is. */
const relay = createServer((incoming, response) => {
  void (async () => {
    const { port } = new URL(s3Endpoint);
    const headers = incoming.headers.range === undefined ? {} : { range: incoming.headers.range };
    const reply = await fetchWithHost(`http://127.0.0.1:${port}${incoming.url}`, headers);
    let { body } = reply;
    const isBig = incoming.url?.includes('.bin') && body.length > 10 * MIB;
    if (isBig && fault === 'flip') body[9 * MIB]! ^= 1;
    if (isBig && fault === 'cut') body = body.subarray(0, 5 * MIB);
    if (isBig) fault = undefined;
    if (incoming.url?.includes('.bin')) sent += body.length;
    response.writeHead(reply.status, { ...reply.headers, connection: 'close' });
    response.write(body, () =>
      body.length < Number(reply.headers['content-length']) ? response.destroy() : response.end(),
    );
  })();
});
let host = '';

async function fetchWithHost(
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ status: number; headers: Record<string, string>; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { headers: { ...headers, host } }, (reply) => {
      const chunks: Buffer[] = [];
      reply.on('data', (chunk: Buffer) => chunks.push(chunk));
      reply.on('end', () => {
        const kept = ['content-length', 'content-range', 'content-type', 'etag', 'accept-ranges'];
        const pairs = kept.flatMap((name) =>
          reply.headers[name] === undefined ? [] : [[name, String(reply.headers[name])]],
        );
        resolve({ status: reply.statusCode ?? 502, headers: Object.fromEntries(pairs), body: Buffer.concat(chunks) });
      });
    });
    outgoing.on('error', reject).end();
  });
}

let order: ExportOrder;
beforeAll(async () => {
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(relay.address() as AddressInfo).port}`;
  const target = await openStore({
    store: `s3://${await makeBucket()}`,
    endpoint: s3Endpoint,
    publicEndpoint: `http://${host}`,
  });
  await publishOrder({ source, order: 'A-1', target, expiresIn: 60_000, urlExpiresIn: 600 });
  const [newest] = await readManifests(target, 'A-1');
  const grant = ({ object = '', path }: { object?: string | undefined; path: string }): Promise<string> =>
    target.store.grant(object, { expiresIn: 600, fileName: path });
  const urls = await Promise.all(newest!.manifest.files.map(async (file) => [await grant(file)]));
  order = exportOrder(newest!.manifest, urls);
});
afterAll(async () => {
  relay.closeAllConnections();
  relay.close();
  await rm(base, { recursive: true });
});

/** Exports into a fresh folder and runs the client there. */
async function receive(format: ExportFormat, command: (file: string) => string[], times = 1): Promise<string> {
  const folder = await mkdtemp(join(base, `${format}-`));
  const { name, text } = writeExport(order, format);
  await writeFile(join(folder, name), text);
  const [program = '', ...args] = command(name);
  sent = 0;
  for (let n = 0; n < times; n++) await promisify(execFile)(program, args, { cwd: folder, timeout: 100_000 });
  return folder;
}

/** aria2 1.36 writes an ampersand of a Metalink's name as libxml2 hands it over. */
const asAria2 = (path: string): string => path.replaceAll('&', '&#38;');

async function expectAll(folder: string, named = (path: string): string => path): Promise<void> {
  const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
  for (const { path, sha256: right } of order.files)
    expect(sha256(await readFile(join(folder, named(path)))), path).toBe(right);
}

const big = Object.values(files)[0]!;

describe('other clients', () => {
  it.skipIf(leftOutWithout('aria2c'))(
    'aria2 gets the same bytes from the Metalink, and repairs a piece that came damaged',
    async () => {
      fault = 'flip';
      const command = (file: string): string[] => ['aria2c', '-q', '-x1', '-s1', '--no-conf', '-M', file];
      const folder = await receive('metalink', command);
      expect(fault).toBeUndefined();
      await expectAll(folder, asAria2);
      // one piece of 8 MiB and what was on its way
      expect(sent).toBeGreaterThan(big.length + 7 * MIB);

      // damaged on the disk later: only that piece is fetched again
      const path = join(folder, asAria2(order.files.find(({ size }) => size === big.length)!.path));
      const bytes = await readFile(path);
      bytes[1] = bytes[1]! ^ 1;
      await writeFile(path, bytes);
      sent = 0;
      await promisify(execFile)('aria2c', ['-q', '--no-conf', '-V', '-M', 'A-1.meta4'], {
        cwd: folder,
        timeout: 100_000,
      });
      await expectAll(folder, asAria2);
      expect(sent).toBeLessThanOrEqual(8 * MIB);
    },
  );

  it.skipIf(leftOutWithout('aria2c'))('aria2 gets the same bytes from its input file', async () => {
    await expectAll(await receive('aria2', (file) => ['aria2c', '-q', '--no-conf', '--check-integrity', '-i', file]));
  });

  it('curl gets the same bytes, goes on where it was cut off, and notices damage', async () => {
    fault = 'cut';
    const folder = await receive('curl', (file) => ['sh', file], 2);
    await expectAll(folder);
    expect(sent).toBe(big.length + files['sub/b.bin']!.length);
    fault = 'flip';
    await expect(receive('curl', (file) => ['sh', file])).rejects.toThrow('damaged');
  });

  it.skipIf(leftOutWithout('rclone'))('rclone gets the same bytes, and checks them', async () => {
    await expectAll(await receive('rclone', (file) => ['sh', file, '.'], 2));
  });
});
