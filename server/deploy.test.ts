import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { SECRETS, SERVE_OPTIONS, readSettings } from './commands/serve-settings.ts';
import { leftOutWithout } from './testing/left-out.ts';

const base = mkdtempSync(join(tmpdir(), 'holdfast-deploy-'));
afterAll(() => rmSync(base, { recursive: true }));
const read = (path: string): string => readFileSync(path, 'utf8');

describe('the files of deploy/', () => {
  it('start the built program, not the one that builds', () => {
    for (const name of ['holdfast.service', 'holdfast-watch.service'])
      expect(read(`deploy/${name}`)).toMatch(/^ExecStart=\/usr\/bin\/node build\/server\/main\.js /m);
    expect(read('deploy/Containerfile')).toContain('ENTRYPOINT ["node", "/app/build/server/main.js"]');
    // what the build of the container copies is not left out of what it is given
    const ignored = read('.dockerignore').split('\n');
    for (const path of ['package.json', 'package-lock.json', 'server', 'src', 'public', 'scripts', 'index.html'])
      expect(ignored).not.toContain(path);
    for (const path of ['.git', 'node_modules', 'holdfast-store', '*.env']) expect(ignored).toContain(path);
  });

  it('name settings that exist, with values that are right', () => {
    const given = parseEnv(read('deploy/holdfast.env').replaceAll(/^# (?=[A-Z_]+=)/gm, ''));
    const names = Object.keys(given).filter((name) => name.startsWith('HOLDFAST_'));
    expect(names.length).toBeGreaterThan(5);
    for (const name of names) expect(settings()).toContain(name);
    const flags = Object.entries(SERVE_OPTIONS).map(([name, [, env]]) => [name, given[env]]);
    expect(() => readSettings(Object.fromEntries(flags), {})).not.toThrow();
  });

  it.skipIf(leftOutWithout('nginx'))('are understood by nginx (left out where there is none)', () => {
    makeCertificate('orders');
    makeCertificate('s3');
    const site = read('deploy/nginx.conf').replaceAll('/etc/ssl/', `${base}/`).replaceAll('443', '8443');
    const config = join(base, 'nginx.conf');
    writeFileSync(config, `pid ${base}/pid; error_log ${base}/log; events {} http { access_log off; ${site} }`);
    const { status, stderr } = spawnSync('nginx', ['-t', '-c', config], { encoding: 'utf8' });
    expect(stderr).toContain('syntax is ok');
    expect(status).toBe(0);
  });

  it.skipIf(leftOutWithout('caddy'))('are understood by Caddy (left out where there is none)', () => {
    const env = { ...process.env, HOME: base, XDG_DATA_HOME: base, XDG_CONFIG_HOME: base };
    const args = ['validate', '--adapter', 'caddyfile', '--config', 'deploy/Caddyfile'];
    const { status, stderr } = spawnSync('caddy', args, { encoding: 'utf8', env });
    expect(status, stderr).toBe(0);
  });

  it.skipIf(leftOutWithout('systemd-analyze')).each(['holdfast.service', 'holdfast-watch.service'])(
    '%s is understood by systemd (left out where there is none)',
    (name) => {
      const unit = join(base, name);
      // only whether the program is there differs from computer to computer
      writeFileSync(unit, read(`deploy/${name}`).replace('/usr/bin/node', process.execPath));
      const { status, stderr } = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
      expect(stderr).not.toContain('holdfast');
      expect(status, stderr).toBe(0);
    },
  );
});

describe('the documentation', () => {
  it('names no setting that does not exist, and every one that does', () => {
    const docs = [...readdirSync('docs').map((name) => join('docs', name)), 'README.md', 'README.zh.md'];
    const texts = docs.filter((path) => path.endsWith('.md')).map(read);
    const named = new Set(texts.flatMap((each) => each.match(/HOLDFAST_[A-Z_]+[A-Z]/g) ?? []));
    // for development only: where a browser, a program or a case of a test comes from
    const development =
      /^HOLDFAST_(BROWSER|MINIO|VERSITYGW|TOXIPROXY|SEED|DEEP|KILLS|SOAK_MINUTES|E2E_[A-Z]+|BENCH_ONLY)$/;
    for (const name of named) if (!development.test(name)) expect(settings()).toContain(name);
    const deploy = read('docs/deploy.md');
    for (const name of settings()) expect(deploy).toContain(name);
  });
});

/** Every setting of the service. */
function settings(): string[] {
  const store = [...read('server/commands/store-options.ts').matchAll(/'(HOLDFAST_[A-Z_]+)'/g)].map(
    ([, name]) => name!,
  );
  return [...store, ...Object.values(SERVE_OPTIONS).map(([, env]) => env), ...SECRETS];
}

function makeCertificate(name: string): void {
  mkdirSync(base, { recursive: true });
  const files = ['-keyout', join(base, `${name}.key`), '-out', join(base, `${name}.pem`)];
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, '-subj', `/CN=${name}`, '-days', '1'];
  execFileSync('openssl', args, { stdio: 'ignore' });
}
