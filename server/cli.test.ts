import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { Agent, get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseOrderLink } from '../src/order/link.ts';
import { serve } from './service/serve.ts';
import { openStore } from './store/open-store.ts';
import { startFakeS3 } from './testing/fake-s3.ts';
import { runCli as run } from './testing/run-cli.ts';

const base = await mkdtemp(join(tmpdir(), 'holdfast-cli-'));
await mkdir(join(base, 'chips'));
await writeFile(join(base, 'chips', 'a.7z'), 'one');
await writeFile(join(base, 'chips', 'b.7z'), 'two');
afterAll(() => rm(base, { recursive: true }));
beforeEach(() => vi.stubEnv('HOLDFAST_STORE', join(base, 'store')));
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

describe('the command line', () => {
  it('publishes, and governs what it published', async () => {
    const published = await run('publish', join(base, 'chips'), '--order', 'A-1', '--name', 'Lab A', '--json');
    expect(published.code).toBe(0);
    expect(JSON.parse(published.out)).toMatchObject({
      order: 'A-1',
      earlier: null,
      files: [{ path: 'a.7z' }, { path: 'b.7z' }],
    });
    expect((await run('publish', join(base, 'chips'), '--order', 'A-1')).out).toContain('nothing was uploaded');

    await writeFile(join(base, 'password'), 'correct horse\n');
    const made = await run(
      'key',
      'A-1',
      '--name',
      'Lab B',
      '--expires',
      '2d',
      '--password-file',
      join(base, 'password'),
      '--json',
    );
    const { link, id } = JSON.parse(made.out) as { link: string; id: string };
    expect(parseOrderLink(link).id).toBe('A-1');
    expect((await run('list')).out).toMatch(/^A-1 {2}2 files, 6 B .* 3 active keys, 0 complete, 0 overdue$/m);
    expect((await run('status', 'A-1')).out).toMatch(
      new RegExp(`${id} Lab B {2}until .* {2}0 of 2 received {2}password`),
    );
    expect((await run('revoke', 'A-1', 'Lab B')).out).toContain(`Revoked: ${id} (Lab B)`);
    expect((await run('status', 'A-1')).out).toContain(`${id} Lab B  revoked 20`);
    expect((await run('revoke', 'A-1', '--all')).out.match(/^Revoked/gm)).toHaveLength(3);
    const actions = (await run('audit', '--order', 'A-1')).out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { action: string }).action);
    expect(actions).toEqual(['publish', 'publish', 'key-add', 'key-revoke', 'key-revoke', 'key-revoke', 'key-revoke']);
  });

  it('watches a folder until it is told to end, and says what it cannot publish', { timeout: 60_000 }, async () => {
    const folder = join(base, 'watched');
    for (const path of ['W-1/a', 'W-1/DONE', 'W-2/a', 'no id/a', 'no id/DONE']) {
      await mkdir(join(folder, path, '..'), { recursive: true });
      await writeFile(join(folder, path), path);
    }
    const before = process.listeners('SIGTERM');
    const running = run('publish', folder, '--watch', '--settle', '1s', '--done-file', 'DONE', '--json');
    const link = async (): Promise<boolean> => {
      const { store, layout } = await openStore({ store: join(base, 'store') });
      for await (const _ of store.list(layout.keys('W-1'))) return true;
      return false;
    };
    await vi.waitFor(async () => expect(await link()).toBe(true), 50_000);
    // as the signal does, without ending the tests' own process
    for (const listener of process.listeners('SIGTERM')) if (!before.includes(listener)) listener('SIGTERM');
    const { out, err, code } = await running;
    expect(code).toBe(0);
    const [published] = out.trim().split('\n');
    expect(JSON.parse(published ?? '')).toMatchObject({ order: 'W-1', files: [{ path: 'a' }] });
    expect(err).toContain('holdfast: no id: the folder’s name is no order id');
    expect((await run('status', 'W-2')).err).toContain('W-2');
  });

  it('exports and presigns, into files for their owner only', async () => {
    const out = join(base, 'A-1.meta4');
    expect((await run('export', 'A-1', '--out', out)).code).toBe(0);
    expect(await readFile(out, 'utf8')).toContain('<hash type="sha-256">');
    expect((await stat(out)).mode & 0o777).toBe(0o600);
    expect((await run('export', 'A-1', '--format', 'curl')).out).toMatch(/^#!\/bin\/sh/);
    expect((await run('presign', 'orders/A-1/x', '--expires', '1h', '--query', 'a=b')).out).toMatch(/&a=b\n$/);
    const traces = (await run('audit', '--order', 'A-1', '--since', '1h')).out;
    expect(traces.match(/"action":"export"/g)).toHaveLength(2);
    expect(traces).toContain('"action":"presign","order":"A-1","object":"orders/A-1/x"');
    expect((await run('audit', '--since', '2999-01-01')).out).toBe('');
    expect((await run('audit', '--since', 'soon')).err).toContain('--since soon');
  });

  it('hands out no link that the audit log does not know', async () => {
    const store = join(base, 'unlogged');
    await run('publish', join(base, 'chips'), '--order', 'B-1', '--store', store);
    await rm(join(store, 'audit'), { recursive: true });
    // a file where the folder of the log should be: nothing can be written into it
    await writeFile(join(store, 'audit'), '');
    for (const args of [
      ['key', 'B-1'],
      ['export', 'B-1'],
      ['presign', 'orders/B-1/x'],
    ]) {
      const { code, out, err } = await run(...args, '--store', store);
      expect([code, out, err]).toEqual([1, '', expect.stringContaining(store)]);
    }
  });

  it('lists what can be read, and names what cannot', async () => {
    const store = join(base, 'damaged');
    await run('publish', join(base, 'chips'), '--order', 'B-1', '--store', store);
    await run('publish', join(base, 'chips'), '--order', 'B-2', '--store', store);
    const record = join(store, 'orders', 'B-1', 'keys', `${'0'.repeat(64)}.json`);
    await writeFile(record, 'damaged');
    await writeFile(join(store, 'orders', 'B-1', 'manifests', `${'0'.repeat(64)}.json`), 'damaged');
    await writeFile(join(store, 'audit', 'x.jsonl'), 'no folder of a day');
    const { code, out, err } = await run('list', '--store', store);
    expect([code, out.match(/^B-/gm)]).toEqual([0, ['B-', 'B-']]);
    expect(err).toContain('keys/0000');
    expect(err).toContain('manifests/0000');
    expect((await run('status', 'B-1', '--store', store)).out).toContain('0 of 2 received');
    expect((await run('audit', '--store', store)).out.match(/publish/g)).toHaveLength(2);
  });

  it('reads a file of settings, which the environment outdoes', async () => {
    const config = join(base, 'holdfast.env');
    await writeFile(config, `HOLDFAST_APP_URL=https://from.file\nHOLDFAST_STORE=${join(base, 'nowhere')}\n`);
    const link = async (): Promise<string> =>
      (JSON.parse((await run('--config', config, 'key', 'A-1', '--json')).out) as { link: string }).link;
    expect(await link()).toMatch(/^https:\/\/from\.file\//);
    vi.stubEnv('HOLDFAST_APP_URL', 'https://from.env');
    expect(await link()).toMatch(/^https:\/\/from\.env\//);
  });

  it.each([
    [2, ['publish', '.']],
    [1, ['serve', '--port', '99999']],
    [1, ['serve', '--log-level', 'loud']],
    [1, ['serve', '--trust-proxy', 'yes']],
    [1, ['serve', '--grant-expires', 'soon']],
    [1, ['--config', '/nowhere', 'list']],
    [1, ['status', 'B-2']],
    [1, ['revoke', 'A-1']],
    [1, ['publish', '.', '--order', 'A-1', '--bundle', 'big']],
    [1, ['publish', '.', '--order', 'A-1', '--static']],
    [1, ['publish', '.', '--order', 'A-1', '--mirror', 'here']],
    [1, ['serve', '--host', '0.0.0.0']],
    [1, ['serve', '--gateway']],
    [1, ['serve', '--tls-cert', 'x']],
    [1, ['serve', '--app', 'ftp://x']],
    [1, ['publish', '.', '--order', 'A-1', '--files-at-once', '0']],
    [1, ['publish', '.', '--order', 'A-1', '--parts-at-once', 'many']],
    [1, ['presign', 'x', '--date', 'soon']],
    [1, ['presign', 'x', '--query', 'soon']],
  ])('says what is wrong, with exit code %i: %j', async (code, args) => {
    const { err, out, code: seen } = await run(...args);
    expect([seen, out]).toEqual([code, '']);
    expect(err).not.toBe('');
  });

  it('says of a wrong setting in the environment which one it is', async () => {
    vi.stubEnv('HOLDFAST_PORT', 'many');
    expect((await run('serve')).err).toContain('HOLDFAST_PORT');
  });

  it('takes a word for no as no', async () => {
    vi.stubEnv('HOLDFAST_GATEWAY', 'perhaps');
    expect((await run('serve')).err).toContain('HOLDFAST_GATEWAY');
    // a folder store has no gateway: with one, this would be refused
    vi.stubEnv('HOLDFAST_GATEWAY', 'false');
    const { err } = await run('serve', '--tls-cert', join(base, 'nowhere'), '--tls-key', join(base, 'nowhere'));
    expect(err).toContain('nowhere');
    expect((await run('serve', '--gateway')).err).toContain('leave --gateway out');
  });

  it('names settings that do not exist: refused in its own file, told in an environment that others use as well', async () => {
    const config = join(base, 'misspelt.env');
    await writeFile(config, 'HOLDFAST_GATWAY=true\n');
    const refused = await run('--config', config, 'list');
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('HOLDFAST_GATWAY is no setting')]);
    vi.stubEnv('HOLDFAST_GATWAY', 'true');
    expect((await run('serve', '--port', 'none')).err).toContain('HOLDFAST_GATWAY is no setting and was ignored');
  });

  it('says that a certificate is none before anything starts', async () => {
    const [cert, key] = [join(base, 'no-cert.pem'), join(base, 'no-key.pem')];
    await writeFile(cert, 'not a certificate');
    await writeFile(key, 'not a key');
    const { code, err } = await run('serve', '--tls-cert', cert, '--tls-key', key);
    expect([code, err]).toEqual([1, expect.stringContaining('no certificate and key in PEM')]);
  });

  it('does not start on a bucket that refuses', async () => {
    const s3 = await startFakeS3(0);
    s3.answer = (_request, response) => (response.writeHead(404).end(), true);
    const { code, err } = await run('serve', '--store', 's3://gone', '--endpoint', s3.endpoint, '--port', '1');
    expect([code, err]).toEqual([1, expect.stringContaining('the bucket does not exist')]);
    await s3.close();
  });
});

