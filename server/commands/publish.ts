import { readFile } from 'node:fs/promises';
import { SingleBar } from 'cli-progress';
import type { Command } from 'commander';
import { AppError } from '../../src/order/errors.ts';
import { parseBytes } from '../byte-counts.ts';
import { parseDuration, parseUrlDuration } from '../durations.ts';
import { endSignal } from '../end-signal.ts';
import { checkPassword } from '../orders/passwords.ts';
import { printOrder } from '../publish/print-order.ts';
import { publishOrder, type PublishOptions } from '../publish/publish-order.ts';
import { watchFolder } from '../publish/watch-folder.ts';
import { openMirror, parseS3Address } from '../store/open-store.ts';
import { chooseGranter, withShares, type ShareFlags } from './share-options.ts';
import { collectOption, openChosen } from './store-options.ts';

interface PublishFlags extends ShareFlags {
  readonly order?: string;
  readonly title?: string;
  readonly expires: string;
  readonly urlExpires: string;
  readonly name?: string;
  readonly passwordFile?: string;
  readonly static?: boolean;
  readonly receipts?: boolean;
  readonly bundle?: string;
  readonly mirror?: readonly string[];
  readonly rate?: string;
  readonly filesAtOnce: string;
  readonly partsAtOnce: string;
  readonly watch?: boolean;
  readonly settle: string;
  readonly doneFile?: string;
  readonly json?: boolean;
}

/** Adds `holdfast publish`. */
export function addPublish(holdfast: Command): void {
  withShares(holdfast.command('publish').description('upload files and print their order link'))
    .argument('<source>', 'a file, a folder, or s3://bucket/prefix for objects that are in the store already')
    .option('--order <id>', 'the id of the order, which is also the name of the customer’s folder')
    .option('--title <text>', 'what the customer sees as the title')
    .option('--expires <duration>', 'life of the order link', '30d')
    .option('--url-expires <duration>', 'life of the printed share URLs, at most 7d', '7d')
    .option('--name <text>', 'name of the link’s key, for status and revoke')
    .option('--password-file <file>', 'ask the customer for the password in this file, too')
    .option('--static', 'a link that needs no service: at most 7 days, cannot be revoked, no receipts')
    .option('--receipts', 'learn which files the customer has verified and saved; the customer is told')
    .option('--bundle <size>', 'pack files into zips of about this size that only store, such as 1GiB')
    .option('--mirror <address>', 'upload to s3://bucket?endpoint=… as well; can be given several times', collectOption)
    .option('--rate <bytes>', 'upload at most so many bytes a second, such as 10MB')
    .option('--files-at-once <number>', 'files (or bundles) that are uploaded at the same time', '3')
    .option('--parts-at-once <number>', 'parts of each that are sent at the same time, 16 MiB of memory each', '3')
    .option('--watch', 'publish each folder in <source> as an order of its name as soon as it is finished; goes on')
    .option('--settle <duration>', 'with --watch: a folder is finished when nothing in it changed for so long', '60s')
    .option('--done-file <name>', 'with --watch: and when it holds a file of this name, which is not published')
    .option('--json', 'print one JSON document (with --watch one a line)')
    .action(publish);
}

/** A number from 1 to 64. Throws `input-invalid`. */
function parseCount(option: string, text: string): number {
  if (/^\d{1,2}$/.test(text) && Number(text) >= 1 && Number(text) <= 64) return Number(text);
  throw new AppError('input-invalid', `${option} ${text} is no number from 1 to 64. Nothing was done.`);
}

/** The password in a file, without the line break at its end. Throws `input-invalid`. */
export async function readPassword(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new AppError(
      'input-invalid',
      `--password-file ${file} cannot be read. Nothing was done.`,
      {},
      { cause: error },
    );
  });
  return checkPassword(text.replace(/\r?\n$/, ''));
}

async function publish(source: string, flags: PublishFlags, command: Command): Promise<void> {
  if (flags.order === undefined && !flags.watch) command.error('error: --order <id> is missing', { exitCode: 2 });
  const { title, static: isStatic = false, receipts = false, mirror = [], name: keyName, bundle, rate } = flags;
  const urlExpiresIn = parseUrlDuration('--url-expires', flags.urlExpires);
  const address = parseS3Address(source);
  const partsAtOnce = parseCount('--parts-at-once', flags.partsAtOnce);
  const target = await openChosen({ ...flags, partsAtOnce }, address ? `s3://${address.bucket}` : undefined);
  const options = {
    title,
    expiresIn: parseDuration('--expires', flags.expires),
    urlExpiresIn,
    keyName,
    password: await readPassword(flags.passwordFile),
    isStatic,
    receipts,
    bundleLength: bundle === undefined ? undefined : parseBytes('--bundle', bundle),
    rate: rate === undefined ? undefined : parseBytes('--rate', rate),
    target,
    filesAtOnce: parseCount('--files-at-once', flags.filesAtOnce),
    granter: chooseGranter(target, flags),
    mirrors: await Promise.all(mirror.map(openMirror)),
  } satisfies Partial<PublishOptions>;
  if (flags.watch) {
    const settle = parseDuration('--settle', flags.settle);
    const watching = { folder: source, settle, doneFile: flags.doneFile, signal: endSignal(), ...reporter(flags) };
    await watchFolder({ ...options, ...watching });
    return;
  }
  const { order = '' } = flags;
  const bar = process.stderr.isTTY ? progressBar() : undefined;
  try {
    const onProgress = (bytes: number, total: number): void => bar?.update(bytes, total);
    const result = await publishOrder({ ...options, source, order, onProgress });
    bar?.stop();
    process.stdout.write(flags.json ? `${JSON.stringify(result, undefined, 2)}\n` : printOrder(result));
  } finally {
    bar?.stop();
  }
}

function reporter({ json }: PublishFlags): Pick<Parameters<typeof watchFolder>[0], 'onPublished' | 'onProblem'> {
  return {
    onPublished: (result) => process.stdout.write(json ? `${JSON.stringify(result)}\n` : printOrder(result)),
    onProblem: (name, message) => process.stderr.write(`holdfast: ${name}: ${message}\n`),
  };
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
