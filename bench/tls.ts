import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../scripts/go-tools.mjs';

/** How a browser and the store agree to talk over TLS (ALPN). */
export type Protocol = 'http/1.1' | 'h2';

/** An nginx that speaks TLS in front of a store, as in production; its certificate is its own. `stop` ends it. */
export async function startTls(
  folder: string,
  upstream: { readonly host: string; readonly port: number },
  protocol: Protocol,
): Promise<{ readonly port: number; readonly stop: () => Promise<void> }> {
  const place = join(folder, `tls-${protocol.replace('/', '')}`);
  mkdirSync(place, { recursive: true });
  const [key, certificate] = [join(place, 'key.pem'), join(place, 'certificate.pem')];
  const name = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', certificate];
  execFileSync('openssl', [...made, ...name], { stdio: 'ignore' });
  const port = await freePort();
  const config = join(place, 'nginx.conf');
  writeFileSync(
    config,
    `daemon off; worker_processes 1; error_log stderr crit; pid ${place}/pid; events {}
    http {
      access_log off; client_body_temp_path ${place}/a; proxy_temp_path ${place}/b; fastcgi_temp_path ${place}/c;
      uwsgi_temp_path ${place}/d; scgi_temp_path ${place}/e;
      server {
        listen 127.0.0.1:${port} ssl${protocol === 'h2' ? ' http2' : ''};
        ssl_certificate ${certificate}; ssl_certificate_key ${key};
        location / {
          proxy_pass http://${upstream.host}:${upstream.port}; proxy_http_version 1.1;
          proxy_set_header Host $http_host; proxy_buffering off; client_max_body_size 0;
        }
      }
    }`,
  );
  const child = spawn('nginx', ['-p', place, '-c', config], { stdio: ['ignore', 'ignore', 'inherit'] });
  const atExit = (): void => void child.kill();
  process.once('exit', atExit);
  await untilListening(port);
  return {
    port,
    async stop() {
      process.off('exit', atExit);
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await ended;
    },
  };
}

async function untilListening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const listening = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      }).once('error', () => resolve(false));
    });
    if (listening) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('nginx did not start.');
}
