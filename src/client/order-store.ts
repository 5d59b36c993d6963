import type { FileRow, OrderSummary, Rows, Snapshot } from '../engine-api.ts';
import { RowCache } from './row-cache.ts';

/** Fetches the rows of an order that changed since a revision. */
export type FetchRows = (order: string, since: number) => Promise<Rows>;

/** What the page knows: the newest snapshot, and the rows of the one order that is on screen. */
export class OrderStore extends EventTarget {
  #snapshot: Snapshot | undefined;
  #watched: { readonly order: string; readonly cache: RowCache } | undefined;

  constructor(private readonly fetchRows: FetchRows) {
    super();
  }

  /** Undefined until the engine has answered for the first time. */
  get snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  /** Rows of the watched order, by file number. */
  get rows(): readonly FileRow[] {
    return this.#watched?.cache.rows ?? [];
  }

  /** The summary of an order, undefined when it is not in the list. */
  find(order: string): OrderSummary | undefined {
    return this.#snapshot?.orders.find((summary) => summary.order === order);
  }

  /** Chooses the order whose rows are kept up to date; undefined for none. */
  watch(order: string | undefined): void {
    if (this.#watched?.order === order) return;
    this.#watched = order === undefined ? undefined : { order, cache: this.#cacheOf(order) };
    this.#pull();
  }

  /** Takes a snapshot of the engine and asks for the rows that go with it. */
  accept(snapshot: Snapshot): void {
    // Another window's engine took over: it counts its own revisions.
    if (this.#snapshot && snapshot.revision < this.#snapshot.revision) this.#watched?.cache.reset();
    this.#snapshot = snapshot;
    this.#changed();
    this.#pull();
  }

  /** The engine was restarted; what is shown stays until it has answered. */
  restarted(): void {
    this.#watched?.cache.reset();
  }

  #cacheOf(order: string): RowCache {
    return new RowCache(
      (since) => this.fetchRows(order, since),
      () => this.#changed(),
    );
  }

  #pull(): void {
    if (this.#watched && this.find(this.#watched.order)) void this.#watched.cache.pull();
  }

  #changed(): void {
    this.dispatchEvent(new Event('change'));
  }
}
