import { msg, str } from '@lit/localize';
import type { FileRow, FileStatus, OrderSummary, Snapshot } from '../engine-api.ts';
import { canPickFolder } from './destination-picker.ts';
import { formatLocale } from './localization.ts';
import { formatBytes, formatDate, formatDuration, formatFiles, formatTime } from './format.ts';
import { describeError } from './messages.ts';

/** What happens now, and what goes with it. */
export interface Sentence {
  readonly headline: string;
  readonly detail: string;
}

/** The state of a file in a word. These words are a contract, see docs/automation.md. */
export function fileStatusWord({ status, checksums }: Pick<FileRow, 'status' | 'checksums'>): string {
  const words: Record<FileStatus, () => string> = {
    waiting: () => msg('Waiting'),
    downloading: () => msg('Downloading'),
    verified: () => (checksums ? msg('Verified') : msg('Received')),
    saving: () => msg('Saving'),
    saved: () => msg('Saved'),
    'handed-over': () => msg('Handed over'),
    paused: () => msg('Paused'),
    failed: () => msg('Failed'),
  };
  return words[status]();
}

/** The state of an order in a word. `Saved` is a contract, see docs/automation.md. */
export function orderStateWord(summary: OrderSummary): string {
  const words: Record<OrderSummary['state'], () => string> = {
    ready: () => msg('Ready'),
    running: () => (allVerified(summary) ? msg('Saving') : msg('Downloading')),
    waiting: () => msg('Waiting'),
    paused: () => msg('Paused'),
    attention: () => msg('Needs you'),
    done: () => (summary.filesHandedOver > 0 ? msg('Handed over') : msg('Saved')),
  };
  return words[summary.state]();
}

/** When it was delivered, to be put behind other facts; empty before. */
export function delivered({ doneAt }: OrderSummary): string {
  return doneAt === undefined ? '' : ` · ${msg(str`delivered on ${formatDate(doneAt)}`)}`;
}

/** True when only the user can help: with the order, or with its folder while it still downloads. */
export function needsUser({ state, reason }: OrderSummary): boolean {
  return state === 'attention' || (state === 'running' && reason !== undefined);
}

/** The tone of that word. Green is only for files that are in the folder: what became of a handed-over one, nobody knows here. */
export function orderTone({ state, filesHandedOver }: OrderSummary): 'saved' | 'attention' | '' {
  if (state === 'attention') return 'attention';
  return state === 'done' && filesHandedOver === 0 ? 'saved' : '';
}

/** The share of an order that is verified, from 0 to 1; 1 only when nothing is left to do. */
export function orderShare({ state, bytes, bytesVerified }: OrderSummary): number {
  if (state === 'done') return 1;
  return bytes === 0 ? 0 : Math.min(0.99, bytesVerified / bytes);
}

/** The sentence that comes first on an order. */
export function orderSentence(summary: OrderSummary, snapshot: Snapshot): Sentence {
  const sentences: Record<OrderSummary['state'], () => Sentence> = {
    ready: () => ({ headline: msg('Ready to start.'), detail: readyDetail(snapshot) }),
    running: () => ({ headline: runningHeadline(summary, snapshot), detail: runningDetail(summary, snapshot) }),
    waiting: () => ({ headline: reasonOf(summary, snapshot), detail: waitingDetail(summary, snapshot) }),
    paused: () => ({
      headline: msg('Paused.'),
      detail: msg(str`${formatBytes(summary.bytesReceived)} are kept. Resume goes on from here.`),
    }),
    attention: () => ({ headline: reasonOf(summary, snapshot), detail: failedFiles(summary) }),
    done: () => ({ headline: doneHeadline(summary), detail: doneDetail(summary) }),
  };
  return sentences[summary.state]();
}

/** What is asked about the files that went to the browser's downloads. */
export function unconfirmedWords({ filesUnconfirmed, bytesUnconfirmed }: OrderSummary): string {
  const size = formatBytes(bytesUnconfirmed);
  return filesUnconfirmed === 1
    ? msg(str`1 file, ${size}, went to the browser’s downloads. Is it there?`)
    : msg(str`${formatFiles(filesUnconfirmed)}, ${size}, went to the browser’s downloads. Are they all there?`);
}

