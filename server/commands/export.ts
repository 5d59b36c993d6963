import { writeFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { exportOrder } from '../../src/order/export-order.ts';
import { exportFormats, writeExport, type ExportFormat } from '../../src/order/write-export.ts';
import { AppError } from '../../src/order/errors.ts';
import { parseUrlDuration } from '../durations.ts';
import { writeAudit } from '../orders/audit-log.ts';
import { readManifests } from '../orders/stored-manifests.ts';
import { openMirror } from '../store/open-store.ts';
import { chooseGranter, withShares, type ShareFlags } from './share-options.ts';
import { collectOption, openChosen } from './store-options.ts';

interface ExportFlags extends ShareFlags {
  readonly format: ExportFormat;
  readonly expires: string;
  readonly mirror?: readonly string[];
  readonly out?: string;
}

/** Adds `holdfast export`. */
export function addExport(holdfast: Command): void {
  withShares(holdfast.command('export').description('print an order for another client, with fresh share URLs'))
    .argument('<order>', 'the order’s id')
    .addOption(new Option('--format <name>', 'what for').choices([...exportFormats]).default('metalink'))
    .option('--expires <duration>', 'life of the share URLs, at most 7d', '7d')
    .option('--mirror <address>', 'a further store, s3://bucket?endpoint=…; can be given several times', collectOption)
    .option('--out <file>', 'write it to a file, for its owner only')
    .action(runExport);
}

async function runExport(order: string, flags: ExportFlags): Promise<void> {
  const expiresIn = parseUrlDuration('--expires', flags.expires);
  const target = await openChosen(flags);
  const [newest] = await readManifests(target, order);
  if (!newest) throw new AppError('input-invalid', `${target.store.name} has no order ${order}. Nothing was written.`);
  const granter = chooseGranter(target, flags);
  const mirrors = await Promise.all((flags.mirror ?? []).map(openMirror));
  const urls = newest.manifest.files.map(({ path, object = '', version }) => {
    const options = { expiresIn, fileName: path.split('/').pop() ?? path };
    // a version is the first store's: mirrors number their own
    return Promise.all([
      granter.grant(object, { ...options, ...(version !== undefined && { version }) }),
      ...mirrors.map(({ store }) => store.grant(object, options)),
    ]);
  });
  const { text } = writeExport(exportOrder(newest.manifest, await Promise.all(urls)), flags.format);
  await writeAudit(target, { action: 'export', order, files: urls.length });
  if (flags.out === undefined) process.stdout.write(text);
  else await writeFile(flags.out, text, { mode: 0o600 });
}
