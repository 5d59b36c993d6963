import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { OrderSummary, Snapshot } from '../engine-api.ts';
import { orderSentence } from './order-words.ts';

// Node 20 has none
beforeAll(() => {
  vi.stubGlobal('navigator', { languages: ['en-US'] });
  vi.stubGlobal('window', {});
});
afterAll(() => void vi.unstubAllGlobals());

const running = { state: 'running', active: [], filesSaving: 0, filesCompared: 0, bytes: 10, bytesVerified: 5 };
const headline = (change: Partial<OrderSummary>): string =>
  orderSentence({ ...running, ...change } as unknown as OrderSummary, { owner: true, folder: 'Orders' } as Snapshot)
    .headline;

// nobody waits 30 s without a word
it.each([
  [{ active: ['a.7z'] }, 'Downloading a.7z'],
  [{ filesSaving: 2 }, 'Saving finished files, before others are begun.'],
  [{ filesCompared: 1 }, 'Comparing what is in the folder already with the order.'],
  [{ state: 'waiting', filesFailed: 0 }, 'Waiting for its turn.'],
  [{ state: 'waiting', filesFailed: 3 }, 'Waiting for its turn.'],
  [{ state: 'attention', filesFailed: 3 }, 'Some files need you. All others are done.'],
] as const)('an order says what it does while no byte arrives: %o', (change, words) => {
  expect(headline(change)).toBe(words);
});
