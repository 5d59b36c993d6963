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

/** What is used of Workbox's window. */
export type VersionWatch = Pick<Workbox, 'addEventListener' | 'register' | 'update' | 'messageSkipWaiting'>;

/** New versions are looked for this often, in ms: a window may stay open for weeks. */
const LOOK_EVERY = 3_600_000;

/** Registers the service worker, and offers a new version when one waits, or when another window has it already. */
export class Update extends EventTarget {
  #state: UpdateState = 'none';
  #saving = false;
  #takingOver = false;
  /** The user pressed the button: also a version that comes late may reload the page. */
  #wanted = false;
  /** The new version is at work: another window let it in, or this one did. */
  #atWork = false;
  #watch: VersionWatch | undefined;

  /** `hold` has the engine end its requests: the browser lets no new version take over from one that is at work. */
  constructor(private readonly hold: () => Promise<unknown>) {
    super();
  }

  get state(): UpdateState {
    return this.#state;
  }

  /** Keeps the app for use without a network, and looks for new versions. */
  begin(watch: VersionWatch = new Workbox(trustedUrl('/sw.js'))): void {
    this.#watch = watch;
    watch.addEventListener('waiting', () => this.#change('offered'));
    watch.addEventListener('controlling', () => {
      this.#atWork = true;
      if (this.#wanted) location.reload();
      else this.#change('offered');
    });
    // an app that could not be kept for offline use still works; without a network there is nothing new
    void watch.register().catch(() => undefined);
    setInterval(() => void watch.update().catch(() => undefined), LOOK_EVERY);
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
    if (this.#atWork) location.reload();
    else void this.#takeOver();
  }

  /** A version that cannot take over is offered again, and the download goes on. */
  async #takeOver(): Promise<void> {
    this.#takingOver = this.#wanted = true;
    await this.hold();
    this.#watch?.messageSkipWaiting();
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
