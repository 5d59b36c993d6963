import type { FastifyInstance } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { ObjectStore } from '../store/object-store.ts';

/** An answer of the store counts for so long, in ms: however many ask, the store is asked once. */
const PROBE_LIFE = 1000;

/** Adds `/healthz`, the process lives, and `/readyz`, it may be sent requests: the store answers and it is not `stopping`. */
export function addHealthRoutes(app: FastifyInstance, store: ObjectStore, stopping?: AbortSignal): void {
  const ready = async (): Promise<boolean> =>
    store.probe().then(
      () => true,
      (err: unknown) => (app.log.warn({ err }, 'store not ready'), false),
    );
  const probes = new LRUCache<string, { readonly ready: boolean }>({
    max: 1,
    ttl: PROBE_LIFE,
    fetchMethod: async () => ({ ready: await ready() }),
  });
  let closing = false;
  app.addHook('preClose', async () => void (closing = true));
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    if (closing || stopping?.aborted) return reply.code(503).send({ status: 'stopping' });
    const probe = await probes.fetch('store');
    return probe?.ready ? { status: 'ok' } : reply.code(503).send({ status: 'store-unreachable' });
  });
}
