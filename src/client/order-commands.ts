import { looksLikeOrderLink } from '../order/link.ts';
import type { Outcome, Snapshot } from '../engine-api.ts';
import { continueSaving } from './continue-saving.ts';
import { pickDestination } from './destination-picker.ts';
import type { EngineClient } from './engine-client.ts';

const DONE: Outcome<void> = { ok: true, value: undefined };

/** Starts or resumes an order, and asks for a folder first when nothing was chosen or the browser wants it allowed again. */
export async function startOrder(
  client: EngineClient,
  snapshot: Snapshot | undefined,
  order: string,
): Promise<Outcome<void>> {
  return startOrders(client, snapshot, [order]);
}

/** The same with several orders: whatever is asked, is asked once. */
async function startOrders(
  client: EngineClient,
  snapshot: Snapshot | undefined,
  orders: readonly string[],
): Promise<Outcome<void>> {
  if (snapshot?.folder === undefined && snapshot?.downloads !== true) {
    const chosen = await chooseFolder(client);
    if (!chosen.ok) return chosen;
  }
  // Without it the browser may clear what is not saved yet when the disk runs low. Chrome decides by itself, Firefox asks the user; a no
  // changes nothing, so nothing waits for it.
  void navigator.storage.persist().catch(() => false);
  const permission = snapshot?.folderNeedsPermission === true ? await continueSaving(client) : DONE;
  // Downloading goes on without the folder; the refusal is told all the same.
  const started = await each(orders, (order) => client.command((engine) => engine.start(order)));
  return started.ok ? permission : started;
}

/** Asks for the folder and gives it to the engine; a browser without folders gets its downloads instead. */
export async function chooseFolder(client: EngineClient): Promise<Outcome<void>> {
  const pick = await pickDestination();
  if (pick.kind === 'failed') return { ok: false, error: pick.error };
  if (pick.kind === 'cancelled') {
    return { ok: false, error: { code: 'folder-refused', message: 'No folder was chosen.', detail: { cancelled: 1 } } };
  }
  return client.command((engine) => engine.setDestination(pick.kind === 'folder' ? pick.folder : 'downloads'));
}

/** Lets files go to the browser's downloads from now on, and starts the order that had to wait for a folder, if any. */
export async function useDownloads(
  client: EngineClient,
  snapshot: Snapshot | undefined,
  order?: string,
): Promise<Outcome<void>> {
  const set = await client.command((engine) => engine.setDestination('downloads'));
  if (!set.ok || order === undefined || !snapshot) return set;
  return startOrder(client, { ...snapshot, folder: undefined, downloads: true, folderNeedsPermission: false }, order);
}

/** The user found what went to the browser's downloads: the order's files, or, when all of them are free already, those of all orders. */
export function freeSpace(client: EngineClient, snapshot: Snapshot | undefined, order: string): Promise<Outcome<void>> {
  const kept = snapshot?.orders.filter(({ filesUnconfirmed }) => filesUnconfirmed > 0) ?? [];
  const own = kept.filter((summary) => summary.order === order);
  // it was freed in another window
  if (kept.length === 0) return startOrder(client, snapshot, order);
  const all = (own.length > 0 ? own : kept).map((summary) => summary.order);
  return each(all, (one) => client.command((engine) => engine.confirmHandedOver(one)));
}

/** Takes whatever was pasted: an order link, or share links, one a line. */
export function addLinks(client: EngineClient, text: string): Promise<Outcome<{ order: string }>> {
  return client.command((engine) => (looksLikeOrderLink(text) ? engine.open(text.trim()) : engine.addLinks(text)));
}

/** Pauses every order that works or waits. */
export function pauseAll(client: EngineClient, snapshot: Snapshot | undefined): Promise<Outcome<void>> {
  const active = snapshot?.orders.filter(({ state }) => state === 'running' || state === 'waiting') ?? [];
  return each(
    active.map(({ order }) => order),
    (order) => client.command((engine) => engine.pause(order)),
  );
}

/** Resumes every order that the user paused. */
export function resumeAll(client: EngineClient, snapshot: Snapshot | undefined): Promise<Outcome<void>> {
  const paused = snapshot?.orders.filter(({ state }) => state === 'paused') ?? [];
  return startOrders(
    client,
    snapshot,
    paused.map(({ order }) => order),
  );
}

/** Does the same with several orders; the outcome is the first failure. */
async function each(
  orders: readonly string[],
  command: (order: string) => Promise<Outcome<void>>,
): Promise<Outcome<void>> {
  const outcomes = await Promise.all(orders.map(command));
  return outcomes.find(({ ok }) => !ok) ?? DONE;
}
