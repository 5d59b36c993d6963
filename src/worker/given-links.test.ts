import { describe, expect, it } from 'vitest';
import { exportOrder } from '../order/export-order.ts';
import type { Manifest } from '../order/manifest.ts';
import { writeMetalink } from '../order/metalink.ts';
import { readGivenLinks } from './given-links.ts';
import { encodeLinks, readOrderSpec } from './order-spec.ts';

const MIB = 1024 * 1024;
const hash = (digit: string): string => digit.repeat(64);
const manifest: Manifest = {
  version: 1,
  id: 'A-1',
  title: '',
  createdAt: '2026-11-25T10:00:00.000Z',
  pieceLength: 16 * MIB,
  files: [
    { path: 'sub/a.7z', size: 17 * MIB, sha256: hash('a'), pieces: [hash('b'), hash('c')] },
    { path: 'empty', size: 0, sha256: hash('d'), pieces: [] },
  ],
};
const exported = writeMetalink(
  exportOrder(manifest, [['https://s3.test/x?a=1&signature=2', 'https://mirror.test/x'], ['https://s3.test/y']]),
);

/** A Metalink of one file, with these elements. */
const metalink = (...elements: readonly string[]): string =>
  `<metalink xmlns="urn:ietf:params:xml:ns:metalink"><file name="a.7z">${elements.join('')}<url>https://s3.test/x</url></file></metalink>`;

describe('a Metalink that was exported', () => {
  it('is the same order again: its id, its paths, every hash, every address', async () => {
    const { id, links } = await readGivenLinks(exported);
    expect(id).toBe('A-1');
    expect(links).toEqual([
      {
        url: 'https://s3.test/x?a=1&signature=2',
        identity: 'https://s3.test/x',
        name: 'sub/a.7z',
        mirrors: ['https://mirror.test/x'],
        size: 17 * MIB,
        sha256: hash('a'),
        pieces: { length: 16 * MIB, hashes: [hash('b'), hash('c')] },
      },
      expect.objectContaining({ name: 'empty', size: 0 }),
    ]);
  });

  it('is kept with its piece length and its hashes', async () => {
    const [link] = (await readGivenLinks(exported)).links;
    const { name: path, identity, url, size = 0, pieces, sha256 } = link!;
    const spec = readOrderSpec('links', encodeLinks([{ path, identity, url, size, pieces, sha256 }]));
    expect(spec.files[0]).toMatchObject({ pieceLength: 16 * MIB, sha256, urls: [url] });
    expect(spec.files[0]?.hashes?.slice(0, 32)).toEqual(new Uint8Array(32).fill(0xbb));
  });
});

describe('a Metalink of somebody else', () => {
  it('has the hash of a small file for that of its only piece', async () => {
    const text = metalink(`<size>${3 * MIB}</size>`, `<hash type="sha-256">${hash('a')}</hash>`);
    expect((await readGivenLinks(text)).links[0]?.pieces).toEqual({ length: 4 * MIB, hashes: [hash('a')] });
  });

  it('has nothing but the whole hash of a large file whose pieces are too short to be ours', async () => {
    const pieces = `<pieces length="262144" type="sha-256">${`<hash>${hash('b')}</hash>`.repeat(256)}</pieces>`;
    const text = metalink(`<size>${64 * MIB}</size>`, `<hash type="sha-256">${hash('a')}</hash>`, pieces);
    expect((await readGivenLinks(text)).links[0]).toMatchObject({ sha256: hash('a'), size: 64 * MIB });
    expect((await readGivenLinks(text)).links[0]?.pieces).toBeUndefined();
  });

  it('keeps files apart whose addresses differ in their query only', async () => {
    const file = (n: number): string => `<file name="f${n}"><url>https://s3.test/get?id=${n}</url></file>`;
    const { links } = await readGivenLinks(
      `<metalink xmlns="urn:ietf:params:xml:ns:metalink">${file(1)}${file(2)}</metalink>`,
    );
    expect(new Set(links.map(({ identity }) => identity)).size).toBe(2);
  });

  it('is refused with the reason when it is none', async () => {
    await expect(readGivenLinks('<metalink version="3.0"/>')).rejects.toThrow('not version 4');
  });
});
