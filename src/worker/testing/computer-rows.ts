import { expect } from 'vitest';
import { noByteTwice, seen, type Row } from './fault-rows.ts';
import { published } from './sim-script.ts';

/** What the customer's disk, folder and browser do. */
export const computerRows: readonly Row[] = [
  {
    name: '5: the disk is full for two minutes: the queue stops, says how much it needs, and goes on by itself',
    script: () => ({ room: (now) => now > 120_000, act: () => Promise.resolve() }),
    first: 'saved',
    also: (outcome) => {
      seen('disk-full')(outcome);
      const meanwhile = outcome.asks.filter((ask) => ask.now > 10_000 && ask.now < 120_000);
      expect(meanwhile, 'nothing is requested while the disk is full').toEqual([]);
      expect(outcome.took).toBeLessThan(150_000);
    },
  },
  {
    name: '6: a write takes half of what it was given, three times: counted, as a full disk; nothing wrong is kept',
    script: () => {
      let short = 3;
      return { short: () => short-- > 0, act: () => Promise.resolve() };
    },
    first: 'saved',
    also: (outcome) => {
      seen('disk-full')(outcome);
      expect(outcome.took, 'each time it looks again after 20 s').toBeLessThan(100_000);
    },
  },
  {
    name: '7: files that are in the folder already are found by their hashes and not fetched',
    script: () => ({ there: new Map(published.files.map(({ path, bytes }) => [path, bytes])) }),
    first: 'saved',
    also: ({ asks }) => expect(asks).toEqual([]),
  },
  {
    name: '9: another program holds the parts for two minutes: it waits in words, and goes on by itself',
    script: () => ({ held: (now) => now < 120_000 }),
    first: 'saved',
    also: (outcome) => {
      seen('storage-busy')(outcome);
      expect(outcome.asks.filter(({ now }) => now < 120_000)).toEqual([]);
    },
  },
  {
    name: '11: a new version takes over: the engine is held, nothing is requested, nothing comes twice after that',
    script: () => ({
      store: () => ({ chunk: 2_000, pause: 200 }),
      started: (engine) => void setTimeout(() => void engine.hold(), 700),
    }),
    first: 'saved',
    also: (outcome) => {
      noByteTwice(outcome);
      // what was asked for in the moment before is let go of
      const meanwhile = outcome.asks.filter(({ now }) => now > 1_000 && now < 10_500);
      expect(meanwhile, 'the browser lets no version take over from one that is at work').toEqual([]);
      expect(outcome.took, 'where none takes over it goes on by itself').toBeGreaterThan(10_000);
    },
  },
  {
    name: '35: the folder is gone for two minutes: everything is received, and one click saves it',
    script: () => ({
      folder: (_, now) => (now < 120_000 ? 'folder-missing' : undefined),
      act: async (engine) => {
        await new Promise((resolve) => setTimeout(resolve, 10_000));
        await engine.continueSaving();
      },
    }),
    first: 'saved',
    also: (outcome) => {
      seen('folder-missing')(outcome);
      noByteTwice(outcome);
      expect(
        outcome.asks.every(({ now }) => now < 60_000),
        'the download does not wait for it',
      ).toBe(true);
    },
  },
  {
    name: '36: the folder is full for two minutes: everything is received, and saved by itself when there is room',
    script: () => ({
      folder: (step, now) => (step === 'close' && now < 120_000 ? 'folder-full' : undefined),
      act: () => Promise.resolve(),
    }),
    first: 'saved',
    also: (outcome) => {
      seen('folder-full')(outcome);
      noByteTwice(outcome);
      expect(outcome.took).toBeLessThan(160_000);
    },
  },
  {
    name: '43: closing a file is refused twice (a virus scanner): tried again',
    script: () => {
      let refusals = 2;
      return { folder: (step) => (step === 'close' && refusals-- > 0 ? 'save-refused' : undefined) };
    },
    first: 'saved',
    also: noByteTwice,
  },
];
