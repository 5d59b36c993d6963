/** Ms between two looks at the clock. */
const LOOK_EVERY = 1_000;
/** A look that comes so late, in ms, comes after a sleep: the computer's, or a frozen tab's. */
const LATE = 5_000;

/**
 * Calls `awake` when this thread has slept. Both clocks are asked: one of them may stand still in a sleep, and the user may set the
 * other, which then costs a few new connections.
 */
export function onWaking(awake: () => void): void {
  const clocks = (): number[] => [performance.now(), Date.now()];
  let last = clocks();
  setInterval(() => {
    const now = clocks();
    const passed = Math.max(...now.map((time, i) => time - (last[i] ?? time)));
    last = now;
    if (passed > LOOK_EVERY + LATE) awake();
  }, LOOK_EVERY);
}