/** How long the rest will take, saving included; empty while nobody can tell. */
export function timeLeft({ secondsLeft }: OrderSummary): string {
  if (secondsLeft === undefined) return '';
  return secondsLeft < 60 ? msg('less than a minute left') : msg(str`about ${formatDuration(secondsLeft)} left`);
}

function allVerified({ bytes, bytesVerified }: OrderSummary): boolean {
  return bytes > 0 && bytesVerified >= bytes;
}

function readyDetail({ folder, downloads }: Snapshot): string {
  if (!canPickFolder() || downloads)
    return msg('Each verified file goes to the browser’s downloads; everything happens by itself.');
  return folder === undefined
    ? msg('Start asks once for a folder; everything after that happens by itself.')
    : msg(str`The files will be saved in the folder ${folder}.`);
}

function runningHeadline(summary: OrderSummary, { folder }: Snapshot): string {
  const [first, second, third] = summary.active;
  if (summary.reason) return describeError(summary.reason, { kept: summary.bytesReceived, folder });
  if (allVerified(summary)) {
    return summary.checksums
      ? msg('Everything is received and verified. Saving the last files.')
      : msg('Everything is received. Saving the last files.');
  }
  if (first === undefined && summary.filesCompared > 0)
    return msg('Comparing what is in the folder already with the order.');
  if (first === undefined && summary.filesSaving > 0) return msg('Saving finished files, before others are begun.');
  if (first === undefined) return msg('Getting ready.');
  if (second === undefined) return msg(str`Downloading ${first}`);
  if (third === undefined) return msg(str`Downloading ${first} and ${second}`);
  return msg(str`Downloading ${first}, ${second} and ${third}`);
}

function runningDetail(summary: OrderSummary, snapshot: Snapshot): string {
  const parts = [timeLeft(summary), saving(summary, snapshot), failedFiles(summary), elsewhere(snapshot)];
  return joined(parts);
}

function waitingDetail({ retryAt }: OrderSummary, snapshot: Snapshot): string {
  return joined([retryAt === undefined ? '' : msg(str`next try at ${formatTime(retryAt)}`), elsewhere(snapshot)]);
}

function reasonOf(summary: OrderSummary, { folder }: Snapshot): string {
  if (summary.reason) return describeError(summary.reason, { kept: summary.bytesReceived, folder });
  if (summary.state === 'waiting') return msg('Waiting for its turn.');
  return summary.filesFailed > 0 ? msg('Some files need you. All others are done.') : msg('This order needs you.');
}

function doneHeadline({ checksums, files, filesHandedOver }: OrderSummary): string {
  if (filesHandedOver === files)
    return msg(str`${formatFiles(files)}: verified and handed to the browser’s downloads.`);
  if (filesHandedOver > 0)
    return msg(str`${formatFiles(filesHandedOver)} went to the browser’s downloads, all others to the folder.`);
  if (!checksums) return msg(str`${formatFiles(files)}: saved. The sender gave no checksums.`);
  return files === 1
    ? msg('The file is saved and verified.')
    : msg(str`All ${formatFiles(files)} are saved and verified.`);
}

function doneDetail({ filesHandedOver, filesUnconfirmed, folders }: OrderSummary): string {
  if (filesUnconfirmed > 0)
    return msg('Look into the browser’s downloads: are they all there? Then free the space of the app’s own copies.');
  if (filesHandedOver > 0) return msg('You found them there. The app keeps no copies of them any more.');
  const [only = ''] = folders;
  if (folders.length > 1) return msg(str`In the folders ${new Intl.ListFormat(formatLocale()).format(folders)}.`);
  return only === '' ? '' : msg(str`In the folder ${only}.`);
}

function saving({ reason, checksums }: OrderSummary, { folder, folderNeedsPermission }: Snapshot): string {
  if (reason) return msg('the download goes on');
  if (folderNeedsPermission)
    return checksums ? msg('verified files wait to be saved') : msg('received files wait to be saved');
  return folder === undefined
    ? msg('files go to the browser’s downloads')
    : msg(str`saving to ${folder} as files finish`);
}

function failedFiles({ filesFailed }: OrderSummary): string {
  return filesFailed === 0 ? '' : msg(str`${formatFiles(filesFailed)} failed`);
}

function elsewhere({ owner }: Snapshot): string {
  return owner ? '' : msg('running in another window, seen live here');
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' · ');
}
