import { AppError } from '../order/errors.ts';
import { MAX_GRANTS } from '../order/service-api.ts';
import { fetchGrants } from './access.ts';
import type { OrderRun } from './order-run.ts';

/** A grant with less than this left, in ms, is renewed before it is used; with less than twice as much, meanwhile. */
const RENEW_AHEAD = 30_000;

interface Grant {
  /** The same bytes in one store or, with mirrors, in several. */
  readonly urls: readonly string[];
  /** `performance.now()` in ms: the customer's clock does not matter. */
  readonly endsAt: number;
}

/** Short-lived presigned URLs, in memory only. One request in flight an order, for the next hundred files at most. */
export class Grants {
  private readonly held = new Map<OrderRun, Map<number, Grant>>();
  private readonly pending = new Map<OrderRun, Promise<void>>();

  /** A URL for file `index`; with mirrors, another one for another `turn`. Throws `key-…`, `order-unknown`, `service-unavailable` or `offline`. */
  async url(order: OrderRun, index: number, turn: number): Promise<string> {
    const given = order.spec.files[index]?.urls;
    if (given) return given[turn % given.length] ?? '';
    const left = this.timeLeft(order, index);
    // ahead of time, while the old one still works; if that fails, it is tried again when it matters
    if (left > RENEW_AHEAD && left < 2 * RENEW_AHEAD) void this.renew(order, index).catch(() => undefined);
    for (let round = 0; round < 3; round++) {
      const grant = this.held.get(order)?.get(index);
      if (grant && this.timeLeft(order, index) > (round === 0 ? RENEW_AHEAD : 0)) return urlOf(grant, turn);
      await this.renew(order, index).catch((error: unknown) => {
        if (this.timeLeft(order, index) <= 0) throw error;
      });
    }
    const grant = this.held.get(order)?.get(index);
    if (grant) return urlOf(grant, turn);
    throw new AppError('service-unavailable', 'The order service gave no access to this file.');
  }

  /** The store refused `url` of file `index`: the next `url` fetches a new one, unless another transfer has done so. */
  drop(order: OrderRun, index: number, url: string | undefined): void {
    const held = this.held.get(order);
    if (url !== undefined && held?.get(index)?.urls.includes(url)) held?.delete(index);
  }

  /** True when some file can go on without the service. */
  hasLive(order: OrderRun): boolean {
    const now = performance.now();
    return [...(this.held.get(order)?.entries() ?? [])].some(
      ([index, grant]) => grant.endsAt > now && order.files[index]?.isDelivered === false,
    );
  }

  forget(order: OrderRun): void {
    this.held.delete(order);
  }

  /** Ms for which the grant of file `index` can still be used. */
  private timeLeft(order: OrderRun, index: number): number {
    return (this.held.get(order)?.get(index)?.endsAt ?? 0) - performance.now();
  }

  private renew(order: OrderRun, index: number): Promise<void> {
    const running = this.pending.get(order);
    if (running) return running;
    const request = this.fetchNext(order, index).finally(() => this.pending.delete(order));
    this.pending.set(order, request);
    return request;
  }

  private async fetchNext(order: OrderRun, index: number): Promise<void> {
    const held = this.held.get(order) ?? new Map<number, Grant>();
    this.held.set(order, held);
    const wanted = [index];
    // all of them, also those held: where one was refused, the others of its age will be
    for (let next = 1; next < order.files.length && wanted.length < MAX_GRANTS; next++) {
      const i = (index + next) % order.files.length;
      if (order.files[i]?.isDelivered === false) wanted.push(i);
    }
    const now = performance.now();
    for (const { file, urls, expiresIn } of await fetchGrants(order.record, wanted)) {
      held.set(file, { urls, endsAt: now + expiresIn });
    }
  }
}

function urlOf({ urls }: Grant, turn: number): string {
  return urls[turn % urls.length] ?? '';
}
