import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numberedName, safePaths } from './file-name.ts';

const safe = (path: string): string => safePaths([path])[0] ?? '';

describe('safePaths', () => {
  it('leaves ordinary names alone, Chinese ones too', () => {
    for (const path of ['chip-001.7z', '芯片-084（复测）.7z', 'lot 7/masks/layer-1.gds', '.hidden']) {
      expect(safe(path)).toBe(path);
    }
  });

  it.each(['NUL.7z', 'con', 'a:b', 'a?b', 'name.', 'name ', 'x.lnk', 'x.scf', 'y.crswap', 'a\u202egpj.exe'])(
    'gives %j another name',
    (name) => expect(safe(name)).not.toBe(name),
  );

  it('numbers names that differ only by case, or became the same', () => {
    expect(safePaths(['A.7z', 'a.7z', 'a?b', 'a*b'])).toEqual(['A.7z', 'a (1).7z', 'a_b', 'a_b (1)']);
    expect(numberedName('archive', 2)).toBe('archive (2)');
  });

  it('keeps every name short enough in bytes, unique, and inside the folder', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 300 }), { maxLength: 8 }), (names) => {
        const paths = safePaths(names.map((name) => name.replaceAll('/', '_') || '_'));
        expect(new Set(paths.map((path) => path.toLowerCase())).size).toBe(paths.length);
        for (const path of paths) {
          expect(new TextEncoder().encode(path).length).toBeLessThanOrEqual(255);
          expect(['', '.', '..']).not.toContain(path);
        }
      }),
    );
  });
});
