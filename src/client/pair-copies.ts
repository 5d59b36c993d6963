import type { FileRow } from '../engine-api.ts';
import type { Copy } from './copies.ts';

/** Downloads of one name get a number: `chip (1).7z`. */
const NUMBERED = / \(\d+\)(?=(\.[^.]+)?$)/;

/**
 * Which of `copies` may be meant to be which file: those of its name, first the one with the most of its path, and of its size. Files
 * of which no copy is there are left out.
 */
export function pairCopies(rows: readonly FileRow[], copies: readonly Copy[]): Map<FileRow, readonly Copy[]> {
  const byName = new Map<string, Copy[]>();
  for (const copy of copies) {
    const name = plainName(copy.path);
    byName.set(name, [...(byName.get(name) ?? []), copy]);
  }
  const pairs = new Map<FileRow, readonly Copy[]>();
  for (const row of rows) {
    const paths = [row.savedAs ?? row.path, row.path];
    const same = new Set(paths.flatMap((path) => byName.get(plainName(path)) ?? []));
    const rank = (copy: Copy): number =>
      Math.max(...paths.map((path) => sharedEnd(path, copy.path))) * 2 + (copy.file.size === row.size ? 1 : 0);
    if (same.size > 0)
      pairs.set(
        row,
        [...same].sort((a, b) => rank(b) - rank(a)),
      );
  }
  return pairs;
}

function plainName(path: string): string {
  return partsOf(path).at(-1)?.replace(NUMBERED, '') ?? '';
}

/** How many parts of two paths are the same, from the end. */
function sharedEnd(a: string, b: string): number {
  const [left, right] = [partsOf(a).reverse(), partsOf(b).reverse()];
  const differs = left.findIndex((part, i) => part !== right[i]);
  return differs < 0 ? left.length : differs;
}

function partsOf(path: string): string[] {
  return path.normalize('NFC').toLowerCase().split('/');
}
