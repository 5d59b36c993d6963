import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { parseManifest } from '../../src/order/manifest.ts';
import { openStore } from '../store/open-store.ts';
import { publishOrder } from './publish-order.ts';

const base = await mkdtemp(join(tmpdir(), 'holdfast-bundle-'));
afterAll(() => rm(base, { recursive: true }));

const files: Readonly<Record<string, Buffer>> = {
  'a.bin': randomBytes(400_000),
  empty: Buffer.alloc(0),
  'sub/晶片.bin': randomBytes(300_001),
  'c.bin': randomBytes(500_000),
  'huge.bin': randomBytes(2_000_000),
};
const source = join(base, 'source');
for (const [path, bytes] of Object.entries(files)) {
  await mkdir(join(source, path, '..'), { recursive: true });
  await writeFile(join(source, path), bytes);
}
const target = await openStore({ store: join(base, 'store') });
const options = { source, order: 'A-1', target, expiresIn: 60_000, urlExpiresIn: 60, bundleLength: 1_000_000 };
const published = await publishOrder(options);
const manifest = parseManifest((await target.store.get(target.layout.manifest('A-1', published.manifest)))!);

it('packs many files into few objects, and the manifest says where each one is', async () => {
  const objects = new Set(manifest.files.map(({ object }) => object));
  expect(objects.size).toBe(3);
  for (const { path, object, offset, size, sha256 } of manifest.files) {
    const bytes = (await readFile(join(base, 'store', object!))).subarray(offset ?? 0, (offset ?? 0) + size);
    expect(Buffer.compare(bytes, files[path]!), path).toBe(0);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
  }
  expect(manifest.files.find(({ path }) => path === 'huge.bin')?.offset).toBeUndefined();
});

it('packs zips that another program opens and finds whole', () => {
  for (const object of new Set(
    manifest.files.filter(({ offset }) => offset !== undefined).map((file) => file.object),
  )) {
    // Python reads central directory, sizes and checksums, and shares no code with the writer
    const script =
      'import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print("\\n".join(z.namelist()))';
    const names = execFileSync('python3', ['-c', script, join(base, 'store', object!)], { encoding: 'utf8' }).trim();
    for (const name of names.split('\n')) expect(Object.keys(files)).toContain(name);
  }
});

it('packs the same again, and finds it there', async () => {
  const again = await publishOrder(options);
  expect(again.manifest).toBe(published.manifest);
  expect(again.files.every(({ seconds }) => seconds === 0)).toBe(true);
});
