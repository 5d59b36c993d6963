import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseOrderLink } from '../../src/order/link.ts';
import { parseManifest, type Manifest } from '../../src/order/manifest.ts';
import { DEFAULT_PIECE_LENGTH } from '../../src/order/pieces.ts';
import { openStore, type OpenStore } from '../store/open-store.ts';
import { findLocalFiles, readLocalFile } from './local-source.ts';
import { printOrder } from './print-order.ts';
import { publishOrder, type PublishedOrder } from './publish-order.ts';

const base = await mkdtemp(join(tmpdir(), 'holdfast-publish-'));
afterAll(() => rm(base, { recursive: true }));
let count = 0;

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function setUp(files: Readonly<Record<string, Uint8Array>>): Promise<{ source: string; target: OpenStore }> {
  const source = join(base, String(count++));
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(join(source, path, '..'), { recursive: true });
    await writeFile(join(source, path), bytes);
  }
  return { source, target: await openStore({ store: `${source}-store` }) };
}

const publish = (source: string, target: OpenStore, order = 'A-1'): Promise<PublishedOrder> =>
  publishOrder({ source, order, target, expiresIn: 60_000, urlExpiresIn: 60 });

async function manifestOf(target: OpenStore, { order, manifest }: PublishedOrder): Promise<Manifest> {
  const bytes = await target.store.get(target.layout.manifest(order, manifest));
  expect(sha256(bytes!)).toBe(manifest);
  return parseManifest(bytes!);
}

