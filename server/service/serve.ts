import type { AddressInfo } from 'node:net';
import { AppError } from '../../src/order/errors.ts';
import { FolderStore } from '../store/folder-store.ts';
import type { OpenStore } from '../store/open-store.ts';
import { rememberPort } from '../store/store-settings.ts';
import { createService, type ServiceOptions } from './create-service.ts';

/** What `serve` needs beside the store. */
export interface ServeOptions extends Pick<ServiceOptions, 'appFolder' | 'grantExpiresIn' | 'logLevel'> {
  readonly target: OpenStore;
  /** What to listen on; both addresses of `localhost` when left out. */
  readonly host?: string | undefined;
}

/** A service that listens. */
export interface RunningService {
  readonly port: number;
  close(): Promise<void>;
}

/** Starts the order service and remembers its port with a folder store. Throws `port-busy`, `input-invalid`. */
export async function serve({ target, host = 'localhost', ...options }: ServeOptions): Promise<RunningService> {
  const { store, layout, appUrl } = target;
  const app = await createService({ store, layout, appUrl, ...options });
  try {
    await app.listen({ port: target.port, host });
  } catch (error) {
    await app.close();
    throw listenError(error, target.port, host);
  }
  const { port } = app.server.address() as AddressInfo;
  if (store instanceof FolderStore) await rememberPort(store.root, port);
  return { port, close: () => app.close() };
}

/** Closes the service on SIGINT and SIGTERM, then ends the process with exit code 0. */
export function closeOnSignal(service: RunningService): void {
  const stop = (): void => {
    process.exitCode = 0;
    void service.close().finally(() => process.exit(0));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
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
