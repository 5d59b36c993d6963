import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AppError } from './errors.ts';
import { formatOrderLink, looksLikeOrderLink, parseOrderLink } from './link.ts';

const link = { id: 'A-1042', key: 'k'.repeat(43), manifest: 'a'.repeat(64) };

it('comes back as it was written', () => {
  const text = formatOrderLink('https://orders.example.com/', link);
  expect(text).toBe(`https://orders.example.com/#/order/A-1042?key=${link.key}&manifest=${link.manifest}`);
  expect(looksLikeOrderLink(text)).toBe(true);
  expect(parseOrderLink(`  ${text}\n`)).toEqual(link);
});

it('is refused when it was cut off anywhere', () => {
  const text = formatOrderLink('https://orders.example.com', link);
  for (let length = 0; length < text.length; length++) {
    expect(() => parseOrderLink(text.slice(0, length))).toThrow(AppError);
  }
});

it('is refused when its id could leave a folder', () => {
  for (const id of ['', '.', '..', '../x', 'a/b', 'a.', '-a', 'x'.repeat(65)]) {
    expect(() => parseOrderLink(formatOrderLink('', { ...link, id }))).toThrow(AppError);
  }
});

it('never throws anything but AppError', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        parseOrderLink(`#/order/${text}`);
      } catch (error) {
        expect(error).toMatchObject({ code: 'link-invalid' });
      }
    }),
  );
});
