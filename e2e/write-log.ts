import { expect } from '@playwright/test';
import { MIB } from './delivery.ts';

/** A page of Playwright's, or of Puppeteer's. */
interface Evaluates {
  evaluate(read: () => Promise<string>): Promise<string>;
}
/** Bytes from `start` up to `end`. */
export type Span = readonly [start: number, end: number];

/** What the log of the instrumented app says (src/worker/testing/write-log.ts). */
interface Received {
  /** Bytes that had reached a part and were received again: one count for each start of an engine, the first one included. */
  readonly twice: readonly number[];
  /** Bytes that the disk did not take. */
  readonly lost: number;
  /** How often the disk was asked for room. */
  readonly looks: number;
}

/** Reads the log, while no engine writes. */
export async function received(page: Evaluates): Promise<Received> {
  const log = await page.evaluate(async () => {
    const handle = await (await navigator.storage.getDirectory()).getFileHandle('test-writes.log');
    return (await handle.getFile()).text();
  });
  const twice: number[] = [];
  let [lost, looks] = [0, 0];
  const covered = new Map<string, Span[]>();
  for (const line of log.trim().split('\n')) {
    const words = line.split(' ');
    if (line === 'start') twice.push(0);
    else if (line === 'room') looks++;
    else if (words[0] === '!') lost += Number(words.at(-1));
    else {
      const [order, file, at, length] = words;
      const part = `${order} ${file}`;
      const { spans, overlap } = cover(covered.get(part) ?? [], [Number(at), Number(at) + Number(length)]);
      covered.set(part, spans);
      twice[twice.length - 1] = (twice.at(-1) ?? 0) + overlap;
    }
  }
  return { twice, lost, looks };
}

/** `spans`, which do not touch, with another one; and how much of it was there already, in bytes. */
export function cover(spans: readonly Span[], [start, end]: Span): { spans: Span[]; overlap: number } {
  const apart = spans.filter(([from, to]) => to < start || from > end);
  const met = spans.filter(([from, to]) => to >= start && from <= end);
  const overlap = met.reduce((sum, [from, to]) => sum + Math.min(to, end) - Math.max(from, start), 0);
  const merged: Span = [Math.min(start, ...met.map(([from]) => from)), Math.max(end, ...met.map(([, to]) => to))];
  return { spans: [...apart, merged], overlap };
}

/** No byte that had reached a part was received again: what a fault in one run, a pause, a reload or a fresh link costs. */
export async function expectNothingTwice(page: Evaluates): Promise<void> {
  const { twice } = await received(page);
  expect(
    twice.reduce((sum, each) => sum + each, 0),
    'bytes that the page received twice',
  ).toBe(0);
}

/** Median and worst of the counts after each kill, in a line. */
export function describeTwice(twice: readonly number[]): string {
  const sorted = twice.toSorted((a, b) => a - b);
  const mib = (bytes = 0): string => `${(bytes / MIB).toFixed(2)} MiB`;
  return `Received twice after a kill: median ${mib(sorted[sorted.length >> 1])}, worst ${mib(sorted.at(-1))} of ${twice.length}`;
}
