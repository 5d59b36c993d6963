import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import { AppError } from '../../src/order/errors.ts';
import { parseUrlDuration } from '../durations.ts';
import { closeOnSignal, serve } from '../service/serve.ts';
import type { ServiceOptions } from '../service/create-service.ts';
import { Gateway } from '../store/gateway.ts';
import { checkAddress, openMirror, type OpenStore } from '../store/open-store.ts';
import { S3Store } from '../store/s3-store.ts';
import { openChosen, parseWhole, withStore, type StoreFlags } from './store-options.ts';

interface ServeFlags extends StoreFlags {
  readonly port?: number;
  readonly host?: string;
  readonly grantExpires: string;
  readonly appFolder?: string;
  readonly gateway?: boolean;
  readonly mirror: readonly string[];
  readonly cors: readonly string[];
  readonly connect: readonly string[];
  readonly trustProxy: readonly string[];
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly logLevel: NonNullable<ServiceOptions['logLevel']>;
}

const LEVELS = ['debug', 'info', 'warn', 'error', 'silent'];
const words = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);

/** Adds `holdfast serve`. Every option can come from the environment, so that a service needs no arguments. */
export function addServe(holdfast: Command): void {
  const option = (flags: string, description: string, env: string): Option => new Option(flags, description).env(env);
  const list = (flags: string, description: string, env: string): Option =>
    option(flags, `${description}; several with commas`, env).argParser(words).default([], 'none');
  withStore(holdfast.command('serve').description('run the order service and the app'))
    .addOption(
      option(
        '--port <number>',
        'port to listen on (default: the one the store remembers, at first 8420)',
        'HOLDFAST_PORT',
      ).argParser(parseWhole(1, 65_535)),
    )
    .addOption(option('--host <address>', 'address to listen on (default: this computer only)', 'HOLDFAST_HOST'))
    .addOption(
      option('--grant-expires <duration>', 'life of the URLs that a page gets', 'HOLDFAST_GRANT_EXPIRES').default('1h'),
    )
    .addOption(new Option('--app-folder <folder>', 'another build of the app than dist/').hideHelp())
    .addOption(
      option(
        '--gateway',
        'pass the store’s bytes on, for a store that customers cannot reach; needs HOLDFAST_SIGNING_SECRET',
        'HOLDFAST_GATEWAY',
      ),
    )
    .addOption(
      list('--mirror <addresses>', 'further stores with the same objects, s3://bucket?endpoint=…', 'HOLDFAST_MIRRORS'),
    )
    .addOption(list('--cors <origins>', 'other apps that may use this service', 'HOLDFAST_CORS'))
    .addOption(
      list(
        '--connect <origins>',
        'the only hosts that the page may fetch share links from (default: any with https)',
        'HOLDFAST_CONNECT',
      ),
    )
    .addOption(
      list('--trust-proxy <addresses>', 'addresses or networks of the https proxy in front', 'HOLDFAST_TRUST_PROXY'),
    )
    .addOption(option('--tls-cert <file>', 'certificate in PEM, for https without a proxy', 'HOLDFAST_TLS_CERT'))
    .addOption(option('--tls-key <file>', 'its key in PEM', 'HOLDFAST_TLS_KEY'))
    .addOption(
      option('--log-level <level>', 'least level that is logged', 'HOLDFAST_LOG_LEVEL').choices(LEVELS).default('warn'),
    )
    .action(runService);
}

async function runService(flags: ServeFlags): Promise<void> {
  const grantExpiresIn = parseUrlDuration('--grant-expires', flags.grantExpires);
  const target = await openChosen(flags);
  const appFolder = flags.appFolder === undefined ? builtApp() : resolve(flags.appFolder);
  const mirrors = await Promise.all(flags.mirror.map(openMirror));
  const service = await serve({
    target,
    host: flags.host,
    grantExpiresIn,
    gateway: flags.gateway ? makeGateway(target) : undefined,
    mirrors: mirrors.map(({ store }) => store),
    connectTo: connectTo(flags, mirrors),
    corsOrigins: flags.cors.map((origin) => new URL(checkAddress('--cors', origin)).origin),
    ...(flags.trustProxy.length > 0 && { trustProxy: flags.trustProxy }),
    tls: await readTls(flags),
    metricsToken: process.env['HOLDFAST_METRICS_TOKEN'],
    logLevel: flags.logLevel,
    ...(appFolder !== undefined && { appFolder }),
  });
  closeOnSignal(service);
  process.stdout.write(`Holdfast serves ${target.store.name} on port ${service.port}: ${target.appUrl}\n`);
}

/** Where the page may fetch from, beside the app and the first store; undefined for anywhere. */
function connectTo({ connect }: ServeFlags, mirrors: readonly OpenStore[]): readonly string[] | undefined {
  if (connect.length === 0) return undefined;
  const named = connect.map((origin) => new URL(checkAddress('--connect', origin)).origin);
  return [...named, ...mirrors.map(({ store }) => store.grantOrigin)];
}

/** The gateway of a service. Throws `input-invalid` for a folder store, and without a secret. */
export function makeGateway({ store, appUrl }: OpenStore): Gateway {
  if (!(store instanceof S3Store))
    throw new AppError(
      'input-invalid',
      'A folder store is served by the service anyhow: leave --gateway out. Nothing was started.',
    );
  return new Gateway({ store, publicUrl: appUrl, signingSecret: process.env['HOLDFAST_SIGNING_SECRET'] ?? '' });
}

async function readTls({ tlsCert, tlsKey }: ServeFlags): Promise<ServiceOptions['tls']> {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined)
    throw new AppError('input-invalid', '--tls-cert and --tls-key belong together. Nothing was started.');
  try {
    return { cert: await readFile(tlsCert), key: await readFile(tlsKey) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError(
      'input-invalid',
      `The certificate cannot be read: ${reason}. Nothing was started.`,
      {},
      { cause: error },
    );
  }
}

/** `dist/` of the package, from `server/commands/` and from `build/server/commands/`. */
function builtApp(): string | undefined {
  const here = dirname(fileURLToPath(import.meta.url));
  return [join(here, '../../dist'), join(here, '../../../dist')].find((folder) =>
    existsSync(join(folder, 'index.html')),
  );
}
