import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort } from '../scripts/go-tools.mjs';
import { parseOrderLink } from '../src/order/link.ts';
import { grantsPath } from '../src/order/service-api.ts';
import { readAudit } from './orders/audit-log.ts';
import { publishOrder } from './publish/publish-order.ts';
import { serve } from './service/serve.ts';
import { openStore, type OpenStore } from './store/open-store.ts';
import { leftOutWithout } from './testing/left-out.ts';
import { makeBucket, s3Endpoint } from './testing/s3-bucket.ts';

const [APP, STORE] = ['orders.example.com', 's3.example.com'] as const;
const base = await mkdtemp(join(tmpdir(), 'holdfast-proxies-'));
const bytes = randomBytes(3_000_000);
await mkdir(join(base, 'source'));
await writeFile(join(base, 'source', "it's 晶片 & more.bin"), bytes);
const [certificate, key] = [join(base, 'both.pem'), join(base, 'both.key')];
const port = await freePort();
let target: OpenStore;
let agent: Agent;

beforeAll(async () => {
  const names = ['-subj', '/CN=holdfast', '-addext', `subjectAltName=DNS:${APP},DNS:${STORE}`, '-days', '1'];
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate, ...names];
  execFileSync('openssl', args, { stdio: 'ignore' });
  target = await openStore({
    store: `s3://${await makeBucket()}/lab`,
    endpoint: s3Endpoint,
    publicEndpoint: `https://${STORE}:${port}`,
    app: `https://${APP}:${port}`,
    port: 0,
  });
  // both names are this computer's, and nobody else's certificate is good enough
  const lookup: Agent['options']['lookup'] = (_name, _options, done) =>
    done(null, [{ address: '127.0.0.1', family: 4 }]);
  agent = new Agent({ ca: await readFile(certificate), lookup, ALPNProtocols: ['h2', 'http/1.1'] });
});
afterAll(async () => {
  agent.destroy();
  await rm(base, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** The protocol that server and client agreed on; false for none, which is HTTP/1.1. */
  readonly protocol: string | false | null;
}

async function ask(url: string, headers: Record<string, string> = {}, body?: string): Promise<Answer> {
  const outgoing = request(url, { agent, headers, method: body === undefined ? 'GET' : 'POST' });
  outgoing.end(body);
  const [reply] = (await once(outgoing, 'response')) as [IncomingMessage];
  const protocol = (reply.socket as TLSSocket).alpnProtocol;
  return { status: reply.statusCode ?? 0, headers: reply.headers, body: await buffer(reply), protocol };
}

/** A file of `deploy/` with this computer's ports and certificate instead of the customer's. */
async function adapt(
  name: string,
  service: number,
  changes: readonly (readonly [from: string, to: string])[],
): Promise<string> {
  let text = await readFile(join('deploy', name), 'utf8');
  const backends = [
    ['127.0.0.1:8420', `localhost:${service}`],
    ['127.0.0.1:9000', new URL(s3Endpoint).host],
  ] as const;
  for (const [from, to] of [...backends, ...changes]) {
    expect(text, name).toContain(from);
    text = text.replaceAll(from, to);
  }
  return text;
}

const proxies = {
  nginx: async (to: number): Promise<string[]> => {
    const site = await adapt('nginx.conf', to, [
      ['listen 443 ssl', `listen 127.0.0.1:${port} ssl`],
      ['/etc/ssl/orders.pem', certificate],
      ['/etc/ssl/orders.key', key],
      ['/etc/ssl/s3.pem', certificate],
      ['/etc/ssl/s3.key', key],
    ]);
    const config = join(base, 'nginx.conf');
    const main = `daemon off; pid ${base}/pid; error_log ${base}/log; events {}`;
    await writeFile(config, `${main} http { access_log off; client_body_temp_path ${base}/body; ${site} }`);
    return ['-c', config];
  },
  caddy: async (to: number): Promise<string[]> => {
    const own = `:${port} {\n\ttls ${certificate} ${key}`;
    const site = await adapt('Caddyfile', to, [
      ['servers {', 'admin off\n\tauto_https disable_redirects\n\tservers {'],
      [`${APP} {`, `https://${APP}${own}`],
      [`${STORE} {`, `https://${STORE}${own}`],
    ]);
    const config = join(base, 'Caddyfile');
    await writeFile(config, site);
    return ['run', '--adapter', 'caddyfile', '--config', config];
  },
};

describe.each(Object.entries(proxies))('behind %s as deploy/ sets it up', (program, configure) => {
  it.skipIf(leftOutWithout(program))('an order comes, signatures and addresses hold', async () => {
    const published = await publishOrder({
      source: join(base, 'source'),
      order: `A-${program}`,
      target,
      expiresIn: 60_000,
      urlExpiresIn: 600,
    });
    const link = parseOrderLink(published.link);
    const env = { ...process.env, HOME: base, XDG_DATA_HOME: base, XDG_CONFIG_HOME: base };
    const service = await serve({ target, logLevel: 'silent' });
    const proxy: ChildProcess = spawn(program, await configure(service.port), { stdio: 'ignore', env });
    const ended = once(proxy, 'exit');
    try {
      const app = `https://${APP}:${port}`;
      const healthy = await vi.waitFor(() => ask(`${app}/healthz`), { timeout: 20_000 });
      expect(healthy).toMatchObject({ status: 200, headers: { 'strict-transport-security': expect.any(String) } });
      expect(healthy.protocol, 'over HTTP/2 all ranges would share one connection').not.toBe('h2');

      const headers = {
        authorization: `Bearer ${link.key}`,
        'content-type': 'application/json',
        'x-forwarded-for': '203.0.113.9',
      };
      const asked = JSON.stringify({ manifest: link.manifest, files: [0] });
      const reply = await ask(`${app}${grantsPath(link.id)}`, headers, asked);
      expect(reply.status).toBe(200);
      const { grants } = JSON.parse(reply.body.toString()) as { grants: { url: string }[] };
      const url = grants[0]?.url ?? '';
      expect(url).toMatch(new RegExp(`^https://${STORE}:${port}/`));
      const part = await ask(url, { range: 'bytes=1000000-2999999' });
      expect(part).toMatchObject({ status: 206, headers: { 'content-range': 'bytes 1000000-2999999/3000000' } });
      const sha256 = (of: Buffer): string => createHash('sha256').update(of).digest('hex');
      expect(sha256(part.body)).toBe(sha256(bytes.subarray(1_000_000)));
      expect((await ask(url.replace(/Signature=./, 'Signature=_'))).status).toBe(403);
    } finally {
      proxy.kill();
      await ended;
      await service.close();
    }
    const uses = [];
    for await (const event of readAudit(target, { order: link.id })) if (event.action === 'grants') uses.push(event);
    // what the customer wrote there is not believed
    expect(uses).toEqual([expect.objectContaining({ address: '127.0.0.1' })]);
  });
});
