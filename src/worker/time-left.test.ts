import { describe, expect, it } from 'vitest';
import { secondsLeft } from './time-left.ts';

const work = { toReceive: 1000, receiving: 10, toSave: 1000, saving: 100, largest: 100 };

describe('the time left', () => {
  it('is that of receiving, and of saving the last file, where saving is faster', () => {
    expect(secondsLeft(work)).toBe(101);
  });
  it('is that of saving where the folder is slower than the line', () => {
    expect(secondsLeft({ ...work, saving: 5 })).toBe(200);
  });
  it('goes on while only saving is left', () => {
    expect(secondsLeft({ ...work, toReceive: 0, receiving: 0 })).toBe(10);
  });
  it('is not known while nothing arrives', () => {
    expect(secondsLeft({ ...work, receiving: 0 })).toBeUndefined();
  });
  it('leaves saving out where nothing can be saved', () => {
    expect(secondsLeft({ ...work, toSave: 0 })).toBe(100);
  });
});
