/// <reference lib="webworker" />
import { cleanupOutdatedCaches, getCacheKeyForURL, matchPrecache, precache } from 'workbox-precaching';
import type { PreviewBytes } from './engine-api.ts';
import { CLAIM_CLIENTS, parsePreviewPath, type PreviewAsk, type PreviewReply } from './preview-port.ts';
import { previewResponse } from './preview-response.ts';

declare const self: ServiceWorkerGlobalScope & {
  readonly __WB_MANIFEST: { url: string; revision: string | null }[];
};

/** The app routes in the fragment, so these are all its pages; any other navigation, a share link say, is the network's. */
const PAGES = new Set(['/', '/index.html']);
/** What may ask for a preview: an element that shows it, or `fetch`. No page, frame, script or worker ever gets one. */
const VIEWERS: ReadonlySet<string> = new Set(['image', 'video', 'audio', '']);
/** A window that has nothing yet is asked again after this long, in ms. */
const ASK_AGAIN = 500;

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
  const preview = request.mode === 'navigate' ? undefined : parsePreviewPath(url.pathname);
  if (preview && VIEWERS.has(request.destination)) {
    const read = (start: number): Promise<PreviewBytes | undefined> =>
      readPreview(event.clientId, { kind: 'preview', ...preview, start }, request.signal);
    event.respondWith(previewResponse(read, request.headers.get('Range')));
    return;
  }
  const shell = request.mode === 'navigate' ? (PAGES.has(url.pathname) ? '/index.html' : undefined) : url.pathname;
  // Only what was precached is answered here: bytes of orders and the service's replies never pass through.
  if (shell === undefined || getCacheKeyForURL(shell) === undefined) return;
  event.respondWith(matchPrecache(shell).then((cached) => cached ?? fetch(request)));
});

self.addEventListener('message', (event) => {
  const { type } = (event.data ?? {}) as { type?: unknown };
  // The page asks when the user pressed Reload; a new version never takes over by itself in the middle of a download.
  if (type === 'SKIP_WAITING') void self.skipWaiting();
  if (type === CLAIM_CLIENTS) void self.clients.claim();
});

/**
 * Asks the window that wants to show the bytes for them; it has the engine, or knows who has. Nothing is kept here between two
 * questions, so the browser may end this worker at any time.
 */
async function readPreview(clientId: string, ask: PreviewAsk, viewer: AbortSignal): Promise<PreviewBytes | undefined> {
  while (!viewer.aborted) {
    const client = await self.clients.get(clientId);
    if (client?.type !== 'window') return undefined;
    const { port1, port2 } = new MessageChannel();
    const reply = await new Promise<PreviewReply>((resolve) => {
      port1.addEventListener('message', ({ data }: MessageEvent<PreviewReply>) => resolve(data));
      port1.start();
      viewer.addEventListener('abort', () => resolve('refused'));
      client.postMessage(ask, [port2]);
    });
    port1.close();
    if (reply === 'refused') return undefined;
    if (reply !== 'later') return reply;
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN));
  }
  return undefined;
}
