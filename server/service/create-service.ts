import helmet from '@fastify/helmet';
import fastifyStatic from '@fastify/static';
import Fastify, { type FastifyInstance } from 'fastify';
import { FolderStore } from '../store/folder-store.ts';
import type { Layout } from '../store/layout.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { STORE_PATH } from '../store/signed-url.ts';
import { addApiRoutes } from './api-routes.ts';
import { addAppRoutes } from './app-routes.ts';
import { OrderAccess } from './order-access.ts';
import { replyError } from './reply-error.ts';
import { addStoreRoutes } from './store-routes.ts';

/** What the order service is made of. */
export interface ServiceOptions {
  readonly store: ObjectStore;
  readonly layout: Layout;
  /** The app's public address; decides on HSTS and on what the page may connect to. */
  readonly appUrl: string;
  /** The built app; none is served when left out. */
  readonly appFolder?: string;
  /** Life of a grant in seconds; an hour when left out. */
  readonly grantExpiresIn?: number;
  /** Least level that is logged, to stderr; `warn` when left out. */
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** The time in ms since the epoch. */
  readonly now?: () => number;
}

const HOUR = 3600;

/** Makes the order service, not listening yet. */
export async function createService(options: ServiceOptions): Promise<FastifyInstance> {
  const { store, layout, appUrl, appFolder, grantExpiresIn = HOUR, logLevel = 'warn', now = Date.now } = options;
  const app = Fastify({
    logger: {
      level: logLevel,
      stream: process.stderr,
      // keys and signatures are never logged: neither headers nor the query
      serializers: { req: ({ method, url }) => ({ method, url: url.replace(/\?.*$/s, '') }) },
    },
    trustProxy: 'loopback',
    // a page goes on by itself: nobody has to wait for a long download when the service stops
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 4096 },
    bodyLimit: 64 * 1024,
  });
  app.setErrorHandler(replyError);
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ code: 'not-found', message: 'There is nothing at this address.' }),
  );
  await app.register(helmet, securityHeaders(appUrl, store.grantOrigin));
  await app.register(fastifyStatic, { root: appFolder ?? process.cwd(), serve: false });

  app.get('/healthz', async () => ({ status: 'ok' }));
  const access = new OrderAccess(store, layout, now);
  await app.register(async (scope) => addApiRoutes(scope, { store, access, grantExpiresIn }));
  if (store instanceof FolderStore) {
    await app.register(async (scope) => addStoreRoutes(scope, store, layout, now), { prefix: STORE_PATH.slice(0, -1) });
  }
  if (appFolder !== undefined) addAppRoutes(app, appFolder);
  return app;
}

function securityHeaders(appUrl: string, grantOrigin: string): Parameters<typeof helmet>[1] {
  const secure = appUrl.startsWith('https:');
  // share links point anywhere; from an https page the browser lets only https through anyhow
  const anywhere = secure ? ['https:'] : ['https:', 'http:'];
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'", ...anywhere, grantOrigin],
        workerSrc: ["'self'"],
        manifestSrc: ["'self'"],
        frameAncestors: ["'none'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
      },
    },
    strictTransportSecurity: secure ? { maxAge: 15_552_000 } : false,
    crossOriginOpenerPolicy: secure,
  };
}
