import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { EventLog, redact } from './event-log.ts';
import type { Journal } from './ports.ts';

const kept: string[][] = [];
const journal = {
  log: () => Promise.resolve(['earlier']),
  putLog: (lines: string[]) => Promise.resolve(void kept.push([...lines])),
} as Partial<Journal> as Journal;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('keeps what happened over the end of a worker, and writes it down now and then', async () => {
  const log = new EventLog(journal);
  await log.restore();
  log.add('first');
  log.add('second');
  await vi.advanceTimersByTimeAsync(6_000);
  expect(kept).toHaveLength(1);
  expect(log.text()).toMatch(/^earlier\n\S+ first\n\S+ second$/);
});

it('counts what happens again and again, and is bounded', () => {
  const log = new EventLog(journal);
  for (let i = 0; i < 50; i++) log.add('no network');
  expect(log.text()).toMatch(/^\S+ no network \(×50\)$/);
  for (let i = 0; i < 3_000; i++) log.add(`line ${i}`);
  expect(log.text().split('\n')).toHaveLength(1_000);
});

it('never shows a query, a fragment or a key', () => {
  const secret = fc.stringMatching(/^[A-Za-z0-9_-]{43}$/).filter((text) => !/^[0-9a-f]+$/.test(text));
  fc.assert(
    fc.property(secret, (key) => {
      for (const text of [
        `https://store.test/a.bin?X-Amz-Signature=${key}`,
        `https://app.test/#/order/A-1?key=${key}&manifest=x`,
        `Bearer ${key}`,
      ]) {
        expect(redact(`failed: ${text} after 3 s`)).not.toContain(key);
      }
    }),
  );
  expect(redact('a/b.bin of order A-1: 404')).toBe('a/b.bin of order A-1: 404');
});
