import { describe, expect, it } from 'vitest';
import { Layout } from './layout.ts';
import { checkSignature, signUrl } from './signed-url.ts';

const SECRET = 'k'.repeat(43);
const KEY = 'orders/A-1/files/0123456789ab/晶片 #1?.bin';

function parts(url: string): { expires: string; signature: string } {
  const { searchParams } = new URL(url);
  return { expires: searchParams.get('expires') ?? '', signature: searchParams.get('signature') ?? '' };
}

describe('a signed URL', () => {
  const query = parts(signUrl('https://app.example/', SECRET, KEY, 1000));

  it('holds until it expires', () => {
    expect(checkSignature(SECRET, KEY, query, 999_999)).toBe('valid');
    expect(checkSignature(SECRET, KEY, query, 1_000_000)).toBe('expired');
  });

  it('fits one key, one time and one secret', () => {
    expect(checkSignature(SECRET, `${KEY}x`, query, 0)).toBe('invalid');
    expect(checkSignature(SECRET, KEY, { ...query, expires: '2000' }, 0)).toBe('invalid');
    expect(checkSignature('x'.repeat(43), KEY, query, 0)).toBe('invalid');
    expect(checkSignature(SECRET, KEY, { ...query, signature: 'x' }, 0)).toBe('invalid');
    expect(checkSignature(SECRET, KEY, {}, 0)).toBe('invalid');
  });

  it('keeps odd names whole', () => {
    const url = new URL(signUrl('https://app.example', SECRET, KEY, 1000));
    expect(decodeURIComponent(url.pathname)).toBe(`/store/${KEY}`);
  });
});

describe('the layout', () => {
  it('serves files of orders and nothing else', () => {
    const layout = new Layout();
    expect(layout.isFile(layout.file('A-1', { path: 'a/b.bin', size: 1, mtimeMs: 2.5 }))).toBe(true);
    const key = 'orders/A-1/keys/0123456789ab/x.json';
    for (const other of [
      'holdfast.json',
      'links.json',
      key,
      'orders/A-1/files/0123456789ab/../x',
      'sample/a',
      'orders/A-1/files/0123456789ab/.x',
    ])
      expect(layout.isFile(other), other).toBe(false);
  });

  it('gives a file the same place each time, and a changed one another', () => {
    const layout = new Layout('team/');
    const file = { path: 'a', size: 1, mtimeMs: 7 };
    expect(layout.file('A', file)).toBe(layout.file('A', { ...file }));
    expect(layout.file('A', file)).not.toBe(layout.file('A', { ...file, mtimeMs: 8 }));
    expect(layout.file('A', file)).toMatch(/^team\/orders\/A\/files\/[0-9a-f]{12}\/a$/);
  });
});
