import { Agent, request } from 'node:http';
import { grantsPath, manifestPath } from '../../src/order/service-api.ts';
import type { Figure, Stage } from './stage.ts';
import { startServe, type Watched } from './service-process.ts';

const SECONDS = 10;
const CLIENTS = 32;
const HALVES = [0, 100].map((first) => Array.from({ length: 100 }, (_, index) => first + index));

interface Answer {
  readonly status: number;
  readonly ms: number;
}

function ask(agent: Agent, url: string, key: string, customer: number, body?: string): Promise<Answer> {
  const begin = performance.now();
  const headers = {
    authorization: `Bearer ${key}`,
    // each customer from an address of their own, as through a proxy
    'x-forwarded-for': `10.${(customer >> 16) & 255}.${(customer >> 8) & 255}.${customer & 255}`,
    ...(body !== undefined && {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
    }),
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent, method: body === undefined ? 'GET' : 'POST', headers }, (reply) => {
      reply.resume();
      reply.once('end', () => resolve({ status: reply.statusCode ?? 0, ms: performance.now() - begin }));
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0);
}

/** How many orders of 200 files so many copies of the service grant in a second, with all connections busy. */
export async function measureGrants(stage: Stage, copies: number): Promise<Figure[]> {
  const start = (): Promise<Watched> => startServe(['--store', stage.store, '--endpoint', stage.endpoint]);
  const services = await Promise.all(Array.from({ length: copies }, start));
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  const times: number[] = [];
  let customer = 0;
  const end = performance.now() + SECONDS * 1000;
  for (const service of services) service.take();
  const work = async (_: unknown, client: number): Promise<void> => {
    const { url } = services[client % copies]!;
    while (performance.now() < end) {
      const number = customer++;
      const begin = performance.now();
      for (const files of HALVES) {
        const body = JSON.stringify({ manifest: stage.manifest, files });
        const { status } = await ask(agent, url + grantsPath('load'), stage.keys[number % 1000]!, number, body);
        // a key has a limit of its own, which a thousand keys do not reach
        if (status !== 200) throw new Error(`the service answered ${status}`);
      }
      times.push(performance.now() - begin);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, work));
  const taken = services.map((service) => service.take());
  agent.destroy();
  await Promise.all(services.map((service) => service.stop()));
  const rate = times.length / SECONDS;
  const cores = taken.reduce((sum, { seconds }) => sum + seconds, 0) / SECONDS;
  const who = copies === 1 ? 'one copy' : `${copies} copies side by side`;
  return [
    {
      what: `${who}: grants for orders of 200 files, ${CLIENTS} connections`,
      result: `${rate.toFixed(1)} orders a second (${Math.round(rate * 200)} URLs a second)`,
    },
    {
      what: 'the same: time for an order, median / 99 %',
      result: `${percentile(times, 0.5)} ms / ${percentile(times, 0.99)} ms`,
    },
    {
      what: 'the same: memory at most, processor',
      result: `${taken.map(({ peak }) => peak).join(' + ')} MiB, ${cores.toFixed(2)} cores`,
    },
  ];
}

/** A thousand customers who open their links at the same moment: manifest, then all grants. */
export async function measureCrowd(stage: Stage): Promise<Figure[]> {
  const service = await startServe(['--store', stage.store, '--endpoint', stage.endpoint]);
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
  service.take();
  const begin = performance.now();
  const open = async (key: string, number: number): Promise<{ ms: number; ok: boolean }> => {
    const answers = [await ask(agent, service.url + manifestPath('load', stage.manifest), key, number)];
    for (const files of HALVES) {
      const body = JSON.stringify({ manifest: stage.manifest, files });
      answers.push(await ask(agent, service.url + grantsPath('load'), key, number, body));
    }
    return { ms: performance.now() - begin, ok: answers.every(({ status }) => status === 200) };
  };
  const customers = await Promise.all(stage.keys.map(open));
  const { peak } = service.take();
  agent.destroy();
  await service.stop();
  const times = customers.map(({ ms }) => ms);
  const failed = customers.filter(({ ok }) => !ok).length;
  return [
    { what: '1,000 customers at once, each manifest and 200 grants: failed', result: String(failed) },
    {
      what: 'the same: all URLs there, median / last',
      result: `${(percentile(times, 0.5) / 1000).toFixed(1)} s / ${(percentile(times, 1) / 1000).toFixed(1)} s`,
    },
    { what: 'the same: memory at most', result: `${peak} MiB` },
  ];
}
