import { spawn } from 'node:child_process';
import { freePort, getGoTool, untilHealthy } from './go-tools.mjs';

const TOXIPROXY = {
  name: 'toxiproxy',
  module: 'github.com/Shopify/toxiproxy/v2/cmd/server',
  version: 'v2.12.0',
  named: 'HOLDFAST_TOXIPROXY',
};

/**
 * One TCP proxy on 127.0.0.1.
 * @typedef {object} TcpProxy
 * @property {number} port where it listens
 * @property {(type: string, attributes: Record<string, number>, stream?: 'upstream' | 'downstream') => Promise<void>} add adds a
 *   toxic (`latency`, `bandwidth`, `slicer`, `reset_peer`, `timeout`, `limit_data`…) to all its connections, downstream unless told
 * @property {() => Promise<void>} heal removes all toxics
 * @property {(up: boolean) => Promise<void>} enable `false` closes its connections and refuses new ones
 */

/**
 * Starts a Toxiproxy on 127.0.0.1 (https://github.com/Shopify/toxiproxy).
 * @returns {Promise<{ proxy(upstream: number): Promise<TcpProxy>, stop(): Promise<void> }>} `proxy` makes one in front of a port
 */
export async function startToxiproxy() {
  const port = await freePort();
  const child = spawn(getGoTool(TOXIPROXY), ['-host', '127.0.0.1', '-port', String(port)], {
    env: { ...process.env, LOG_LEVEL: 'error' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const api = `http://127.0.0.1:${port}`;
  await untilHealthy(`${api}/version`);
  let made = 0;

  /** @param {string} method @param {string} path @param {unknown} [body] */
  async function call(method, path, body) {
    const response = await fetch(api + path, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
    if (!response.ok) throw new Error(`Toxiproxy answered ${response.status}: ${await response.text()}`);
    return response.status === 204 ? undefined : response.json();
  }

  return {
    async proxy(upstream) {
      const name = `p${++made}`;
      const { listen } = await call('POST', '/proxies', {
        name,
        listen: '127.0.0.1:0',
        upstream: `127.0.0.1:${upstream}`,
        enabled: true,
      });
      const own = Number(listen.split(':').pop());
      return {
        port: own,
        async add(type, attributes, stream = 'downstream') {
          await call('POST', `/proxies/${name}/toxics`, { type, stream, attributes });
        },
        async heal() {
          for (const { name: toxic } of await call('GET', `/proxies/${name}/toxics`)) {
            await call('DELETE', `/proxies/${name}/toxics/${toxic}`);
          }
        },
        async enable(up) {
          // the port that was found at first is asked for again
          await call('POST', `/proxies/${name}`, { enabled: up, listen: `127.0.0.1:${own}` });
        },
      };
    },
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await ended;
    },
  };
}
