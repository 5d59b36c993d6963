import { execFile, spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../scripts/go-tools.mjs';
import { Gateway } from '../../server/store/gateway.ts';
import { S3Store } from '../../server/store/s3-store.ts';
import type { Figure, Stage } from './main.ts';
import { startServe, watch, type Watched } from './service-process.ts';

const MIB = 1024 * 1024;
const SIZE = 1024 * MIB;
const CONNECTIONS = 4;
const ROUNDS = 3;
const SLOW = 200;
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
  const gatewayUrl = await granter.grant(stage.bigKey, { expiresIn: 3600, fileName: 'big.bin' });
  const contestants: [string, string, Watched | undefined][] = [
    ['straight from MinIO', stage.bigUrl, undefined],
    ['through the gateway', gatewayUrl, gateway],
  ];
  if (nginx) contestants.push(['through nginx (proxy_pass)', nginx.url + pathname + search, nginx]);
  try {
    const figures: Figure[] = [];
    for (const [name, url, watched] of contestants) figures.push(await measureOne(name, url, watched));
    figures.push(await measureSlow(gatewayUrl, gateway));
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

/** Many customers whose connections take next to nothing: what the service holds for them. */
async function measureSlow(url: string, gateway: Watched): Promise<Figure> {
  gateway.take();
  const stuck = Array.from({ length: SLOW }, () =>
    get(url, { agent: false }, (reply) => {
      // reads the head and then nothing
      reply.pause();
    }),
  );
  await Promise.all(stuck.map((each) => new Promise((resolve) => each.once('response', resolve))));
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const { peak } = gateway.take();
  for (const each of stuck) each.destroy();
  return { what: `gateway, ${SLOW} customers of 1 GiB each who read nothing`, result: `${peak} MiB at most` };
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
