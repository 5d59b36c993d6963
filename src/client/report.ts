import type { Snapshot } from '../engine-api.ts';
import { preferences } from './preferences.ts';

/** Version of the app that this page is. */
const APP_VERSION: string = import.meta.env['VITE_APP_VERSION'] ?? 'development';

/**
 * What support needs to know, as text: the browser, the app, the state of each order. No keys, no links, and no names of files;
 * `engine` is what the engine says of itself.
 */
export async function writeReport(snapshot: Snapshot | undefined, engine: Promise<string>): Promise<string> {
  // a worker that does not answer is worth a report, too
  const said = await engine.catch((error: unknown) => String(error));
  const persisted = await navigator.storage.persisted().catch(() => undefined);
  const page = {
    app: APP_VERSION,
    at: new Date().toISOString(),
    browser: navigator.userAgent,
    language: navigator.language,
    window: matchMedia('(display-mode: standalone)').matches ? 'app' : 'tab',
    online: navigator.onLine,
    serviceWorker: navigator.serviceWorker.controller !== null,
    folderPicker: 'showDirectoryPicker' in window,
    storage: { ...snapshot?.storage, persisted },
    preferences: preferences(),
    owner: snapshot?.owner,
    folderNeedsPermission: snapshot?.folderNeedsPermission,
    orders: snapshot?.orders.map((summary) => ({ ...summary, active: summary.active.length, title: undefined })),
  };
  return [`Holdfast ${APP_VERSION}`, JSON.stringify(page, undefined, 2), said].filter(Boolean).join('\n\n');
}
