import { Workbox } from 'workbox-window';

/** Registers the service worker. Calls `offer` when a new version waits; what it is given applies the version and reloads. */
export function registerServiceWorker(offer: (reload: () => void) => void): void {
  const workbox = new Workbox('/sw.js');
  workbox.addEventListener('waiting', () => {
    offer(() => {
      workbox.addEventListener('controlling', () => location.reload());
      workbox.messageSkipWaiting();
    });
  });
  // An app that could not be kept for offline use still works.
  void workbox.register().catch(() => undefined);
}
