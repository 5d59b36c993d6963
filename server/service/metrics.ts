import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Counter, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** What the service counts, in Prometheus' terms. No label ever holds an order, a key or an address. */
export class Metrics {
  readonly registry = new Registry();
  readonly grants = this.#counter('holdfast_grants_total', 'Presigned URLs given to pages');
  readonly receipts = this.#counter(
    'holdfast_receipts_total',
    'Files that customers reported as received and verified',
  );
  readonly bytes = this.#counter('holdfast_bytes_total', 'Bytes of files that this service itself sent');
  readonly refused = new Counter({
    name: 'holdfast_refused_total',
    help: 'Requests refused, by error code',
    labelNames: ['code'],
    registers: [this.registry],
  });
  readonly #seconds = new Histogram({
    name: 'holdfast_request_seconds',
    help: 'Time to answer, in seconds, by route',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Measures every request of `app` and answers `/metrics`: to this computer, or to whoever has `token`. */
  addTo(app: FastifyInstance, token: string | undefined): void {
    app.addHook('onResponse', async ({ method, routeOptions }, reply) => {
      const labels = { method, route: routeOptions.url ?? 'none', status: reply.statusCode };
      this.#seconds.observe(labels, reply.elapsedTime / 1000);
    });
    app.get('/metrics', async (request, reply) => {
      if (!mayRead(request, token)) return reply.callNotFound();
      return reply.type(this.registry.contentType).send(await this.registry.metrics());
    });
  }

  #counter(name: string, help: string): Counter {
    return new Counter({ name, help, registers: [this.registry] });
  }
}

function mayRead({ ip, headers }: FastifyRequest, token: string | undefined): boolean {
  // behind a proxy on this computer `ip` is still the customer's, since only that proxy is trusted
  if (token === undefined) return ['127.0.0.1', '::1', '::ffff:127.0.0.1'].includes(ip);
  return timingSafeEqual(digest(headers.authorization ?? ''), digest(`Bearer ${token}`));
}

/** Of one length, whatever came: lengths tell something, too. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
