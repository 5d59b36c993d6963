import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { holdfast, MIB } from './delivery.ts';
import { expect, test } from './fixtures.ts';

test('a share URL gives curl exactly the bytes that its range asks for', async ({ deliver }) => {
  const { published } = await deliver({ 'chip.7z': MIB });
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-curl-'));
  try {
    const out = join(folder, 'out');
    await promisify(execFile)('curl', [
      '-sS',
      '-o',
      out,
      '--header',
      'Range: bytes=0-99',
      published.files[0]?.url ?? '',
    ]);
    expect(readFileSync(out)).toHaveLength(100);
  } finally {
    rmSync(folder, { recursive: true });
  }
  expect(published.files[0]).toMatchObject({ path: 'chip.7z', size: MIB });
});

test('a store that cannot be reached is said to be that, and what to do', async () => {
  const store = ['--store', 's3://chips/lab', '--endpoint', 'http://127.0.0.1:1'];
  process.env['AWS_ACCESS_KEY_ID'] ??= 'nobody';
  process.env['AWS_SECRET_ACCESS_KEY'] ??= 'nothing';
  const { code, stderr } = await holdfast('publish', 'docs', '--order', 'A-1', ...store);
  expect(code).toBe(1);
  expect(stderr).toMatch(/cannot be reached.*kept.*run the same command again/s);
});

test('bad input gives a message and an exit code', async () => {
  const missing = await holdfast('publish', '/nowhere/at-all', '--order', 'A-1');
  expect(missing).toMatchObject({ code: 1, stdout: '' });
  expect(missing.stderr).toMatch(/^holdfast: .*nowhere/);
  expect((await holdfast('publish', '.', '--order', '../evil')).code).toBeGreaterThan(0);
  expect((await holdfast('publish', '.', '--order', 'A-1', '--url-expires', '30d')).code).toBeGreaterThan(0);
  expect((await holdfast('nonsense')).code).toBe(2);
});
