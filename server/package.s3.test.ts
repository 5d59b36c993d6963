import { execFile, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UploadedFile } from './publish/upload-file.ts';
import { makeBucket, s3Endpoint } from './testing/s3-bucket.ts';

// here and not among the unit tests, because this suite has a build
const run = promisify(execFile);
const consumer = await mkdtemp(join(tmpdir(), 'holdfast-package-'));
afterAll(() => rm(consumer, { recursive: true }));
const app = join(consumer, 'node_modules/@holdfast/app');

/** Packs the project and installs it in `consumer` with the packages that it depends on, of those that are here: no registry is asked. */
async function install(): Promise<void> {
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', consumer];
  const [{ filename }] = JSON.parse((await run('npm', pack)).stdout) as [{ filename: string }];
  await mkdir(app, { recursive: true });
  await run('tar', ['-xzf', join(consumer, filename), '-C', app, '--strip-components=1']);
  const { packages } = JSON.parse(await readFile('package-lock.json', 'utf8')) as {
    packages: Record<string, { dev?: boolean }>;
  };
  for (const [path, { dev }] of Object.entries(packages)) {
    // what is nested comes with its parent; the types are the consumer's own
    if (path === '' || path.includes('/node_modules/') || (dev && path !== 'node_modules/@types/node')) continue;
    await mkdir(dirname(join(consumer, path)), { recursive: true });
    await symlink(resolve(path), join(consumer, path)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

describe('the package, installed somewhere else', () => {
  const bytes = randomBytes(200_001);
  beforeAll(async () => {
    await install();
    await writeFile(join(consumer, 'chip.7z'), bytes);
  }, 60_000);

  it('uploads a file for a script', async () => {
    const options = { store: `s3://${await makeBucket()}`, endpoint: s3Endpoint, order: 'A-1' };
    const script = `import { uploadFile } from '@holdfast/app';
      console.log(JSON.stringify(await uploadFile('chip.7z', ${JSON.stringify(options)})));`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: consumer });
    const uploaded = JSON.parse(stdout) as UploadedFile;
    expect(uploaded.length).toBe(bytes.length);
    const received = new Uint8Array(await (await fetch(uploaded.url)).arrayBuffer());
    expect(createHash('sha256').update(received).digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  it('has types that a strict consumer compiles against', async () => {
    const source = `import { AppError, publishOrder, uploadFile, openStore, type UploadedFile } from '@holdfast/app';
      const uploaded: UploadedFile = await uploadFile('chip.7z', { store: 's3://orders', order: 'A-1', expiresIn: 60 });
      const size: number = uploaded.length;
      const target = await openStore({ store: './store' });
      const { link } = await publishOrder({ source: '.', order: 'A-1', target, expiresIn: 1000, urlExpiresIn: 60 });
      // @ts-expect-error a store has to be named
      await uploadFile('chip.7z', { order: 'A-1' });
      console.log(size, link.length, AppError.name);`;
    await writeFile(join(consumer, 'use.mts'), source);
    const options = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--types', 'node', '--lib', 'ES2023'];
    const module = ['--module', 'nodenext', '--target', 'es2023', '--skipLibCheck'];
    const tsc = resolve('node_modules/typescript/bin/tsc');
    await run(process.execPath, [tsc, ...options, ...module, 'use.mts'], { cwd: consumer });
  });

  it('has the command, with the app that it serves', async () => {
    const args = [join(app, 'server/holdfast.mjs'), 'serve', '--store', join(consumer, 'store'), '--port', '0'];
    const refused = await run(process.execPath, args).catch((error: { stderr: string }) => error);
    expect(refused.stderr).toContain('is no number from 1 to 65535');
    const port = String(20_000 + Math.floor(Math.random() * 10_000));
    const child = spawn(process.execPath, [...args.slice(0, -1), port], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise((done) => child.once('exit', done));
    try {
      // it prints its line when it listens
      await new Promise((done) => child.stdout.once('data', done));
      const page = await fetch(`http://localhost:${port}/`);
      expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<title>Holdfast</title>')]);
    } finally {
      child.kill();
      await ended;
    }
  });
});
