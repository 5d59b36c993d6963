import { msg, str } from '@lit/localize';
import type { AppErrorData, ErrorCode, ErrorDetail } from '../order/errors.ts';
import { describeCapability } from './capabilities.ts';
import { formatBytes, formatFiles } from './format.ts';

/** What the page knows beyond the error itself. */
export interface MessageContext {
  /** Bytes of the order that are kept. */
  readonly kept?: number | undefined;
  /** Name of the picked folder. */
  readonly folder?: string | undefined;
  /** True where it was tried again in vain, and the file failed by it. */
  readonly failed?: boolean;
}

type Words = (detail: ErrorDetail, context: MessageContext) => string;

const folderOf = (detail: ErrorDetail, { folder }: MessageContext): string =>
  String(detail['folder'] ?? folder ?? msg('you chose'));

/** Every stop says what happened, what is kept, and what to do. */
const words = {
  'link-invalid': () =>
    msg('This is not a whole order link. Copy it again from the sender’s message, to its very end.'),
  'links-invalid': (detail) => linksInvalid(detail),
  'manifest-invalid': (detail) =>
    msg(
      str`The description of this order was refused: ${detail['reason'] ?? '?'}. Nothing was stored. Tell the sender.`,
    ),
  'manifest-mismatch': () =>
    msg('The description of this order is not the one the link names. Nothing was stored. Tell the sender.'),
  'order-unknown': () => msg('The sender’s service does not know this order. Ask the sender for a new link.'),
  'key-invalid': () =>
    msg('The key in this link is not right for the order. Copy the whole link again, or ask the sender for a new one.'),
  'key-expired': (_detail, context) => expired(context),
  'key-revoked': () =>
    msg('The sender has ended this link. Everything is kept. Any newer link from the sender goes on from here.'),
  'password-needed': () =>
    msg('This order needs the password from the sender, and the one that was given is not right. Everything is kept.'),
  'request-invalid': () =>
    msg('The sender’s service did not understand this app. Everything is kept. Reload the page, then tell the sender.'),
  offline: () => msg('No network. Everything is kept; goes on by itself when it is back.'),
  'service-unavailable': () =>
    msg('The sender’s service does not answer. Everything is kept; it is tried again by itself.'),
  'source-unreachable': (detail) => unreachable(detail),
  'sign-in-needed': () =>
    msg('This network wants you to sign in first. Everything is kept; goes on by itself after that.'),
  'network-permission': (detail) =>
    msg(
      str`The browser does not let this page reach ${hostOf(detail)} in the local network. Everything is kept. Allow “Local network access” in the site settings (left of the address), then press Resume.`,
    ),
  'host-blocked': (detail) =>
    msg(
      str`This page may not fetch anything from ${hostOf(detail)}: whoever runs it permits certain hosts only. Everything is kept. Ask them to permit this one, then reload the page.`,
    ),
  'server-busy': () => msg('The server asks for patience. Everything is kept; goes on by itself.'),
  'server-error': (_detail, { failed }) =>
    failed
      ? msg('The server fails every time for this file. What came is kept. Press Retry, or tell the sender.')
      : msg('The server has a fault. Everything is kept; it is tried again by itself.'),
  'connection-lost': () => msg('The connection was lost. What came is kept; goes on by itself.'),
  stalled: () => msg('Nothing has arrived for a while. What came is kept; a new connection is tried.'),
  'grant-expired': () => msg('The access to this file has run out and is being renewed. Everything is kept.'),
  'link-expired': (_detail, context) => expired(context),
  'not-found': () =>
    msg(
      'The server does not have this file any more. The other files are not affected. Tell the sender, then press Retry.',
    ),
  'range-ignored': () =>
    msg(
      'The server cannot send parts of a file, so nothing could go on after a break. Other files are not affected. Tell the sender.',
    ),
  'range-wrong': () =>
    msg('The server sent other bytes than it was asked for. They were thrown away. Press Retry, or tell the sender.'),
  'header-hidden': (detail) =>
    msg(
      str`The server hides the header ${detail['header'] ?? 'Content-Range'} from this page, so nothing could tell wrong bytes. The sender has to expose it (CORS), then press Retry.`,
    ),
  'encoding-refused': () =>
    msg(
      'Something on the way changes the bytes, a proxy perhaps. They were thrown away. Try another network, then press Retry.',
    ),
  'piece-damaged': () => msg('A part arrived damaged and is fetched again. The rest is kept.'),
  'source-damaged': (detail) => damaged(detail),
  'changed-by-sender': () =>
    msg('The sender has changed this file. The other files are not affected. Ask the sender for a new order.'),
  'unexpected-status': (detail) =>
    msg(
      str`The server gave an answer that makes no sense here (${detail['status'] ?? '?'}). What came is kept. Press Retry, or tell the sender.`,
    ),
  'disk-full': (detail) => diskFull(detail),
  'downloads-unconfirmed': ({ files, bytes }) =>
    msg(
      str`The disk is full, and the app still keeps its copies of ${formatFiles(Number(files))}, ${formatBytes(Number(bytes))}, that went to the browser’s downloads. Everything is kept. Are they all there? Then free the space, and it goes on.`,
    ),
  'storage-failed': (_detail, { failed }) =>
    failed
      ? msg('The browser’s disk space failed several times for this file. What was checked is kept. Press Retry.')
      : msg('The browser’s disk space failed. What was checked is kept; it is tried again by itself.'),
  'storage-busy': () => msg('Another window holds these files. Goes on when that window is closed.'),
  'folder-permission': (detail, context) =>
    msg(
      str`The browser asks once more for the folder ${folderOf(detail, context)}. Everything is kept. Installed as an app, it never asks again.`,
    ),
  'folder-refused': ({ cancelled }) =>
    cancelled === undefined
      ? msg(
          'The browser, or a company policy, does not let this page write into a folder. Everything is kept. Choose another folder, or let the files go to the browser’s downloads.',
        )
      : msg(
          'No folder was chosen, or this page was not allowed to write into it. Nothing has changed. Choose one, or let the files go to the browser’s downloads.',
        ),
  'folder-missing': (detail, context) =>
    msg(
      str`The folder ${folderOf(detail, context)} is not there. Everything is kept. Put the disk back and press Continue saving, or choose another folder.`,
    ),
  'folder-full': (detail, context) =>
    msg(
      str`There is no room left in the folder ${folderOf(detail, context)}. Everything is kept. Free some space, then press Continue saving.`,
    ),
  'save-refused': () => msg('The folder refused this file. It goes to the browser’s downloads instead.'),
  'file-too-large': (detail, context) =>
    msg(
      str`${detail['path'] ?? '?'} is larger than 4 GB, and the disk of the folder ${folderOf(detail, context)} takes no such file (FAT32). Everything is kept. Choose a folder on another disk.`,
    ),
  'copy-unreadable': () =>
    msg('This file cannot be read: it was moved, or another program holds it. Nothing was changed. Choose it again.'),
  'copy-changed': () =>
    msg(
      'This file is not where it was put, or another program has changed it. Nothing was changed here. “Check my copy” compares the folder with the order.',
    ),
  'not-supported': () => describeCapability('private-files'),
  'app-outdated': () =>
    msg('A newer version of the app is at work here, and this window is the old one. Everything is kept. Reload it.'),
  'engine-failed': () =>
    msg('The download engine stopped and was started again. What was checked is kept. Try once more.'),
  'input-invalid': () => msg('This was not understood. Nothing was changed.'),
  'source-vanished': () =>
    msg('The file is gone at the sender’s side. The other files are not affected. Tell the sender.'),
  'store-unreachable': () => msg('The sender’s store cannot be reached. Everything is kept. Tell the sender.'),
  'port-busy': () => msg('The sender’s service could not start. Everything is kept. Tell the sender.'),
} satisfies Record<ErrorCode, Words>;

