import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { AppError } from '../../src/order/errors.ts';
import { endSignal } from '../end-signal.ts';
import { FolderStore } from '../store/folder-store.ts';
import type { OpenStore } from '../store/open-store.ts';
import { rememberPort } from '../store/store-settings.ts';
import { createService, type ServiceOptions } from './create-service.ts';

/** What `serve` needs beside the store. */
export interface ServeOptions extends Omit<ServiceOptions, 'store' | 'layout' | 'appUrl' | 'now' | 'stopping'> {
  readonly target: OpenStore;
  /** How long it goes on when it is told to stop, saying so at `/readyz`, in ms; not at all when left out. */
  readonly drain?: number;
  /** What to listen on; both addresses of `localhost` when left out. */
  readonly host?: string | undefined;
}

/** A service that listens. */
export interface RunningService {
  readonly port: number;
  /** Goes on for `drain`, then lets requests that run come to their end, for some seconds. */
  close(): Promise<void>;
}

/** Running requests get so long when the service stops, in ms. Transfers of bytes are cut at once: pages continue them. */
const GRACE = 5000;
const LOCAL_HOSTS = ['localhost', '127.0.0.1', '::1'];

/**
 * Starts the order service and remembers its port with a folder store. A store that refuses stops the start, one that does not
 * answer yet does not: `/readyz` says so until it does. Throws `port-busy`, `input-invalid`.
 */
export async function serve({
  target,
  host = 'localhost',
  drain = 0,
  ...options
}: ServeOptions): Promise<RunningService> {
  const { store, layout, appUrl } = target;
  if (!LOCAL_HOSTS.includes(host) && !options.tls && !options.trustProxy?.length) {
    const why = 'keys would cross the network readable, and no browser keeps files for a page without https';
    const what = `Give --tls-cert and --tls-key, or name the proxy that does https with --trust-proxy, or leave --host out.`;
    throw new AppError(
      'input-invalid',
      `${host} is not this computer, and there is no https: ${why}. ${what} Nothing was started.`,
    );
  }
  const stopping = new AbortController();
  const app = await createService({ store, layout, appUrl, ...options, stopping: stopping.signal });
  try {
    await store.probe().catch((err: unknown) => {
      if (!(err instanceof AppError) || err.code !== 'store-unreachable') throw err;
      app.log.warn({ err }, 'the store does not answer yet; until it does, /readyz says so');
    });
    await app.listen({ port: target.port, host });
  } catch (error) {
    await app.close();
    throw error instanceof AppError ? error : listenError(error, target.port, host);
  }
  const { port } = app.server.address() as AddressInfo;
  if (store instanceof FolderStore) await rememberPort(store.root, port);
  const running = new Set<ServerResponse>();
  app.server.on('request', (_request, response) => {
    running.add(response);
    response.once('close', () => running.delete(response));
  });
  const close = async (): Promise<void> => {
    stopping.abort();
    await setTimeout(drain);
    const end = performance.now() + GRACE;
    // browsers also hold connections that never had a request, which Node does not count as idle
    const look = setInterval(() => {
      if (running.size === 0 || performance.now() > end) app.server.closeAllConnections();
    }, 50);
    await app.close().finally(() => clearInterval(look));
  };
  return { port, close };
}

/** Closes the service on SIGINT and SIGTERM, then ends the process with exit code 0. A second signal ends it at once. */
export function closeOnSignal(service: RunningService): void {
  endSignal().addEventListener('abort', () => void service.close().finally(() => process.exit(0)));
}

function listenError(cause: unknown, port: number, host: string): AppError {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') {
    const text = `Port ${port} is busy: is Holdfast running already? Stop what uses it, or give another port with --port. Another port is another, empty app in the browser.`;
    return new AppError('port-busy', text, { port }, { cause });
  }
  return new AppError(
    'input-invalid',
    `Cannot listen on ${host}, port ${port}: ${message}. Give another port with --port.`,
    {},
    { cause },
  );
}
