import type { Timing, Work } from '../src/worker/testing/timings.ts';

/** Colours of Okabe and Ito, told apart by everyone. */
const TONES: Readonly<Record<Work, string>> = {
  write: '#0072b2',
  read: '#56b4e9',
  hash: '#cc79a7',
  flush: '#d55e00',
  journal: '#e69f00',
  save: '#009e73',
  close: '#999999',
};
const WORDS: Readonly<Record<Work, string>> = {
  write: 'received bytes written to the part',
  read: 'read back',
  hash: 'read back and hashed, beside receiving',
  flush: 'flushed',
  journal: 'journaled',
  save: 'copied into the folder',
  close: 'close(): the browser’s own check',
};
const LANES: readonly Work[] = ['write', 'hash', 'flush', 'journal', 'save', 'close'];
const [LEFT, WIDTH, LANE, TOP] = [250, 900, 26, 30];

/** A picture of what was done when, a lane for each kind of work. */
export function drawTimeline(timings: readonly Timing[], title: string): string {
  const begin = Math.min(...timings.map(({ from }) => from));
  const end = Math.max(...timings.map(({ to }) => to));
  const x = (ms: number): string => (LEFT + ((ms - begin) / (end - begin)) * WIDTH).toFixed(1);
  const bars = LANES.flatMap((work, lane) =>
    timings
      .filter((timing) => timing.work === work)
      .map(({ from, to }) => {
        const width = Math.max(0.4, Number(x(to)) - Number(x(from))).toFixed(1);
        const y = TOP + lane * LANE;
        return `<rect x="${x(from)}" y="${y}" width="${width}" height="${LANE - 6}" fill="${TONES[work]}" fill-opacity="0.55"/>`;
      }),
  );
  const words = LANES.map((work, lane) => text(LEFT - 8, TOP + lane * LANE + 14, WORDS[work], 'end'));
  const bottom = TOP + LANES.length * LANE;
  const ticks = Array.from({ length: Math.floor((end - begin) / 1000) + 1 }, (_, second) => {
    const at = x(begin + second * 1000);
    return `<line x1="${at}" x2="${at}" y1="${TOP - 4}" y2="${bottom}" stroke="#8884"/>${text(Number(at), bottom + 14, `${second} s`, 'middle')}`;
  });
  const box = `viewBox="0 0 ${LEFT + WIDTH + 20} ${bottom + 24}"`;
  const parts = [text(LEFT, 16, title, 'start'), ...ticks, ...bars, ...words];
  const style = '<style>text{font:12px sans-serif;fill:#777}</style>';
  return `<svg xmlns="http://www.w3.org/2000/svg" ${box} role="img" aria-label="${title}">${style}${parts.join('\n')}</svg>\n`;
}

function text(x: number, y: number, words: string, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">${words}</text>`;
}

/** How long each kind of work took, all files together, in ms. */
export function sumUp(timings: readonly Timing[]): Map<string, number> {
  const sums = new Map<string, number>(Object.values(WORDS).map((words) => [words, 0]));
  for (const { work, from, to } of timings) sums.set(WORDS[work], (sums.get(WORDS[work]) ?? 0) + to - from);
  return sums;
}