/** The sentence for an error, in the page's language. */
export function describeError(error: AppErrorData, context: MessageContext = {}): string {
  const say: Words = words[error.code];
  return say(error.detail, context);
}

const hostOf = (detail: ErrorDetail): string => String(detail['host'] ?? msg('the server with the files'));

function unreachable(detail: ErrorDetail): string {
  if (detail['adding'] !== undefined)
    return msg(str`${hostOf(detail)} cannot be reached. Nothing was stored. Check the link, then press Add again.`);
  if (detail['host'] === undefined)
    return msg('The server with the files cannot be reached. Everything is kept; it is tried again by itself.');
  if (detail['local'] !== undefined)
    return msg(
      str`${hostOf(detail)} cannot be reached. Everything is kept; it is tried again by itself. If it lasts: the browser may not let this page into the local network (site settings, left of the address).`,
    );
  return msg(
    str`${hostOf(detail)} cannot be reached from this page. Everything is kept; it is tried again by itself. If it lasts: a proxy, a firewall or the server’s CORS rule may be in the way. Tell the sender.`,
  );
}

function linksInvalid({ large, path, reason }: ErrorDetail): string {
  if (large !== undefined)
    return msg(str`${path ?? ''} is too large for a list of links: they have 32 MiB at most. Nothing was changed.`);
  if (reason !== undefined)
    return msg(str`This Metalink cannot be used: ${reason}. Nothing was stored. Tell whoever made it.`);
  return msg('No link was found in this text. Paste whole addresses that begin with https://, one a line.');
}

function expired({ kept }: MessageContext): string {
  if (kept === undefined) return msg('The link has expired. Any newer link from the sender goes on from here.');
  return msg(
    str`The link has expired. ${formatBytes(kept)} are kept. Any newer link from the sender goes on from here.`,
  );
}

function diskFull(detail: ErrorDetail): string {
  const needed = detail['needed'];
  if (typeof needed !== 'number')
    return msg('The disk is full. Everything is kept. Free some space, then press Resume.');
  return msg(
    str`The disk is full: ${formatBytes(needed)} more are needed. Everything is kept. Free some space, then press Resume.`,
  );
}

function damaged(detail: ErrorDetail): string {
  const piece = detail['piece'];
  if (typeof piece !== 'number')
    return msg('The bytes arrive damaged every time. The rest goes on. Tell the sender, then press Retry.');
  return msg(str`Piece ${piece} arrives damaged every time. The rest goes on. Tell the sender, then press Retry.`);
}
