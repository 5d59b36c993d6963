import { msg, str } from '@lit/localize';
import type { Damage } from './checks.ts';
import { formatNumber } from './format.ts';

/** Damage in a sentence's room: the first three files, and of each the first pieces. */
export function damageSummary(damages: readonly Damage[]): string {
  const names = damages.slice(0, 3).map((damage) => `${damage.path} (${damageWord(damage, 5)})`);
  if (damages.length > names.length) names.push('…');
  return names.join(', ');
}

/** All damage, a line a file. */
export function damageList(damages: readonly Damage[]): string {
  return damages.map((damage) => `${damage.path}: ${damageWord(damage, Infinity)}\n`).join('');
}

function damageWord({ gone, pieces }: Damage, most: number): string {
  if (gone) return msg('gone');
  if (pieces.length === 0) return msg('longer than it was');
  const runs = runsOf(pieces);
  const shown = runs.slice(0, most);
  if (runs.length > shown.length) shown.push('…');
  return msg(str`piece ${shown.join(', ')}`);
}

/** Neighbours as `3–5`. */
function runsOf(pieces: readonly number[]): string[] {
  const runs: [number, number][] = [];
  for (const piece of pieces) {
    const last = runs.at(-1);
    if (last?.[1] === piece - 1) last[1] = piece;
    else runs.push([piece, piece]);
  }
  return runs.map(([from, to]) => (from === to ? formatNumber(from) : `${formatNumber(from)}–${formatNumber(to)}`));
}
