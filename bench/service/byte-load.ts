import { execFile, spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../scripts/go-tools.mjs';
import { Gateway } from '../../server/store/gateway.ts';
import { S3Store } from '../../server/store/s3-store.ts';
import type { Figure, Stage } from './stage.ts';
import { startServe, watch, type Watched } from './service-process.ts';

const MIB = 1024 * 1024;
const SIZE = 1024 * MIB;
const CONNECTIONS = 4;
const ROUNDS = 3;
const SLOW = 1000;
const SECRET = 'a secret for the time of one measurement';

/** 1 GiB in four ranges at once: straight from the store, through the gateway, through nginx; and the gateway's memory. */
export async function measureThroughput(stage: Stage, folder: string): Promise<Figure[]> {
  const gateway = await startServe(['--store', stage.store, '--endpoint', stage.endpoint, '--gateway'], {
    HOLDFAST_SIGNING_SECRET: SECRET,
  });
  const nginx = await startNginx(stage.endpoint, folder);
  const { pathname, search } = new URL(stage.bigUrl);
  const bucket = pathname.split('/')[1] ?? '';
  const store = new S3Store({ bucket, endpoint: stage.endpoint });
  const granter = new Gateway({ store, publicUrl: gateway.url, signingSecret: SECRET });
  // customers have URLs of their own: one alone has a limit of transfers at once
  const grant = (n: number): Promise<string> =>
    granter.grant(stage.bigKey, { expiresIn: 3600 + n, fileName: 'big.bin' });
  const gatewayUrl = await grant(0);
  const contestants: [string, string, Watched | undefined][] = [
    ['straight from MinIO', stage.bigUrl, undefined],
    ['through the gateway', gatewayUrl, gateway],
  ];
  if (nginx) contestants.push(['through nginx (proxy_pass)', nginx.url + pathname + search, nginx]);
  else
    process.stderr.write(
      'NGINX IS NOT HERE: the gateway is measured beside nothing. Install nginx and run this again.\n',
    );
  try {
    const figures: Figure[] = [];
    for (const [name, url, watched] of contestants) figures.push(await measureOne(name, url, watched));
    if (!nginx) figures.push({ what: '1 GiB through nginx', result: 'NOT MEASURED: there is no nginx here' });
    figures.push(...(await measureSlow(await Promise.all(Array.from({ length: SLOW }, (_, n) => grant(n))), gateway)));
    return figures;
  } finally {
    await gateway.stop();
    await nginx?.stop();
  }
}

async function measureOne(name: string, url: string, watched: Watched | undefined): Promise<Figure> {
  const times: number[] = [];
  watched?.take();
  for (let round = 0; round < ROUNDS; round++) {
    const begin = performance.now();
    const part = SIZE / CONNECTIONS;
    const ranges = Array.from({ length: CONNECTIONS }, (_, n) => `${n * part}-${(n + 1) * part - 1}`);
    await Promise.all(ranges.map((range) => promisify(execFile)('curl', ['-sf', '-o', '/dev/null', '-r', range, url])));
    times.push((performance.now() - begin) / 1000);
  }
  const used = watched?.take();
  const best = times.toSorted((a, b) => a - b);
  const work = used ? `; ${(used.seconds / ROUNDS).toFixed(1)} processor seconds, ${used.peak} MiB at most` : '';
  return {
    what: `1 GiB, 4 ranges at once, ${name}`,
    result: `${best.map((time) => time.toFixed(1)).join(' / ')} s${work}`,
  };
}

/** Many customers whose connections take next to nothing: what the service holds for them, and whether others notice. */
async function measureSlow(urls: readonly string[], gateway: Watched): Promise<Figure[]> {
  gateway.take();
  const open = (url: string, n: number): ReturnType<typeof get> =>
    // each from an address of their own, as through a proxy; reads the head and then nothing
    get(url, { agent: false, headers: { 'x-forwarded-for': `10.0.${n >> 8}.${n & 255}` } }, (reply) => reply.pause());
  const stuck = urls.map(open);
  const statuses = await Promise.all(
    stuck.map((each) => new Promise<number>((resolve) => each.once('response', (r) => resolve(r.statusCode ?? 0)))),
  );
  const begin = performance.now();
  const ready = await fetch(`${gateway.url}/readyz`);
  const ms = Math.round(performance.now() - begin);
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const { peak } = gateway.take();
  for (const each of stuck) each.destroy();
  const served = statuses.filter((status) => status === 200).length;
  return [
    {
      what: `gateway, ${urls.length} customers of 1 GiB each who read nothing`,
      result: `${served} served, ${peak} MiB at most`,
    },
    { what: 'the same: meanwhile the store answers another request', result: `${ready.status} after ${ms} ms` },
  ];
}

/** nginx in front of the store, as it is often done; undefined where there is none. `Host` stays, since it is signed. */
async function startNginx(endpoint: string, folder: string): Promise<Watched | undefined> {
  if (spawnSync('nginx', ['-v']).status !== 0) return undefined;
  const port = await freePort();
  const { host } = new URL(endpoint);
  const config = join(folder, 'nginx.conf');
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  writeFileSync(
    config,
    `daemon off; master_process off; pid ${folder}/nginx.pid; error_log ${folder}/nginx.log;
events { worker_connections 1024; }
http { access_log off; ${paths.join(' ')} server { listen 127.0.0.1:${port}; location / {
  proxy_pass ${endpoint}; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host ${host}; proxy_max_temp_file_size 0; } } }`,
  );
  const child = spawn('nginx', ['-c', config], { stdio: 'ignore' });
  for (let n = 0; n < 100; n++) {
    const up = await fetch(`http://127.0.0.1:${port}/minio/health/live`).then(
      (reply) => reply.ok,
      () => false,
    );
    if (up) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const pid = Number(readFileSync(join(folder, 'nginx.pid'), 'utf8'));
  return watch(`http://127.0.0.1:${port}`, pid, async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill();
    await ended;
  });
}
