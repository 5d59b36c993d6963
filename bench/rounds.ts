import { median, type Row } from './report.ts';
import type { Contestant, Race, Result } from './contestants.ts';

/** Lets all contestants run, round by round, and sums their results up. */
export async function race(
  conditions: Race,
  contestants: Readonly<Record<string, Contestant>>,
  rounds: number,
): Promise<Row[]> {
  const chosen = Object.entries(contestants).filter(([name]) => name.includes(conditions.only ?? ''));
  const results = new Map<string, Result[]>(chosen.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, contestant] of chosen) {
      const result = await contestant(conditions);
      results.get(name)?.push(result);
      console.log(`round ${round + 1}: ${name}: ${result.seconds.toFixed(2)} s`);
    }
  }
  return [...results].map(([name, found]) => ({
    name,
    seconds: found.map(({ seconds }) => seconds),
    more: {
      'processor seconds of the browser': show(found.map(({ cpuSeconds }) => cpuSeconds)),
      'renderer, peak MB': show(found.map(({ rendererPeak }) => rendererPeak && rendererPeak / 1e6)),
    },
  }));
}

function show(values: readonly (number | undefined)[]): string {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? '' : String(Math.round(median(known)));
}
