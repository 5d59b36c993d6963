import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, open, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseManifest } from '../../src/order/manifest.ts';
import { openStore } from '../store/open-store.ts';
import { leftOutWithout } from '../testing/left-out.ts';
import { pack } from './parcel.ts';
import { publishOrder } from './publish-order.ts';
import type { SourceFile } from './source-file.ts';

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
// some systems give files whose time they do not know the first second of 1970; a zip cannot say that
await utimes(join(source, 'c.bin'), 0, 0);
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

const PYTHON = `import sys, zipfile
zip = zipfile.ZipFile(sys.argv[1])
assert len(sys.argv) > 2 or zip.testzip() is None
zip.extractall(members=sys.argv[2:] or None)`;
/** How programs that share no code with the writer unpack a zip, or what is named behind it, into the folder that they run in. */
const unpackers = {
  python3: ['-c', PYTHON],
  unzip: ['-q'],
  '7zz': ['x', '-y', '-bso0'],
  bsdtar: ['-xf'],
} as const;

async function unpack(program: string, args: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(base, 'unpacked-'));
  // names are UTF-8, whatever the tests' own environment says
  execFileSync(program, args, { cwd: folder, env: { ...process.env, LC_ALL: 'C.UTF-8' } });
  return folder;
}

describe.each(Object.entries(unpackers))('%s', (program, args) => {
  // they are in Debian's packages python3, unzip, 7zip and libarchive-tools, which CI installs
  const isLeftOut = leftOutWithout(program);

  it.skipIf(isLeftOut)('opens the bundles, and has the same files', async () => {
    const bundled = manifest.files.filter(({ offset }) => offset !== undefined);
    for (const object of new Set(bundled.map((file) => file.object!))) {
      const folder = await unpack(program, [...args, join(base, 'store', object)]);
      const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
      const inside = bundled.filter((file) => file.object === object);
      expect(names).toHaveLength(inside.length);
      for (const { path } of inside) {
        expect(Buffer.compare(await readFile(join(folder, path)), files[path]!), path).toBe(0);
        const { mtime } = await stat(join(folder, path));
        // Python gives unpacked files the time of now
        if (path === 'c.bin' && program !== 'python3') expect(mtime.getFullYear()).toBe(1980);
      }
    }
  });

  it.skipIf(isLeftOut)('opens a bundle of more than 4 GiB', { timeout: 240_000 }, async () => {
    const folder = await unpack(program, [...args, await hugeBundle(), 'z.bin']);
    expect(Buffer.compare(await readFile(join(folder, 'z.bin')), small)).toBe(0);
  });
});

const HUGE = 4 * 1024 ** 3 + 5;
const small = randomBytes(1000);
const zeros = Buffer.alloc(8 * 1024 * 1024);
let huge: Promise<string> | undefined;

/** A bundle of a file of 4 GiB of zeros, which take no room on the disk, and a small one behind it. */
function hugeBundle(): Promise<string> {
  return (huge ??= (async () => {
    const source = (path: string, size: number, read: () => AsyncIterable<Uint8Array>): SourceFile => ({
      path,
      size,
      read,
      stored: false,
      mtimeMs: Date.UTC(2026, 1, 1),
      key: target.layout.file('H-1', { path, size, mtimeMs: 0 }),
    });
    async function* nothing(): AsyncGenerator<Uint8Array> {
      for (let left = HUGE; left > 0; left -= zeros.length) yield zeros.subarray(0, left);
    }
    async function* bytes(): AsyncGenerator<Uint8Array> {
      yield small;
    }
    const sources = [source('a.bin', HUGE, nothing), source('z.bin', small.length, bytes)];
    const [parcel, ...more] = pack(sources, 2 * HUGE, 'H-1', target.layout);
    expect(more).toEqual([]);
    const file = join(base, 'huge.zip');
    const handle = await open(file, 'w+');
    let at = 0;
    for await (const chunk of parcel!.read(() => undefined)) {
      if (chunk.length < zeros.length) await handle.write(chunk, 0, chunk.length, at);
      at += chunk.length;
    }
    expect(at).toBe(parcel!.size);
    const { offset } = parcel!.files[1]!;
    const found = Buffer.alloc(small.length);
    await handle.read(found, 0, small.length, offset);
    await handle.close();
    expect(Buffer.compare(found, small)).toBe(0);
    return file;
  })());
}

it('packs the same again, and finds it there', async () => {
  const again = await publishOrder(options);
  expect(again.manifest).toBe(published.manifest);
  expect(again.files.every(({ seconds }) => seconds === 0)).toBe(true);
});
