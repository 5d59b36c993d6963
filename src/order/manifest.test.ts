import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from './errors.ts';
import { MAX_MANIFEST_BYTES, parseManifest, type Manifest } from './manifest.ts';

const MIB = 1024 * 1024;
const hash = 'a'.repeat(64);
const file = { path: 'chip-1.7z', size: 9 * MIB, sha256: hash, pieces: [hash, hash], object: 'orders/A/files/x' };
const manifest: Manifest = {
  version: 1,
  id: 'A-1042',
  title: 'Lot 7',
  createdAt: '2026-11-24T10:00:00.000Z',
  pieceLength: 8 * MIB,
  files: [file],
};

const parse = (value: unknown): Manifest => parseManifest(new TextEncoder().encode(JSON.stringify(value)));
const withFile = (change: object): unknown => ({ ...manifest, files: [{ ...file, ...change }] });
const withPaths = (...paths: string[]): unknown => ({ ...manifest, files: paths.map((path) => ({ ...file, path })) });

describe('parseManifest', () => {
  it('reads a manifest', () => {
    expect(parse(manifest)).toEqual(manifest);
    expect(parse(withFile({ size: 0, pieces: [] })).files[0]?.size).toBe(0);
  });

  it.each([
    ['an unknown version', { ...manifest, version: 2 }],
    ['an unknown field', { ...manifest, extra: 1 }],
    ['no files', { ...manifest, files: [] }],
    ['a piece length that is no power of two', { ...manifest, pieceLength: 9_000_000 }],
    ['a piece length that is too short', { ...manifest, pieceLength: 1024 }],
    ['a number of pieces that does not fit', withFile({ pieces: [hash] })],
    ['a negative size', withFile({ size: -1 })],
    ['a size that is no whole number', withFile({ size: 1.5 })],
    ['a size beyond counting', withFile({ size: 1e300 })],
    ['a hash that is none', withFile({ sha256: 'x' })],
    ['the same path twice', withPaths('a', 'a')],
    ['the same path in two spellings', withPaths('\u00e9', 'e\u0301')],
    ['a file that is a folder too', withPaths('a', 'a/b')],
    ['an id that leaves the folder', { ...manifest, id: '..' }],
  ])('refuses %s', (_, value) => {
    expect(() => parse(value)).toThrow(AppError);
  });

  it.each(['', '/etc/passwd', '../x', 'a/../b', 'a//b', './a', 'a/', 'C:/x', 'C:x', 'a\\b', 'a\0b', 'a\nb', '\ud800'])(
    'refuses the path %j',
    (path) => expect(() => parse(withFile({ path }))).toThrow(AppError),
  );

  it('refuses what is too large, no UTF-8 or no JSON', () => {
    expect(() => parseManifest(new Uint8Array(MAX_MANIFEST_BYTES + 1))).toThrow(/16 MiB/);
    expect(() => parseManifest(Uint8Array.of(0xff, 0xfe))).toThrow(AppError);
    expect(() => parseManifest(new TextEncoder().encode('{'))).toThrow(AppError);
  });

  it('never throws anything but AppError', () => {
    const anything = fc.oneof(
      fc.json(),
      fc.object().map((change) => JSON.stringify({ ...manifest, ...change })),
      fc.object().map((change) => JSON.stringify(withFile(change))),
    );
    fc.assert(
      fc.property(anything, (text) => {
        try {
          parseManifest(new TextEncoder().encode(text));
        } catch (error) {
          expect(error).toMatchObject({ code: 'manifest-invalid' });
        }
      }),
    );
  });
});
