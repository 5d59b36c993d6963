import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import { AppError } from '../../src/order/errors.ts';
import type { ServiceOptions } from '../service/create-service.ts';
import { makeGateway } from '../store/gateway.ts';
import { openMirror, type OpenStore } from '../store/open-store.ts';
import { SERVE_OPTIONS, readSettings, type ServeFlags, type ServeSettings } from './serve-settings.ts';
import { openChosen, withStore, type StoreFlags } from './store-options.ts';

type Flags = StoreFlags & ServeFlags & { readonly appFolder?: string };

/** Adds `holdfast serve`. Every option can come from the environment, so that a service needs no arguments. */
export function addServe(holdfast: Command): void {
  const command = withStore(holdfast.command('serve').description('run the order service and the app'));
  for (const name of Object.keys(SERVE_OPTIONS) as (keyof typeof SERVE_OPTIONS)[]) command.addOption(serveOption(name));
  command
    .addOption(new Option('--app-folder <folder>', 'another build of the app than dist/').hideHelp())
    .action(runService);
}

/** One option of `serve`, for the commands that need it as well. */
export function serveOption(name: keyof typeof SERVE_OPTIONS): Option {
  const [flags, env, description] = SERVE_OPTIONS[name];
  // a flag alone means yes; in the environment it has a value
  return new Option(flags, description).env(env).preset('yes');
}

async function runService(flags: Flags): Promise<void> {
  // the web server is a third of the start of every command, and only this one needs it
  const { closeOnSignal, serve } = await import('../service/serve.ts');
  const settings = readSettings(flags, process.env);
  const target = await openChosen({ ...flags, port: settings.port });
  const appFolder = flags.appFolder === undefined ? builtApp() : resolve(flags.appFolder);
  const mirrors = await Promise.all(settings.mirror.map(openMirror));
  const service = await serve({
    target,
    host: settings.host,
    grantExpiresIn: settings.grantExpires,
    gateway: settings.gateway ? makeGateway(target, settings.HOLDFAST_SIGNING_SECRET) : undefined,
    mirrors: mirrors.map(({ store }) => store),
    connectTo: connectTo(settings, mirrors),
    corsOrigins: settings.cors,
    ...(settings.trustProxy.length > 0 && { trustProxy: settings.trustProxy }),
    tls: await readTls(settings),
    metricsToken: settings.HOLDFAST_METRICS_TOKEN,
    logLevel: settings.logLevel,
    drain: settings.drain,
    ...(appFolder !== undefined && { appFolder }),
  });
  closeOnSignal(service);
  process.stdout.write(`Holdfast serves ${target.store.name} on port ${service.port}: ${target.appUrl}\n`);
}

/** Where the page may fetch from, beside the app and the first store; undefined for anywhere. */
function connectTo({ connect }: ServeSettings, mirrors: readonly OpenStore[]): readonly string[] | undefined {
  return connect.length === 0 ? undefined : [...connect, ...mirrors.map(({ store }) => store.grantOrigin)];
}

async function readTls({ tlsCert, tlsKey }: ServeSettings): Promise<ServiceOptions['tls']> {
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  try {
    const pair = { cert: await readFile(tlsCert), key: await readFile(tlsKey) };
    // looks at both, and whether they belong together, before anything starts
    createSecureContext(pair);
    return pair;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `${tlsCert} and ${tlsKey} are no certificate and key in PEM that belong together: ${reason}. Nothing was started.`;
    throw new AppError('input-invalid', message, {}, { cause: error });
  }
}

/** `dist/` of the package, from `server/commands/` and from `build/server/commands/`. */
function builtApp(): string | undefined {
  const here = dirname(fileURLToPath(import.meta.url));
  return [join(here, '../../dist'), join(here, '../../../dist')].find((folder) =>
    existsSync(join(folder, 'index.html')),
  );
}
