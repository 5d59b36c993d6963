import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SingleBar } from 'cli-progress';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { AppError } from '../src/order/errors.ts';
import { parseDuration, parseUrlDuration } from './durations.ts';
import { printOrder } from './publish/print-order.ts';
import { publishOrder } from './publish/publish-order.ts';
import { makeSample } from './sample.ts';
import { closeOnSignal, serve } from './service/serve.ts';
import { openStore, parseS3Address } from './store/open-store.ts';

interface StoreFlags {
  readonly store?: string;
  readonly endpoint?: string;
  readonly region?: string;
  readonly app?: string;
}

interface PublishFlags extends StoreFlags {
  readonly order: string;
  readonly title?: string;
  readonly expires: string;
  readonly urlExpires: string;
  readonly json?: boolean;
}

interface ServeFlags extends StoreFlags {
  readonly port?: number;
  readonly host?: string;
  readonly grantExpires: string;
}

const DEFAULT_STORE = './holdfast-store';
/** Exit code for a command line that is not understood. */
const USAGE = 2;

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535)
    throw new InvalidArgumentError('It is a number from 1 to 65535.');
  return port;
}

function withStore(command: Command): Command {
  return command
    .addOption(
      new Option('--store <place>', 'a folder, or s3://bucket/prefix (default: "./holdfast-store")').env(
        'HOLDFAST_STORE',
      ),
    )
    .addOption(
      new Option('--endpoint <url>', 'address of the S3 server, as customers reach it; AWS when left out').env(
        'HOLDFAST_ENDPOINT',
      ),
    )
    .option('--region <name>', 'region of the S3 server')
    .addOption(
      new Option('--app <url>', 'public address of the app (default: http://localhost:<port>)').env('HOLDFAST_APP_URL'),
    );
}

async function publish(source: string, flags: PublishFlags): Promise<void> {
  const expiresIn = parseDuration('--expires', flags.expires);
  const urlExpiresIn = parseUrlDuration('--url-expires', flags.urlExpires);
  const address = parseS3Address(source);
  const store = flags.store ?? (address ? `s3://${address.bucket}` : DEFAULT_STORE);
  const target = await openStore({ ...flags, store });
  const bar = process.stderr.isTTY ? progressBar() : undefined;
  try {
    const { order, title } = flags;
    const onProgress = (bytes: number, total: number): void => bar?.update(bytes, total);
    const result = await publishOrder({ source, order, title, target, expiresIn, urlExpiresIn, onProgress });
    bar?.stop();
    process.stdout.write(flags.json ? `${JSON.stringify(result, undefined, 2)}\n` : printOrder(result));
  } finally {
    bar?.stop();
  }
}

function progressBar(): { update(bytes: number, total: number): void; stop(): void } {
  const mebi = (bytes: number): number => Math.round(bytes / 1024 / 1024);
  const bar = new SingleBar({
    format: '{bar} {percentage}%  {value} of {total} MiB  {eta_formatted}',
    clearOnComplete: true,
    hideCursor: true,
  });
  let started = false;
  return {
    update(bytes, total) {
      if (!started) bar.start(mebi(total), 0);
      started = true;
      bar.update(mebi(bytes));
    },
    stop: () => bar.stop(),
  };
}

async function runService(flags: ServeFlags): Promise<void> {
  const grantExpiresIn = parseUrlDuration('--grant-expires', flags.grantExpires);
  const target = await openStore({ ...flags, store: flags.store ?? DEFAULT_STORE });
  const appFolder = builtApp();
  const service = await serve({
    target,
    host: flags.host,
    grantExpiresIn,
    ...(appFolder !== undefined && { appFolder }),
  });
  closeOnSignal(service);
  process.stdout.write(`Holdfast serves ${target.store.name} on port ${service.port}: ${target.appUrl}\n`);
}

/** `dist/` of the package, from `server/` and from `build/server/`. */
function builtApp(): string | undefined {
  const here = dirname(fileURLToPath(import.meta.url));
  return [join(here, '../dist'), join(here, '../../dist')].find((folder) => existsSync(join(folder, 'index.html')));
}

function program(): Command {
  const holdfast = new Command('holdfast').description('Publishes orders of files and serves them.');
  // subcommands take this over only when it is set before they are made
  holdfast.exitOverride();
  withStore(holdfast.command('publish').description('upload files and print their order link'))
    .argument('<source>', 'a file, a folder, or s3://bucket/prefix for objects that are in the store already')
    .requiredOption('--order <id>', 'the id of the order, which is also the name of the customer’s folder')
    .option('--title <text>', 'what the customer sees as the title')
    .option('--expires <duration>', 'life of the order link', '30d')
    .option('--url-expires <duration>', 'life of the printed share URLs, at most 7d', '7d')
    .option('--json', 'print one JSON document')
    .action(publish);
  withStore(holdfast.command('serve').description('run the order service and the app'))
    .option('--port <number>', 'port to listen on (default: the one the store remembers, at first 8420)', parsePort)
    .option('--host <address>', 'address to listen on (default: this computer only)')
    .option('--grant-expires <duration>', 'life of the URLs that a page gets', '1h')
    .action(runService);
  holdfast.command('sample <folder>', { hidden: true }).action(makeSample);
  return holdfast;
}

/** Runs the command line. Sets the exit code: 1 for a failure, 2 for a command line that is not understood. */
export async function main(args: readonly string[]): Promise<void> {
  try {
    await program().parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : USAGE;
      return;
    }
    const text =
      error instanceof AppError ? error.message : `failed unexpectedly: ${String(error)}. What was uploaded is kept.`;
    process.stderr.write(`holdfast: ${text}\n`);
    process.exitCode = 1;
  }
}
