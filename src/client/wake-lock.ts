import type { Snapshot } from '../engine-api.ts';
import { onPreferences, preferences } from './preferences.ts';

/** Keeps the screen on while an order runs, the window is visible, and the person wants it. */
export class WakeLock {
  #wanted = false;
  #sentinel: Promise<WakeLockSentinel | undefined> | undefined;

  constructor() {
    onPreferences(() => this.#update());
    // the browser itself lets go of it when the window is hidden
    document.addEventListener('visibilitychange', () => this.#update());
  }

  /** Follows what the engine does. */
  accept(snapshot: Snapshot): void {
    this.#wanted = snapshot.orders.some(({ state }) => state === 'running');
    this.#update();
  }

  #update(): void {
    const hold = this.#wanted && preferences().awake && !document.hidden && 'wakeLock' in navigator;
    if (hold === (this.#sentinel !== undefined)) return;
    if (hold) {
      // refused when the battery is low: the download goes on all the same
      const sentinel = navigator.wakeLock.request('screen').catch(() => undefined);
      this.#sentinel = sentinel;
      // the system may take it back at any time: asked for again with the next snapshot
      void sentinel.then((held) => held?.addEventListener('release', () => this.#released(sentinel)));
      return;
    }
    void this.#sentinel?.then((sentinel) => sentinel?.release());
    this.#sentinel = undefined;
  }

  #released(sentinel: Promise<WakeLockSentinel | undefined>): void {
    if (this.#sentinel === sentinel) this.#sentinel = undefined;
  }
}
