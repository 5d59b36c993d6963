import * as v from 'valibot';
import { AppError, errorRules, type ErrorCode } from '../order/errors.ts';
import { MAX_MANIFEST_BYTES } from '../order/manifest.ts';
import { ErrorReply, GrantReply, grantsPath, manifestPath, MAX_GRANTS } from '../order/service-api.ts';
import type { OrderRun } from './order-run.ts';

/** A grant with less than this left, in ms, is renewed before it is used; with less than twice as much, meanwhile. */
const RENEW_AHEAD = 30_000;
/** A server that asks for patience is given at most this much, in ms. */
const MAX_RETRY_AFTER = 300_000;

interface Grant {
  readonly url: string;
  /** `performance.now()` in ms: the customer's clock does not matter. */
  readonly endsAt: number;
}

/** Short-lived presigned URLs, in memory only. One request in flight an order, for the next hundred files at most. */
export class Grants {
  private readonly held = new Map<OrderRun, Map<number, Grant>>();
  private readonly pending = new Map<OrderRun, Promise<void>>();

  /** A URL for file `index`. Throws `key-…`, `order-unknown`, `service-unavailable` or `offline`. */
  async url(order: OrderRun, index: number): Promise<string> {
    const pasted = order.spec.files[index]?.url;
    if (pasted !== undefined) return pasted;
    const left = this.timeLeft(order, index);
    // ahead of time, while the old one still works; if that fails, it is tried again when it matters
    if (left > RENEW_AHEAD && left < 2 * RENEW_AHEAD) void this.renew(order, index).catch(() => undefined);
    for (let round = 0; round < 3; round++) {
      const grant = this.held.get(order)?.get(index);
      if (grant && this.timeLeft(order, index) > (round === 0 ? RENEW_AHEAD : 0)) return grant.url;
      await this.renew(order, index).catch((error: unknown) => {
        if (this.timeLeft(order, index) <= 0) throw error;
      });
    }
    const grant = this.held.get(order)?.get(index);
    if (grant) return grant.url;
    throw new AppError('service-unavailable', 'The order service gave no access to this file.');
  }

  /** The store refused `url` of file `index`: the next `url` fetches a new one, unless another transfer has done so. */
  drop(order: OrderRun, index: number, url: string | undefined): void {
    const held = this.held.get(order);
    if (held?.get(index)?.url === url) held?.delete(index);
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
    const request = this.fetchGrants(order, index).finally(() => this.pending.delete(order));
    this.pending.set(order, request);
    return request;
  }

  private async fetchGrants(order: OrderRun, index: number): Promise<void> {
    const held = this.held.get(order) ?? new Map<number, Grant>();
    this.held.set(order, held);
    const wanted = [index];
    // all of them, also those held: where one was refused, the others of its age will be
    for (let next = 1; next < order.files.length && wanted.length < MAX_GRANTS; next++) {
      const i = (index + next) % order.files.length;
      if (order.files[i]?.isDelivered === false) wanted.push(i);
    }
    const body = JSON.stringify({ manifest: order.record.order, files: wanted });
    const response = await ask(grantsPath(order.record.id), order.record.key, { method: 'POST', body });
    const reply = v.safeParse(GrantReply, await response.json().catch(() => undefined));
    if (!reply.success) throw new AppError('service-unavailable', 'The order service answered something unexpected.');
    for (const grant of reply.output.grants) {
      held.set(grant.file, { url: grant.url, endsAt: performance.now() + grant.expiresIn });
    }
  }
}

/** The bytes of an order's manifest, not yet checked. Throws as `Grants.url`, and `manifest-invalid` above 16 MiB. */
export async function fetchManifest(id: string, key: string, sha256: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await ask(manifestPath(id, sha256), key, {});
  if (Number(response.headers.get('Content-Length')) > MAX_MANIFEST_BYTES) {
    await response.body?.cancel();
    throw new AppError('manifest-invalid', "The order's description is larger than 16 MiB.", { reason: '> 16 MiB' });
  }
  return new Uint8Array(await response.arrayBuffer());
}

async function ask(path: string, key: string | undefined, init: RequestInit): Promise<Response> {
  const response = await fetch(path, {
    ...init,
    headers: { Authorization: `Bearer ${key ?? ''}`, ...(init.body ? { 'Content-Type': 'application/json' } : {}) },
    cache: 'no-store',
    signal: AbortSignal.timeout(30_000),
  }).catch((error: unknown) => {
    throw new AppError('offline', 'The order service cannot be reached.', {}, { cause: error });
  });
  if (response.ok) return response;
  const reply = v.safeParse(ErrorReply, await response.json().catch(() => undefined));
  const known = reply.success && reply.output.code in errorRules;
  if (known && response.status < 500) {
    const seconds = Number(response.headers.get('Retry-After') ?? 0);
    const retryAfter = Math.min(MAX_RETRY_AFTER, seconds * 1000) || 0;
    throw new AppError(reply.output.code as ErrorCode, reply.output.message, { retryAfter });
  }
  throw new AppError('service-unavailable', `The order service answered ${response.status}.`);
}
