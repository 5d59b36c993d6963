/** What a person chose about this page, on this computer. The engine's own settings are in its journal. */
export interface Preferences {
  readonly appearance: Appearance;
  /** Tell by a notification when an order is done or needs the user. */
  readonly notify: boolean;
  /** Keep the screen on while an order runs and the window is visible. */
  readonly awake: boolean;
  /** Offers that were answered with "Not now". */
  readonly declined: readonly Offer[];
}

export type Appearance = 'system' | 'light' | 'dark';
/** What the page offers once, at the right moment. */
export type Offer = 'install' | 'notify';

const STORED = 'holdfast-preferences';
const DEFAULTS: Preferences = { appearance: 'system', notify: false, awake: false, declined: [] };

let current: Preferences = read();
const changes = new EventTarget();

/** The preferences as they are now. */
export function preferences(): Preferences {
  return current;
}

/** Changes some of them, for this visit and the next ones, and tells who listens. */
export function prefer(change: Partial<Preferences>): void {
  current = { ...current, ...change };
  try {
    localStorage.setItem(STORED, JSON.stringify(current));
  } catch {
    // storage is switched off: the choice lasts for this visit
  }
  changes.dispatchEvent(new Event('change'));
}

/** Calls `listener` at each change; in another window's, too. */
export function onPreferences(listener: () => void): void {
  changes.addEventListener('change', listener);
  window.addEventListener('storage', ({ key }) => {
    if (key !== STORED) return;
    current = read();
    listener();
  });
}

function read(): Preferences {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORED) ?? '{}');
    return typeof stored === 'object' ? { ...DEFAULTS, ...stored } : DEFAULTS;
  } catch {
    return DEFAULTS;
  }
}
