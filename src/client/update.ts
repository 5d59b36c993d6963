import { Workbox } from 'workbox-window';
import type { Snapshot } from '../engine-api.ts';
import { trustedUrl } from '../trusted-url.ts';

/** Milliseconds in which a new version takes over, or never does. The engine is held for as long. */
const TAKE_OVER_MS = 10_000;

/**
 * A new version of the app: `offered` while it waits, `pending` once the user wants it and a file is being saved, which the reload
 * would cut short. Nothing is ever reloaded without the user.
 */
export type UpdateState = 'none' | 'offered' | 'pending';

/** Registers the service worker, and offers a new version when one waits. */
export class Update extends EventTarget {
  #state: UpdateState = 'none';
  #saving = false;
  #takingOver = false;
  /** The user pressed the button: also a version that comes late may reload the page. */
  #wanted = false;
  #workbox: Workbox | undefined;

  /** `hold` has the engine end its requests: the browser lets no new version take over from one that is at work. */
  constructor(private readonly hold: () => Promise<unknown>) {
    super();
  }

  get state(): UpdateState {
    return this.#state;
  }

  /** Keeps the app for use without a network, and looks for new versions. */
  begin(): void {
    this.#workbox = new Workbox(trustedUrl('/sw.js'));
    this.#workbox.addEventListener('waiting', () => this.#change('offered'));
    this.#workbox.addEventListener('controlling', () => {
      if (this.#wanted) location.reload();
    });
    // an app that could not be kept for offline use still works
    void this.#workbox.register().catch(() => undefined);
  }

  /** Follows what the engine does: a version that the user wants waits for files that are being saved. */
  accept(snapshot: Snapshot): void {
    this.#saving = snapshot.orders.some(({ filesSaving }) => filesSaving > 0);
    if (this.#state === 'pending') this.apply();
  }

  /** The user wants the new version: now, or as soon as no file is being saved. */
  apply(): void {
    if (this.#state === 'none' || this.#takingOver) return;
    if (this.#saving) return this.#change('pending');
    void this.#takeOver();
  }

  /** A version that cannot take over is offered again, and the download goes on. */
  async #takeOver(): Promise<void> {
    this.#takingOver = this.#wanted = true;
    await this.hold();
    this.#workbox?.messageSkipWaiting();
    await new Promise((resolve) => setTimeout(resolve, TAKE_OVER_MS));
    this.#takingOver = false;
    this.#change('offered');
  }

  #change(state: UpdateState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.dispatchEvent(new Event('change'));
  }
}
