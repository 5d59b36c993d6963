import { msg } from '@lit/localize';

/** Something the app cannot work without. */
export type Capability = 'secure-context' | 'private-files' | 'locks' | 'service-worker' | 'hashes' | 'signals';

/**
 * What this browser, or this address, lacks; empty when all is well. Whether it really lets a worker keep files, only a worker can
 * tell: `not-supported` says so.
 */
export function missingCapabilities(): Capability[] {
  // Outside a secure context all the others are missing too: only the cause is worth telling.
  if (!window.isSecureContext) return ['secure-context'];
  const present: Record<Exclude<Capability, 'secure-context'>, boolean> = {
    'private-files': typeof navigator.storage?.getDirectory === 'function',
    locks: 'locks' in navigator,
    'service-worker': 'serviceWorker' in navigator,
    hashes: crypto.subtle !== undefined,
    // the youngest thing that all of the app needs: a browser that has it has module workers, too, which cannot be asked for
    signals: 'any' in AbortSignal,
  };
  return (Object.keys(present) as (keyof typeof present)[]).filter((key) => !present[key]);
}

/** What is missing, and what to do about it. */
export function describeCapability(capability: Capability): string {
  const words: Record<Capability, () => string> = {
    'secure-context': () =>
      msg(
        'This page was opened without https. Browsers keep files safe only behind https:// or on localhost. Ask whoever runs this page to set up https, then open the same link there.',
      ),
    'private-files': () =>
      msg(
        'This browser gives pages no private disk space. In a private window, open the link in a normal one; otherwise use a current Chrome or Edge.',
      ),
    locks: () =>
      msg('This browser cannot keep two windows from working on the same files. Use a current Chrome or Edge.'),
    'service-worker': () =>
      msg(
        'This browser cannot keep the app for when you are offline. In a private window, open the link in a normal one; otherwise use a current Chrome or Edge.',
      ),
    signals: () => msg('This browser is too old for this page. Use a current Chrome, Edge or Firefox.'),
    hashes: () => msg('This browser cannot check files (SHA-256). Use a current Chrome or Edge.'),
  };
  return words[capability]();
}