describe('publishing a folder', () => {
  const big = randomBytes(DEFAULT_PIECE_LENGTH * 2 + 5);

  it('hashes wholes and pieces, and stores the bytes', async () => {
    const files = {
      'big.bin': big,
      empty: Buffer.alloc(0),
      'sub/晶片.txt': Buffer.from('chip'),
      '.hidden': Buffer.from('x'),
    };
    const { source, target } = await setUp(files);
    const result = await publish(source, target);
    const manifest = await manifestOf(target, result);
    expect(manifest.files.map(({ path }) => path)).toEqual(['big.bin', 'empty', 'sub/晶片.txt']);
    const [first, empty] = manifest.files;
    expect(first?.sha256).toBe(sha256(big));
    const cuts = [0, 1, 2].map((n) => big.subarray(n * DEFAULT_PIECE_LENGTH, (n + 1) * DEFAULT_PIECE_LENGTH));
    expect(first?.pieces).toEqual(cuts.map(sha256));
    expect(empty).toMatchObject({ size: 0, sha256: sha256(Buffer.alloc(0)), pieces: [] });
    for (const { object, sha256: hash } of manifest.files)
      expect(sha256((await target.store.get(object!))!)).toBe(hash);
    const link = parseOrderLink(result.link);
    expect(await target.store.get(target.layout.key('A-1', link.key))).toBeDefined();
  });

  it('finds what it uploaded before, and uploads what changed beside it', async () => {
    const { source, target } = await setUp({ a: Buffer.from('one') });
    const first = await manifestOf(target, await publish(source, target));
    const repeated = await publish(source, target);
    const none = { added: [], removed: [], changed: [] };
    expect(repeated).toMatchObject({ earlier: { manifest: repeated.manifest, ...none }, files: [{ seconds: 0 }] });
    await writeFile(join(source, 'a'), 'other');
    await writeFile(join(source, 'b'), 'new');
    const differing = await publish(source, target);
    expect(differing.earlier).toMatchObject({ manifest: repeated.manifest, ...none, added: ['b'], changed: ['a'] });
    expect(printOrder(differing)).toMatch(/Differs from .*\n {2}added: b\n {2}changed: a/);
    expect(printOrder(repeated)).toContain('nothing was uploaded');
    const changed = await manifestOf(target, differing);
    expect(changed.files[0]?.object).not.toBe(first.files[0]?.object);
    expect(Buffer.from((await target.store.get(first.files[0]!.object!))!).toString()).toBe('one');
  });

  it('keeps the title of before, and the same manifest for it', async () => {
    const { source, target } = await setUp({ a: Buffer.from('one') });
    const options = { source, order: 'A-1', target, expiresIn: 60_000, urlExpiresIn: 60 };
    const first = await publishOrder({ ...options, title: 'Lot 7' });
    const again = await publishOrder(options);
    expect([again.title, again.manifest]).toEqual(['Lot 7', first.manifest]);
    expect(again.link).not.toBe(first.link);
  });

  it('uploads no faster than it is told', async () => {
    const { source, target } = await setUp({ a: randomBytes(300_000) });
    const begin = performance.now();
    await publishOrder({ source, order: 'A-1', target, expiresIn: 60_000, urlExpiresIn: 60, rate: 200_000 });
    // 1.5 s, were the clock exact
    expect(performance.now() - begin).toBeGreaterThan(1000);
  });

  it('leaves its own store out', async () => {
    const { source } = await setUp({ a: Buffer.from('one') });
    const target = await openStore({ store: join(source, 'holdfast-store') });
    expect((await publish(source, target)).files.map(({ path }) => path)).toEqual(['a']);
  });

  it('never leads to other bytes than the manifest says: a key that has some is left alone', async () => {
    const { source, target } = await setUp({ a: Buffer.from('one'), b: Buffer.from('two') });
    const [a, b] = await findLocalFiles(source);
    const keys = [a!, b!].map((file) => target.layout.file('A-1', file));
    // what an upload of the same name, length and time left there, and no manifest knows
    await target.store.putNew(keys[0]!, Buffer.from('ONE'), 'text/plain');
    await target.store.putNew(keys[1]!, Buffer.from('longer'), 'text/plain');
    for (const bundleLength of [undefined, 1000]) {
      const options = { source, order: 'A-1', target, expiresIn: 60_000, urlExpiresIn: 60, bundleLength };
      const published = await publishOrder(options);
      for (const { object, offset = 0, size, sha256: hash } of (await manifestOf(target, published)).files)
        expect(sha256((await target.store.get(object!))!.subarray(offset, offset + size))).toBe(hash);
      expect((await publishOrder(options)).manifest).toBe(published.manifest);
    }
    expect(Buffer.from((await target.store.get(keys[0]!))!).toString()).toBe('ONE');
  });

  it('refuses a life of share URLs that no store would sign, before anything is uploaded', async () => {
    const { source, target } = await setUp({ a: Buffer.from('one') });
    const options = { source, order: 'A-1', target, expiresIn: 60_000, urlExpiresIn: 8 * 24 * 3600 };
    await expect(publishOrder(options)).rejects.toThrow('7 days at most');
    expect(await target.store.head(target.layout.file('A-1', (await findLocalFiles(source))[0]!))).toBeUndefined();
  });

  it('makes no link when a file vanishes or changes', async () => {
    const { source } = await setUp({ a: Buffer.from('one'), b: Buffer.from('two') });
    const [a, b] = await findLocalFiles(source);
    await unlink(a!.absolute);
    await writeFile(b!.absolute, 'longer');
    await expect(readLocalFile(a!).next()).rejects.toMatchObject({ code: 'source-vanished' });
    await expect(readLocalFile(b!).next()).rejects.toMatchObject({ code: 'input-invalid' });
  });

  it('refuses what is no order, with nothing stored', async () => {
    const { source, target } = await setUp({ 'a\\b': Buffer.from('one') });
    await expect(publish(source, target)).rejects.toMatchObject({ code: 'input-invalid' });
    await expect(publish(source, target, '../x')).rejects.toThrow('is no order id');
    await expect(publish(join(base, 'none'), target)).rejects.toThrow('no such file');
    await expect(publish('s3://bucket/prefix', target)).rejects.toThrow('same bucket');
    await expect(readFile(join(target.store.name, 'orders'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
