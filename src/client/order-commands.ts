import { looksLikeOrderLink } from '../order/link.ts';
import type { Outcome, Snapshot } from '../engine-api.ts';
import { continueSaving } from './continue-saving.ts';
import { pickDestination } from './destination-picker.ts';
import type { EngineClient } from './engine-client.ts';

const DONE: Outcome<void> = { ok: true, value: undefined };

/** Starts or resumes an order, and asks for a folder first when there is none or the browser wants it allowed again. */
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
  if (snapshot?.folder === undefined) {
    const chosen = await chooseFolder(client);
    if (!chosen.ok || chosen.value === 'cancelled') return chosen.ok ? DONE : chosen;
  }
  // Without it Chrome may clear what is not saved yet when the disk runs low. It never asks the user; a no changes nothing.
  void navigator.storage.persist().catch(() => false);
  const permission = snapshot?.folderNeedsPermission === true ? await continueSaving(client) : DONE;
  // Downloading goes on without the folder; the refusal is told all the same.
  const started = await each(orders, (order) => client.command((engine) => engine.start(order)));
  return started.ok ? permission : started;
}

/** Asks for the folder and gives it to the engine; a browser without folders gets its downloads instead. */
export async function chooseFolder(client: EngineClient): Promise<Outcome<'chosen' | 'cancelled'>> {
  const pick = await pickDestination();
  if (pick.kind === 'failed') return { ok: false, error: pick.error };
  if (pick.kind === 'cancelled') return { ok: true, value: 'cancelled' };
  const folder = pick.kind === 'folder' ? pick.folder : undefined;
  const set = await client.command((engine) => engine.setDestination(folder));
  return set.ok ? { ok: true, value: 'chosen' } : set;
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
