import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Damage } from './checks.ts';
import { damageList, damageSummary } from './damage-words.ts';

// Node 20 has none
beforeAll(() => void vi.stubGlobal('navigator', { languages: ['en-US'] }));
afterAll(() => void vi.unstubAllGlobals());

const damage = (path: string, ...pieces: readonly number[]): Damage => ({ file: 0, path, gone: false, pieces });
const many = Array.from({ length: 20 }, (_, i) => i * 2 + 1);

it('names three files and the first pieces of each in a sentence, and everything in the list', () => {
  const all = [
    damage('a.7z', 1, 2, 3, 5),
    damage('b.7z', ...many),
    { ...damage('c.7z'), gone: true },
    damage('longer.7z'),
  ];
  expect(damageSummary(all)).toBe('a.7z (piece 1–3, 5), b.7z (piece 1, 3, 5, 7, 9, …), c.7z (gone), …');
  expect(damageList(all)).toBe(
    `a.7z: piece 1–3, 5\nb.7z: piece ${many.join(', ')}\nc.7z: gone\nlonger.7z: longer than it was\n`,
  );
});
