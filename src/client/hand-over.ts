import type { FileRow, OrderSummary, Outcome, Snapshot } from '../engine-api.ts';
import { download } from './download.ts';
import type { EngineClient } from './engine-client.ts';
import { RowCache } from './row-cache.ts';

/** Chrome drops downloads that a page begins too quickly one after the other: the pause between two, in ms. */
const PAUSE_MS = 250;

/** Gives verified files to the browser's downloads, one at a time: all when there is no folder, else those that it refused. */
export class HandOver {
  readonly #caches = new Map<string, RowCache>();
  readonly #tried = new Set<string>();
  #snapshot: Snapshot | undefined;
  #busy = false;

  constructor(private readonly client: EngineClient) {}

  /** Looks for files to hand over. Only the window that owns the engine does it, or each file would come twice. */
  accept(snapshot: Snapshot): void {
    if (this.#snapshot && snapshot.revision < this.#snapshot.revision) this.restarted();
    this.#snapshot = snapshot;
    const due = snapshot.owner ? snapshot.orders.filter((order) => hasFilesToHandOver(order, snapshot)) : [];
    for (const key of this.#caches.keys()) if (!due.some(({ order }) => order === key)) this.#caches.delete(key);
    for (const { order } of due) void this.#cacheOf(order).pull();
  }

  /** The engine was restarted: its revisions begin anew, and what failed may be tried again. */
  restarted(): void {
    this.#tried.clear();
    for (const cache of this.#caches.values()) cache.reset();
  }

  #cacheOf(order: string): RowCache {
    const known = this.#caches.get(order);
    if (known) return known;
    const cache = new RowCache(
      (since) => this.client.call((engine) => engine.rows(order, since)),
      () => void this.#work(),
    );
    this.#caches.set(order, cache);
    return cache;
  }

  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      // what is fetched once more, since it had changed on the disk, is handed over after that
      for (const [order, { rows }] of this.#caches)
        for (const { file, status } of rows) if (status !== 'verified') this.#tried.delete(`${file}:${order}`);
      for (let next = this.#next(); next; next = this.#next()) await this.#handOver(next.order, next.row);
    } finally {
      this.#busy = false;
    }
  }

  #next(): { order: string; row: FileRow } | undefined {
    for (const [order, { rows }] of this.#caches) {
      const row = rows.find((each) => this.#isDue(each) && !this.#tried.has(`${each.file}:${order}`));
      if (row) return { order, row };
    }
    return undefined;
  }

  #isDue({ status, error }: FileRow): boolean {
    return status === 'verified' && (this.#snapshot?.folder === undefined || error?.code === 'save-refused');
  }

  async #handOver(order: string, row: FileRow): Promise<void> {
    this.#tried.add(`${row.file}:${order}`);
    const outcome = await downloadFile(this.client, order, row);
    if (!outcome.ok) return;
    await this.client.command((engine) => engine.handedOver(order, row.file));
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/** Gives the app's copy of a file to the browser's downloads: for the first time, or again when it is not there. */
export async function downloadFile(client: EngineClient, order: string, row: FileRow): Promise<Outcome<void>> {
  const verified = await client.command((engine) => engine.verifiedFile(order, row.file));
  if (!verified.ok) return verified;
  download(verified.value, (row.savedAs ?? row.path).split('/').pop() ?? row.path);
  return { ok: true, value: undefined };
}

function hasFilesToHandOver(order: OrderSummary, { folder }: Snapshot): boolean {
  const { state, bytesVerified, bytes, filesRefused } = order;
  if (folder !== undefined) return filesRefused > 0;
  return (state === 'running' || state === 'waiting' || state === 'attention') && (bytesVerified > 0 || bytes === 0);
}