describe('holdfast doctor', () => {
  it('prints findings, as JSON if asked, and its exit code says whether customers can receive', async () => {
    const store = join(base, 'examined');
    const service = await serve({ target: await openStore({ store, port: 0 }), logLevel: 'silent' });
    const app = `http://localhost:${service.port}`;
    const well = await run('doctor', '--store', store, '--app', app);
    expect([well.code, well.out.match(/^fail|^warn/gm)]).toEqual([0, null]);
    expect(well.out).toMatch(/^ok {4}ranges: A range brings exactly its bytes\.$/m);
    await service.close();
    const ill = await run('doctor', '--store', store, '--app', app, '--json');
    expect(ill.code).toBe(1);
    const found = JSON.parse(ill.out) as { check: string; state: string; message: string }[];
    expect(found.find(({ state }) => state === 'fail')).toMatchObject({ check: 'public name' });
    // what serve would refuse, doctor refuses
    expect((await run('doctor', '--store', store, '--gateway')).err).toContain('leave --gateway out');
    vi.stubEnv('HOLDFAST_MIRRORS', 's3://mirror?endpoint=http://127.0.0.1:1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    expect((await run('doctor', '--store', store, '--app', app)).out).toMatch(/^fail {2}mirror: s3:\/\/mirror/m);
  });
});

describe('serve with a certificate', () => {
  it('speaks https to a network', async () => {
    const [key, cert] = [join(base, 'key.pem'), join(base, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-days', '1'];
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...subject],
      { stdio: 'ignore' },
    );
    const target = await openStore({ store: join(base, 'store'), port: 0, app: 'https://localhost' });
    const tls = { cert: await readFile(cert), key: await readFile(key) };
    const service = await serve({ target, host: '0.0.0.0', tls, logLevel: 'silent' });
    const agent = new Agent({ ca: tls.cert });
    const headers = await new Promise<Record<string, unknown>>((resolve, reject) => {
      const options = { agent, servername: 'localhost', checkServerIdentity: () => undefined };
      get(`https://127.0.0.1:${service.port}/healthz`, options, (reply) => resolve(reply.headers)).once(
        'error',
        reject,
      );
    });
    expect(headers['strict-transport-security']).toMatch(/max-age/);
    agent.destroy();
    await service.close();
  });
});
