/** Each window holds it, shared, while it is visible: so every window knows whether one of them is looked at. */
const LOCK = 'holdfast-looked-at';

/** Tells the other windows of this app, while it is so, that this one is visible. */
export function tellWhetherLookedAt(): void {
  let end: (() => void) | undefined;
  const follow = (): void => {
    end?.();
    end = undefined;
    if (document.hidden) return;
    const hidden = new Promise<void>((resolve) => (end = resolve));
    void navigator.locks.request(LOCK, { mode: 'shared' }, () => hidden).catch(() => undefined);
  };
  document.addEventListener('visibilitychange', follow);
  follow();
}

/** True when some window of this app is visible. */
export async function isLookedAt(): Promise<boolean> {
  const { held = [] } = await navigator.locks.query();
  return held.some(({ name }) => name === LOCK);
}
