import { msg, str } from '@lit/localize';
import type { FileRow, OrderSummary } from '../engine-api.ts';
import type { ErrorCode, ErrorDetail } from '../order/errors.ts';
import { formatNumber } from './format.ts';

/** What failed at the sender's side, or on the way from there, said to the sender. */
const words: Partial<Record<ErrorCode, (detail: ErrorDetail, row: FileRow) => string>> = {
  'not-found': () => msg('The server does not have this file any more.'),
  'changed-by-sender': () => msg('The file on the server is not the one that the order was made of.'),
  'source-damaged': (detail, row) => damaged(detail, row),
  'header-hidden': ({ header }) =>
    msg(str`The server hides the header ${header ?? 'Content-Range'} from pages (CORS, ExposeHeaders).`),
  'range-ignored': () => msg('The server cannot send parts of a file (Range).'),
  'range-wrong': () => msg('The server sends other bytes than it is asked for (Content-Range).'),
  'encoding-refused': () => msg('Something on the way changes the bytes (Content-Encoding).'),
  'server-error': ({ status }) => msg(str`The server fails every time (${status ?? '?'}).`),
  'unexpected-status': ({ status }) => msg(str`The server answers ${status ?? '?'}.`),
};

/** Which order it is, for a text to the sender: no link, no key. */
export function senderOrder({ id, title, kind, order }: OrderSummary): string {
  const name = title === id ? id : `${id}, ${title}`;
  const lines = [msg(str`Order: ${name}`)];
  // the key of an order in the journal is the SHA-256 of its manifest
  if (kind === 'order') lines.push(msg(str`SHA-256 of its description: ${order}`));
  return lines.join('\n');
}

/**
 * What the sender must know of a failed file, ready to be sent: which order and file, what is expected and what was found, and when.
 * Undefined where the sender cannot help. `order` is what `senderOrder` gave.
 */
export function senderText(row: FileRow, order: string): string | undefined {
  const { error } = row;
  const say = error && words[error.code];
  if (!say) return undefined;
  const { expected, received, at } = error.detail;
  const lines = [
    order,
    msg(str`File: ${row.path}, ${formatNumber(row.size)} bytes`),
    msg(str`What happened: ${say(error.detail, row)}`),
  ];
  if (expected !== undefined) lines.push(msg(str`Expected SHA-256: ${expected}`));
  if (received !== undefined) lines.push(msg(str`Received SHA-256: ${received}`));
  // by the customer's clock; the sender's log may be in any other zone
  if (typeof at === 'number') lines.push(msg(str`When: ${new Date(at).toISOString()}`));
  return lines.join('\n');
}

function damaged({ piece, from, to }: ErrorDetail, { pieceCount }: FileRow): string {
  if (typeof piece !== 'number') return msg('It arrives damaged every time.');
  const [number, count] = [formatNumber(piece), formatNumber(pieceCount)];
  if (typeof from !== 'number' || typeof to !== 'number')
    return msg(str`Piece ${number} of ${count} arrives damaged every time.`);
  return msg(
    str`Piece ${number} of ${count} (bytes ${formatNumber(from)} to ${formatNumber(to)}) arrives damaged every time.`,
  );
}
