import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from './errors.ts';
import type { Manifest } from './manifest.ts';
import { exportOrder } from './export-order.ts';
import { parseMetalink, writeMetalink } from './metalink.ts';
import { exportFormats, writeExport } from './write-export.ts';

const MIB = 1024 * 1024;
const hash = 'a'.repeat(64);
const manifest: Manifest = {
  version: 1,
  id: 'A-1',
  title: "Lot <7> & 'friends'\nrm -rf /",
  createdAt: '2026-11-25T10:00:00.000Z',
  pieceLength: 8 * MIB,
  files: [
    { path: `晶片 & "it's" <1>.7z`, size: 9 * MIB, sha256: hash, pieces: [hash, 'b'.repeat(64)], object: 'x' },
    { path: 'sub/empty', size: 0, sha256: hash, pieces: [], object: 'y' },
  ],
};
const urls = [['https://s3.example/x?a=1&b=2', 'https://mirror.example/x'], ['https://s3.example/y']];
const order = exportOrder(manifest, urls);

describe('a Metalink', () => {
  it('comes back as it was written', () => {
    const [first, empty] = parseMetalink(writeMetalink(order));
    expect(first).toEqual({
      path: order.files[0]?.path,
      size: 9 * MIB,
      sha256: hash,
      pieces: { length: 8 * MIB, hashes: [hash, 'b'.repeat(64)] },
      urls: urls[0],
    });
    expect(empty).toMatchObject({ path: 'A-1/sub/empty', size: 0, pieces: undefined });
  });

  it('keeps only pieces that Holdfast can have, and addresses that it can fetch', () => {
    const text = writeMetalink(order)
      .replace(`length="${8 * MIB}"`, 'length="1000"')
      .replace('https://mirror.example/x', 'ftp://mirror.example/x');
    expect(parseMetalink(text)[0]).toMatchObject({ sha256: hash, pieces: undefined, urls: [urls[0]?.[0]] });
  });

  it.each([
    ['', 'version 4'],
    ['<metalink/>', 'version 4'],
    ['<metalink xmlns="urn:ietf:params:xml:ns:metalink"></metalink>', 'no file'],
    [writeMetalink(order).replace('A-1/sub/empty', './../etc/passwd'), 'safe path'],
    [writeMetalink(order).replaceAll('https:', 'javascript:'), 'no address'],
    ['<a>'.repeat(100_000), 'not XML'],
  ])('is refused when it is %#', (text, reason) => expect(() => parseMetalink(text)).toThrow(reason));

  it('never throws anything but AppError, and expands no entities', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parseMetalink(`<metalink xmlns="urn:ietf:params:xml:ns:metalink">${text}`);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
        }
      }),
    );
    const bomb = `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>${writeMetalink(order).replace('晶片', '&b;')}`;
    let path: string | undefined;
    try {
      path = parseMetalink(bomb)[0]?.path;
    } catch (error) {
      expect(error).toBeInstanceOf(AppError);
    }
    expect(path ?? '').not.toContain('aaaa');
  });
});

describe('an export', () => {
  it.each(exportFormats)('names every file and every first address: %s', (format) => {
    const { name, text } = writeExport(order, format);
    expect(name).toMatch(/^A-1\./);
    // no title breaks out of a comment
    expect(text).not.toMatch(/^rm -rf/m);
    for (const { urls: each } of order.files) expect(text.replaceAll('&amp;', '&')).toContain(each[0]);
  });

  it('is a script that Windows PowerShell 5.1 reads: marked as UTF-8, its own line ends, TLS 1.2, quotes of every kind doubled', () => {
    const odd = { ...manifest, files: [{ ...manifest.files[0]!, path: "it's ‘a’ $(x) `y.7z" }] };
    const { name, text } = writeExport(exportOrder(odd, urls), 'powershell');
    expect(name).toBe('A-1.ps1');
    expect(text.startsWith('\uFEFF# ')).toBe(true);
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(text).toMatch(/SecurityProtocol -bor \[Net\.SecurityProtocolType\]::Tls12\r\nAdd-Type/);
    const call = `Get-OrderFile 'A-1/it''s ‘‘a’’ $(x) \`y.7z' ${9 * MIB} '${hash}' 0 @('${urls[0]!.join("', '")}')`;
    expect(text).toContain(`\r\n${call}\r\n`);
  });

  it('says which formats cannot take bundled files', () => {
    const bundled = exportOrder({ ...manifest, files: [{ ...manifest.files[0]!, offset: 77 }] }, urls);
    for (const format of ['metalink', 'aria2', 'rclone'] as const) {
      expect(() => writeExport(bundled, format)).toThrow('part of a bundle');
    }
    expect(writeExport(bundled, 'curl').text).toContain(` 77 '`);
  });
});
