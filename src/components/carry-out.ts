import { continueSaving } from '../client/continue-saving.ts';
import type { EngineClient } from '../client/engine-client.ts';
import { chooseFolder, freeSpace, pauseAll, resumeAll, startOrder, useDownloads } from '../client/order-commands.ts';
import { downloadFile } from '../client/hand-over.ts';
import type { OrderStore } from '../client/order-store.ts';
import type { OrderSummary, Outcome } from '../engine-api.ts';
import type { OrderAction } from './events.ts';

/** What carrying out an action needs of the page. */
export interface ActionContext {
  readonly client: EngineClient;
  readonly store: OrderStore;
  /** Opens the dialog for links. */
  readonly askLinks: () => void;
  /** Asks whether an order may be removed. */
  readonly confirmRemoval: (summary: OrderSummary) => Promise<boolean>;
}

/** Carries out what an element asks for; undefined when nothing was done. */
export async function carryOut(action: OrderAction, context: ActionContext): Promise<Outcome<unknown> | undefined> {
  const { client, store } = context;
  switch (action.kind) {
    case 'start':
    case 'resume':
      return startOrder(client, store.snapshot, action.order);
    case 'pause':
      return client.command((engine) => engine.pause(action.order));
    case 'pause-all':
      return pauseAll(client, store.snapshot);
    case 'resume-all':
      return resumeAll(client, store.snapshot);
    case 'continue-saving':
      return continueSaving(client);
    case 'choose-folder':
      return chooseFolder(client);
    case 'use-downloads':
      return useDownloads(client, store.snapshot, action.order);
    case 'free-space':
      return freeSpace(client, store.snapshot, action.order);
    case 'limits':
      return client.command((engine) => engine.setLimits(action.limits));
    case 'retry-all':
      return client.command((engine) => engine.retry(action.order));
    case 'retry':
      return client.command((engine) => engine.retry(action.order, action.file));
    case 'first':
      return client.command((engine) => engine.first(action.order));
    case 'file-first':
      return client.command((engine) => engine.first(action.order, action.file));
    case 'download-again':
      return downloadFile(client, action.order, action.row);
    case 'remove':
      return remove(action.order, context);
    case 'paste-link':
      context.askLinks();
      return undefined;
    case 'reload':
      location.reload();
      return undefined;
  }
}

async function remove(
  order: string,
  { client, store, confirmRemoval }: ActionContext,
): Promise<Outcome<void> | undefined> {
  const summary = store.find(order);
  if (!summary || !(await confirmRemoval(summary))) return undefined;
  const outcome = await client.command((engine) => engine.remove(order));
  if (outcome.ok && location.hash.startsWith('#/order/')) location.hash = '#/';
  return outcome;
}
