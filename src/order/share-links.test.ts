import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseShareLinks } from './share-links.ts';

const url = (key: string, signature = 'abc'): string => `http://minio:9000/bucket/${key}?X-Amz-Signature=${signature}`;

it('finds links one a line, and as mc share prints them', () => {
  const text = `URL: http://minio:9000/bucket/a.7z\nExpire: 7 days\nShare: ${url('a.7z')}\n\n${url('sub/%E8%8A%AF%E7%89%87.7z')}\r\n`;
  expect(parseShareLinks(text).map(({ name }) => name)).toEqual(['a.7z', '芯片.7z']);
  expect(parseShareLinks(text)[0]?.url).toBe(url('a.7z'));
});

it('knows the same object by a fresh signature', () => {
  const [old, fresh] = [parseShareLinks(url('a.7z', 'old')), parseShareLinks(url('a.7z', 'new'))];
  expect(fresh[0]?.identity).toBe(old[0]?.identity);
});

it('refuses text without a link', () => {
  for (const text of ['', 'hello', 'javascript:alert(1)', 'file:///etc/passwd', 'https://user:pw@host/x']) {
    expect(() => parseShareLinks(text)).toThrow(/No link/);
  }
});

it('never throws anything but AppError', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        parseShareLinks(`https://${text}`);
      } catch (error) {
        expect(error).toMatchObject({ code: 'links-invalid' });
      }
    }),
  );
});
