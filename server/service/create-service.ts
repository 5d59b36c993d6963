import { randomUUID } from 'node:crypto';
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import fastifyStatic from '@fastify/static';
import Fastify, { type FastifyInstance } from 'fastify';
import { AuditLog } from '../orders/audit-log.ts';
import { FolderStore } from '../store/folder-store.ts';
import type { Gateway } from '../store/gateway.ts';
import type { Layout } from '../store/layout.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { STORE_PATH } from '../store/signed-url.ts';
import { PASSWORD_HEADER } from '../../src/order/service-api.ts';
import { addApiRoutes, type Granter } from './api-routes.ts';
import { addAppRoutes } from './app-routes.ts';
import { addByteRoutes } from './byte-routes.ts';
import { addHealthRoutes } from './health-routes.ts';
import { Metrics } from './metrics.ts';
import { STREAM_LIMITS, type StreamLimits } from './open-streams.ts';
import { OrderAccess } from './order-access.ts';
import { replyBadAddress, replyError } from './reply-error.ts';
import { securityHeaders } from './security-headers.ts';

/** What the order service is made of. */
export interface ServiceOptions {
  readonly store: ObjectStore;
  readonly layout: Layout;
  /** The app's public address; decides on HSTS and on what the page may connect to. */
  readonly appUrl: string;
  /** Passes the store's bytes on; customers fetch them from the store itself when left out. */
  readonly gateway?: Gateway | undefined;
  /** Further stores that hold the same objects. */
  readonly mirrors?: readonly Granter[];
  /** Origins that the page may fetch from beside its own and the stores'; any https host when left out. */
  readonly connectTo?: readonly string[] | undefined;
  /** The built app; none is served when left out. */
  readonly appFolder?: string;
  /** Life of a grant in seconds; an hour when left out. */
  readonly grantExpiresIn?: number;
  /** Origins of other apps that may use this service. */
  readonly corsOrigins?: readonly string[];
  /** Addresses or networks of the proxies in front, whose `X-Forwarded-` headers are believed; this computer when left out. */
  readonly trustProxy?: readonly string[];
  /** Transfers of bytes that run at the same time. */
  readonly streams?: StreamLimits;
  /** For slow clients; half a minute when left out. */
  readonly patience?: Patience;
  /** Aborted when the service is about to stop: balancers are told, requests still get their answers. */
  readonly stopping?: AbortSignal;
  /** Certificate and key in PEM; plain HTTP when left out. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer } | undefined;
  /** Who has it may read `/metrics` from anywhere; only this computer may when left out. */
  readonly metricsToken?: string | undefined;
  /** Least level that is logged; `warn` when left out. */
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Where JSON lines are logged; stderr when left out. */
  readonly logStream?: { write(line: string): void };
  /** The time in ms since the epoch. */
  readonly now?: () => number;
}

const HOUR = 3600;
/** How long slow clients are waited for, in ms. */
interface Patience {
  /** For the head of a request, and for all of it. Answers may take as long as they do. */
  readonly headers: number;
  readonly request: number;
  /** How often Node looks. */
  readonly look: number;
}

/** Node looks every 30 s otherwise, and gives headers 60 s. */
const PATIENCE: Patience = { headers: 15_000, request: 30_000, look: 5000 };

/** Makes the order service, not listening yet. */
export async function createService(options: ServiceOptions): Promise<FastifyInstance> {
  const { store, layout, appUrl, gateway, mirrors = [], appFolder, grantExpiresIn = HOUR, now = Date.now } = options;
  const app = makeServer(options);
  const metrics = new Metrics();
  const access = new OrderAccess({ store, layout, now });
  const audit = new AuditLog(
    { store, layout },
    {
      onError: (err) => app.log.error({ err }, 'audit log not written'),
      onLost: (event) => app.log.error({ audit: event }, 'event not kept in the audit log'),
    },
  );
  const granter = gateway ?? store;
  app.setErrorHandler(replyError);
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ code: 'not-found', message: 'There is nothing at this address.' }),
  );
  app.addHook('onRequest', async (request, reply) => void reply.header('x-request-id', request.id));
  const grantOrigins = [(gateway ?? store).grantOrigin];
  await app.register(helmet, securityHeaders({ appUrl, grantOrigins, connectTo: options.connectTo }));
  await app.register(fastifyStatic, { root: appFolder ?? process.cwd(), serve: false });
  metrics.addTo(app, options.metricsToken);
  addHealthRoutes(app, store, options.stopping);
  app.addHook('onClose', async () => audit.flush());

  await app.register(async (scope) => {
    if (options.corsOrigins?.length)
      await scope.register(cors, {
        origin: [...options.corsOrigins],
        methods: ['GET', 'POST'],
        allowedHeaders: ['authorization', 'content-type', PASSWORD_HEADER],
        exposedHeaders: ['retry-after', 'x-request-id'],
        maxAge: HOUR,
      });
    await addApiRoutes(scope, { store, layout, granter, mirrors, access, audit, metrics, grantExpiresIn, now });
  });
  const source = gateway ?? (store instanceof FolderStore ? store : undefined);
  if (source) {
    const onBytes = (count: number): void => metrics.bytes.inc(count);
    const limits = options.streams ?? STREAM_LIMITS;
    await app.register(async (scope) => addByteRoutes(scope, { source, layout, now, limits, onBytes }), {
      prefix: STORE_PATH.slice(0, -1),
    });
  }
  if (appFolder !== undefined) addAppRoutes(app, appFolder);
  return app;
}

function makeServer({
  logLevel = 'warn',
  logStream = process.stderr,
  trustProxy,
  tls,
  patience = PATIENCE,
}: ServiceOptions): FastifyInstance {
  const shared = {
    logger: {
      level: logLevel,
      stream: logStream,
      // keys and signatures are never logged: neither headers nor the query
      serializers: {
        req: ({ method, url }: { method: string; url: string }) => ({ method, url: url.replace(/\?.*$/s, '') }),
      },
      redact: ['req.headers', 'headers', '*.authorization', '*.password', '*.signature'],
    },
    genReqId: () => randomUUID(),
    frameworkErrors: replyBadAddress,
    trustProxy: trustProxy ? [...trustProxy] : 'loopback',
    // requests that run get an answer when the service stops
    forceCloseConnections: 'idle' as const,
    requestTimeout: patience.request,
    keepAliveTimeout: 75_000,
    routerOptions: { maxParamLength: 4096 },
    bodyLimit: 64 * 1024,
  };
  const slow = { connectionsCheckingInterval: patience.look, headersTimeout: patience.headers };
  // two calls, since the types differ; the routes are the same
  return tls
    ? (Fastify({ ...shared, https: { ...tls, ...slow } }) as unknown as FastifyInstance)
    : Fastify({ ...shared, http: slow });
}
