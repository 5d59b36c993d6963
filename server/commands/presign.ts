import type { Command } from 'commander';
import { AppError } from '../../src/order/errors.ts';
import { parseUrlDuration } from '../durations.ts';
import { writeAudit } from '../orders/audit-log.ts';
import { chooseGranter, withShares, type ShareFlags } from './share-options.ts';
import { collectOption, openChosen } from './store-options.ts';

interface PresignFlags extends ShareFlags {
  readonly expires: string;
  readonly fileName?: string;
  readonly contentType?: string;
  readonly inline?: boolean;
  readonly versionId?: string;
  readonly query?: readonly string[];
  readonly date?: string;
}

/** Adds `holdfast presign`. */
export function addPresign(holdfast: Command): void {
  withShares(holdfast.command('presign').description('print share URLs of objects that are in the store already'))
    .argument('<keys...>', 'keys of objects, from the root of the bucket or folder')
    .option('--expires <duration>', 'life of the URLs, at most 7d', '7d')
    .option('--file-name <name>', 'the name that a browser gives the download (default: the end of the key)')
    .option('--content-type <type>', 'media type of the reply (S3 only)')
    .option('--inline', 'let a browser show it instead of saving it (S3 only)')
    .option('--version-id <id>', 'the object’s version (S3 only)')
    .option('--query <name=value>', 'one more query parameter; can be given several times', collectOption)
    .option('--date <time>', 'from when on the life counts, ISO 8601 (default: now)')
    .action(presign);
}

async function presign(keys: readonly string[], flags: PresignFlags): Promise<void> {
  const target = await openChosen(flags);
  const granter = chooseGranter(target, flags);
  const { contentType, inline, versionId, date, query = [] } = flags;
  const signedAt = date === undefined ? undefined : new Date(date);
  if (signedAt && Number.isNaN(signedAt.getTime()))
    throw new AppError('input-invalid', `--date ${date} is no time. Write, for example, 2026-11-25T10:00:00Z.`);
  const expiresIn = parseUrlDuration('--expires', flags.expires);
  for (const key of keys) {
    // first the trace, then the link: nothing is handed out that the audit log does not know
    await writeAudit(target, { action: 'presign', order: target.layout.orderOf(key) ?? '', object: key });
    const url = await granter.grant(key, {
      expiresIn,
      fileName: flags.fileName ?? key.split('/').pop() ?? key,
      ...(contentType !== undefined && { contentType }),
      ...(inline !== undefined && { inline }),
      ...(versionId !== undefined && { version: versionId }),
      ...(query.length > 0 && { query: Object.fromEntries(query.map(splitPair)) }),
      ...(signedAt && { signedAt }),
    });
    process.stdout.write(`${url}\n`);
  }
}

function splitPair(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new AppError('input-invalid', `--query ${text} is no name=value. Nothing was done.`);
}
