import type { Page } from '@playwright/test';
import { MIB } from './delivery.ts';

/** Bytes that the page received again after each start but the first, by the test build's log of all writes that reached a part. */
export async function receivedTwice(page: Page): Promise<number[]> {
  const log = await page.evaluate(async () => {
    const handle = await (await navigator.storage.getDirectory()).getFileHandle('test-writes.log');
    return (await handle.getFile()).text();
  });
  const lives: number[] = [];
  const seen = new Map<number, [number, number][]>();
  for (const line of log.trim().split('\n')) {
    if (line === 'start') {
      lives.push(0);
      continue;
    }
    const [file, at, length] = line.split(' ').map(Number) as [number, number, number];
    const spans = seen.get(file) ?? [];
    const overlap = ([from, to]: [number, number]): number => Math.min(to, at + length) - Math.max(from, at);
    const twice = spans.reduce((sum, span) => sum + Math.max(0, overlap(span)), 0);
    lives[lives.length - 1] = (lives.at(-1) ?? 0) + Math.min(twice, length);
    seen.set(file, [...spans, [at, at + length]]);
  }
  return lives.slice(1);
}

/** Median and worst, in a line. */
export function describeTwice(twice: readonly number[]): string {
  const sorted = twice.toSorted((a, b) => a - b);
  const mib = (bytes = 0): string => `${(bytes / MIB).toFixed(2)} MiB`;
  return `Received twice after a kill: median ${mib(sorted[sorted.length >> 1])}, worst ${mib(sorted.at(-1))} of ${twice.length}`;
}
