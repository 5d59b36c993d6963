import { expect, it } from 'vitest';
import { Pace } from './pace.ts';

it('holds several connections together to the rate, within 5 % over 10 s', () => {
  const pace = new Pace();
  pace.allow(1_000_000);
  const readyAt = [0, 0, 0];
  let received = 0;
  for (let now = 0; now < 10_000; now++) {
    readyAt.forEach((at, connection) => {
      if (now < at) return;
      received += 100_000;
      readyAt[connection] = now + pace.wait(100_000, now);
    });
  }
  expect(received).toBeGreaterThan(9_500_000);
  expect(received).toBeLessThan(10_500_000);
});

it('waits for nothing without a limit', () => {
  expect(new Pace().wait(1e9, 0)).toBe(0);
});
