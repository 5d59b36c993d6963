import { describe, expect, it } from 'vitest';
import { SaveSpeed, Speed } from './speed.ts';

/** Adds `rate` bytes a second from `from` to `to` (ms), asking every 200 ms as snapshots do; the last answer. */
function run(speed: Speed, rate: number, from: number, to: number): number {
  let last = 0;
  for (let now = from; now <= to; now += 200) {
    if (rate > 0) speed.add(rate / 5, now);
    last = speed.perSecond(now);
  }
  return last;
}

describe('the speed of an order', () => {
  it('is right from the first second on', () => {
    const speed = new Speed();
    const first = run(speed, 10_000, 50_000, 51_000);
    expect(first).toBeGreaterThan(9_000);
    expect(first).toBeLessThan(13_000);
  });

  it('stays while connections come and go, and ends when nothing arrives', () => {
    const speed = new Speed();
    run(speed, 10_000, 0, 10_000);
    expect(run(speed, 0, 10_200, 11_000)).toBeGreaterThan(5_000);
    expect(run(speed, 0, 11_200, 40_000)).toBe(0);
  });

  it('is smooth: one strange second moves it by less than a third', () => {
    const speed = new Speed();
    const before = run(speed, 10_000, 0, 20_000);
    const after = run(speed, 20_000, 20_200, 21_200);
    expect(after / before).toBeGreaterThan(1);
    expect(after / before).toBeLessThan(1.34);
  });
});

describe('the speed of saving', () => {
  it('counts the time in which anything was saved, once, and no pauses', () => {
    const speed = new SaveSpeed();
    speed.begin(0);
    speed.begin(0);
    speed.end(500, 1_000);
    speed.end(1_500, 2_000);
    speed.begin(100_000);
    speed.end(1_000, 101_000);
    expect(speed.perSecond).toBe(1_000);
  });
});
