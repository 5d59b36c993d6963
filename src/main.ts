import { beginAppearance } from './client/appearance.ts';
import { describeCapability, missingCapabilities } from './client/capabilities.ts';
import { EngineClient } from './client/engine-client.ts';
import { HandOver } from './client/hand-over.ts';
import { InstallOffer } from './client/install-offer.ts';
import { beginLocale } from './client/localization.ts';
import { Notifier } from './client/notifications.ts';
import { OrderStore } from './client/order-store.ts';
import { Update } from './client/update.ts';
import { WakeLock } from './client/wake-lock.ts';
import { HfApp } from './components/hf-app.ts';
import { HfStop } from './components/hf-stop.ts';
import { msg } from '@lit/localize';
// eslint-disable-next-line import/default -- Vite answers `?worker&url` with the address of the bundled worker
import workerAddress from './worker/index.ts?worker&url';

/** Joins the page's parts and shows the app. */
function startApp(): void {
  const client: EngineClient = new EngineClient(workerAddress, {
    snapshot: (snapshot) => {
      for (const follower of [store, handOver, notifier, wakeLock, update]) follower.accept(snapshot);
    },
    restarted: () => {
      store.restarted();
      handOver.restarted();
    },
  });
  const store = new OrderStore((order, since) => client.call((engine) => engine.rows(order, since)));
  const handOver = new HandOver(client);
  const notifier = new Notifier();
  const wakeLock = new WakeLock();
  // an engine that fails meanwhile holds nobody up
  const update = new Update(() => client.command((engine) => engine.hold()));
  document.body.append(new HfApp(client, store, install, update));
  if (import.meta.env.PROD) update.begin();
}

/** Says why the app cannot work here. */
function showStop(reasons: readonly string[]): void {
  const stop = new HfStop();
  stop.heading = msg('Holdfast cannot work here');
  stop.reasons = reasons;
  stop.link = location.hash.length > 2 ? location.href : '';
  document.body.append(stop);
}

// the browser asks early, often before the words are there
const install = new InstallOffer();
beginAppearance();
await beginLocale();
const missing = missingCapabilities();
if (missing.length === 0) startApp();
else showStop(missing.map(describeCapability));
