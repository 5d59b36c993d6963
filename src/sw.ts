/// <reference lib="webworker" />
import { cleanupOutdatedCaches, getCacheKeyForURL, matchPrecache, precache } from 'workbox-precaching';

declare const self: ServiceWorkerGlobalScope & {
  readonly __WB_MANIFEST: { url: string; revision: string | null }[];
};

/** The app routes in the fragment, so these are all its pages; any other navigation, a share link say, is the network's. */
const PAGES = new Set(['/', '/index.html']);

precache(self.__WB_MANIFEST);
cleanupOutdatedCaches();

/** What is never answered here: with rules for it (Chrome 123) the browser asks the network without waking this worker. */
const NOT_OURS = ['/api/*', '/store/*', '/healthz'];

/** TypeScript does not know it yet: https://developer.mozilla.org/docs/Web/API/InstallEvent/addRoutes */
interface Routing {
  addRoutes?(rules: { condition: { urlPattern: { pathname: string } }; source: 'network' }[]): Promise<void>;
}

self.addEventListener('install', (event: ExtendableEvent & Routing) => {
  const rules = NOT_OURS.map((pathname) => ({ condition: { urlPattern: { pathname } }, source: 'network' as const }));
  // without them it is only slower
  event.waitUntil(event.addRoutes?.(rules).catch(() => undefined) ?? Promise.resolve());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  const shell = request.mode === 'navigate' ? (PAGES.has(url.pathname) ? '/index.html' : undefined) : url.pathname;
  // Only what was precached is answered here: bytes of orders and the service's replies never pass through.
  if (shell === undefined || getCacheKeyForURL(shell) === undefined) return;
  event.respondWith(matchPrecache(shell).then((cached) => cached ?? fetch(request)));
});

self.addEventListener('message', (event) => {
  // The page asks when the user pressed Reload; a new version never takes over by itself in the middle of a download.
  if ((event.data as { type?: unknown } | null)?.type === 'SKIP_WAITING') void self.skipWaiting();
});
