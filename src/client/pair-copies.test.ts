import { expect, it } from 'vitest';
import type { FileRow } from '../engine-api.ts';
import type { Copy } from './copies.ts';
import { pairCopies } from './pair-copies.ts';

const row = (path: string, size = 1, savedAs?: string): FileRow => ({ path, size, savedAs }) as FileRow;
const copy = (path: string, size = 1): Copy => ({ path, file: { size } as File });

function paired(rows: readonly FileRow[], ...copies: readonly Copy[]): Record<string, string> {
  return Object.fromEntries([...pairCopies(rows, copies)].map(([{ path }, found]) => [path, found[0]?.path ?? '']));
}

it('pairs by as much of the path as there is: the moved folder, a folder in it, or all files in one heap', () => {
  const rows = [row('a/chip.7z'), row('b/chip.7z'), row('top.7z')];
  const own = [copy('A-1042/a/chip.7z'), copy('A-1042/b/chip.7z'), copy('A-1042/top.7z')];
  expect(paired(rows, ...own)).toEqual({
    'a/chip.7z': own[0]?.path,
    'b/chip.7z': own[1]?.path,
    'top.7z': own[2]?.path,
  });
  expect(paired(rows, copy('top.7z'), copy('other.7z'))).toEqual({ 'top.7z': 'top.7z' });
});

it('knows the name under which a file was saved, numbers of the browser, and other forms of one name', () => {
  expect(paired([row('CON.7z', 1, 'CON_.7z')], copy('x/CON_.7z'))).toEqual({ 'CON.7z': 'x/CON_.7z' });
  expect(paired([row('chip.7z')], copy('Downloads/chip (2).7z'))).toEqual({ 'chip.7z': 'Downloads/chip (2).7z' });
  expect(paired([row('caf\u00e9.7z')], copy('cafe\u0301.7z'))).toEqual({ 'caf\u00e9.7z': 'cafe\u0301.7z' });
});

it('takes the one of the right size, of several', () => {
  expect(paired([row('chip.7z', 5)], copy('d/chip.7z', 3), copy('d/chip (1).7z', 5))).toEqual({
    'chip.7z': 'd/chip.7z',
  });
  expect(paired([row('chip.7z', 5)], copy('d/chip (1).7z', 3), copy('d/chip (2).7z', 5))).toEqual({
    'chip.7z': 'd/chip (2).7z',
  });
});
