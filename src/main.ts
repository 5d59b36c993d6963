import { describeCapability, missingCapabilities } from './client/capabilities.ts';
import { EngineClient } from './client/engine-client.ts';
import { HandOver } from './client/hand-over.ts';
import { beginLocale } from './client/localization.ts';
import { OrderStore } from './client/order-store.ts';
import { registerServiceWorker } from './client/service-worker-client.ts';
import { HfApp } from './components/hf-app.ts';
import { HfStop } from './components/hf-stop.ts';
import { msg } from '@lit/localize';

/** Joins the page's parts and shows the app. */
function startApp(): void {
  const client: EngineClient = new EngineClient({
    snapshot: (snapshot) => {
      store.accept(snapshot);
      handOver.accept(snapshot);
    },
    restarted: () => {
      store.restarted();
      handOver.restarted();
    },
  });
  const store = new OrderStore((order, since) => client.call((engine) => engine.rows(order, since)));
  const handOver = new HandOver(client);
  const app = new HfApp(client, store);
  document.body.append(app);
  if (import.meta.env.PROD) registerServiceWorker((reload) => (app.reload = reload));
}

/** Says why the app cannot work here. */
function showStop(reasons: readonly string[]): void {
  const stop = new HfStop();
  stop.heading = msg('Holdfast cannot work here');
  stop.reasons = reasons;
  stop.link = location.hash.length > 2 ? location.href : '';
  document.body.append(stop);
}

await beginLocale();
const missing = missingCapabilities();
if (missing.length === 0) startApp();
else showStop(missing.map(describeCapability));
