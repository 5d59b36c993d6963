import type { Command } from 'commander';
import prettyBytes from 'pretty-bytes';
import { formatOrderLink } from '../../src/order/link.ts';
import { parseDuration, parseSince } from '../durations.ts';
import { readAudit, writeAudit } from '../orders/audit-log.ts';
import { addKey, revokeKeys } from '../orders/order-keys.ts';
import { listOrders, orderStatus, requireOrder, type KeyStatus, type OrderStatus } from '../orders/order-status.ts';
import { AppError } from '../../src/order/errors.ts';
import { readPassword } from './publish.ts';
import { openChosen, withStore, type StoreFlags } from './store-options.ts';

interface JsonFlags extends StoreFlags {
  readonly json?: boolean;
}

interface KeyFlags extends JsonFlags {
  readonly name?: string;
  readonly expires: string;
  readonly passwordFile?: string;
}

/** Adds the commands that govern orders and their links: `list`, `status`, `key`, `revoke`, `audit`. */
export function addOrders(holdfast: Command): void {
  withStore(holdfast.command('list').description('list the orders'))
    .option('--json', 'print one JSON document')
    .action(list);
  withStore(holdfast.command('status').description('who has received what, verified when, and who is overdue'))
    .argument('<order>', 'the order’s id')
    .option('--json', 'print one JSON document')
    .action(status);
  withStore(holdfast.command('key').description('make one more link to an order, with a key of its own'))
    .argument('<order>', 'the order’s id')
    .option('--name <text>', 'whom it is for')
    .option('--expires <duration>', 'life of the link', '30d')
    .option('--password-file <file>', 'ask the customer for the password in this file, too')
    .option('--json', 'print one JSON document')
    .action(makeKey);
  withStore(holdfast.command('revoke').description('end one link of an order, or all; from the next request on'))
    .argument('<order>', 'the order’s id')
    .argument('[key]', 'the key’s id or name, as status shows it')
    .option('--all', 'all keys of the order')
    .action(revoke);
  withStore(holdfast.command('audit').description('print every use of every key, as JSON lines'))
    .option('--order <id>', 'of one order only')
    .option('--since <time>', 'only from then on: a duration such as 7d, or a time such as 2026-11-25T10:00:00Z')
    .action(audit);
}

async function list(flags: JsonFlags): Promise<void> {
  const target = await openChosen(flags);
  const orders: OrderStatus[] = [];
  for (const id of await listOrders(target)) {
    const order = await orderStatus(target, id, Date.now(), tellDamaged);
    if (order) orders.push(order);
  }
  if (flags.json) return printJson(orders);
  for (const order of orders) {
    const active = order.keys.filter(({ state }) => state === 'active').length;
    const done = order.keys.filter(({ complete }) => complete).length;
    const overdue = order.keys.filter((key) => key.overdue).length;
    const keys = `${active} active ${active === 1 ? 'key' : 'keys'}, ${done} complete, ${overdue} overdue`;
    process.stdout.write(`${heading(order)}  ${order.publishedAt}  ${keys}\n`);
  }
}

async function status(order: string, flags: JsonFlags): Promise<void> {
  const found = await requireOrder(await openChosen(flags), order, tellDamaged);
  if (flags.json) return printJson(found);
  process.stdout.write(`${heading(found)}  ${found.publishedAt}\n`);
  for (const key of found.keys) process.stdout.write(`  ${keyLine(key)}\n`);
}

async function makeKey(order: string, flags: KeyFlags): Promise<void> {
  const target = await openChosen(flags);
  const expiresIn = parseDuration('--expires', flags.expires);
  const password = await readPassword(flags.passwordFile);
  const { manifest } = await requireOrder(target, order);
  const made = await addKey(target, { order, manifest, expiresIn, name: flags.name, password });
  await writeAudit(target, { action: 'key-add', order, key: made.id });
  const link = formatOrderLink(target.appUrl, { id: order, key: made.key, manifest });
  if (flags.json) return printJson({ order, id: made.id, link, expiresAt: made.expiresAt });
  process.stdout.write(`Order link (key ${made.id}, until ${made.expiresAt}): ${link}\n`);
}

async function revoke(order: string, key: string | undefined, flags: StoreFlags & { all?: boolean }): Promise<void> {
  if ((key === undefined) !== (flags.all ?? false))
    throw new AppError('input-invalid', 'Name one key, or say --all. Nothing was revoked.');
  const target = await openChosen(flags);
  const revoked = await revokeKeys(target, order, key ?? { all: true });
  for (const { id, name } of revoked) {
    await writeAudit(target, { action: 'key-revoke', order, key: id });
    process.stdout.write(`Revoked: ${id}${name === '' ? '' : ` (${name})`}\n`);
  }
  process.stdout.write('What was received stays with the customer. URLs granted before go on until they expire.\n');
}

async function audit(flags: StoreFlags & { order?: string; since?: string }): Promise<void> {
  const since = flags.since === undefined ? undefined : parseSince('--since', flags.since, Date.now());
  const filter = { order: flags.order, since, onDamaged: tellDamaged };
  for await (const event of readAudit(await openChosen(flags), filter))
    process.stdout.write(`${JSON.stringify(event)}\n`);
}

function tellDamaged(key: string): void {
  process.stderr.write(`holdfast: ${key} in the store cannot be read and was left out. Restore it from a backup.\n`);
}

function heading({ order, title, files, bytes }: OrderStatus): string {
  const name = title === order ? order : `${order}: ${title}`;
  return `${name}  ${files} ${files === 1 ? 'file' : 'files'}, ${prettyBytes(bytes, { binary: true })}`;
}

function keyLine(key: KeyStatus): string {
  const name = key.name === '' ? '' : ` ${key.name}`;
  const end = {
    active: `until ${key.expiresAt}`,
    expired: `ended ${key.expiresAt}`,
    revoked: `revoked ${key.revokedAt ?? ''}`,
  };
  const received = key.complete
    ? `everything received and verified by ${key.lastAt ?? ''}`
    : `${key.received} of ${key.files} received${key.lastAt === undefined ? '' : `, last ${key.lastAt}`}`;
  const marks = `${key.hasPassword ? '  password' : ''}${key.overdue ? '  OVERDUE' : ''}`;
  return `${key.id}${name}  ${end[key.state]}  ${received}${marks}`;
}

function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}
