import { looksLikeMetalink } from '../order/share-links.ts';
import type { AppErrorData } from '../order/errors.ts';
import type { Outcome } from '../engine-api.ts';
import type { Copy } from './copies.ts';

/** A `.meta4` of the largest order has less, in bytes; what is larger is no list of links. */
const MAX_FILE = 32 * 1024 * 1024;
const METALINK = /\.(meta4|metalink)$/i;
const LIST = /\.(txt|csv)$/i;

/** Files that are to be added as orders, and files of the user that may belong to one. */
export interface SortedFiles {
  readonly links: readonly File[];
  readonly copies: readonly Copy[];
}

/** Sorts dropped files by what they are: a `.txt` or `.csv` that has no address in it is a file like any other. */
export async function sortFiles(files: readonly Copy[]): Promise<SortedFiles> {
  const isLinks = await Promise.all(files.map(({ file }) => holdsLinks(file)));
  const links = files.filter((_, i) => isLinks[i]).map(({ file }) => file);
  return { links, copies: files.filter((_, i) => !isLinks[i]) };
}

/** What is in files with links: each Metalink on its own, all other text together. Says which file cannot be read. */
export async function readLinkFiles(files: Iterable<File>): Promise<Outcome<readonly string[]>> {
  const metalinks: string[] = [];
  const lists: string[] = [];
  for (const file of files) {
    if (file.size > MAX_FILE) return { ok: false, error: tooLarge(file) };
    const text = await file.text().catch(() => undefined);
    if (text === undefined) return { ok: false, error: unreadable(file) };
    (looksLikeMetalink(text) ? metalinks : lists).push(text);
  }
  return { ok: true, value: [...(lists.length > 0 ? [lists.join('\n')] : []), ...metalinks] };
}

async function holdsLinks(file: File): Promise<boolean> {
  if (METALINK.test(file.name)) return true;
  if (!LIST.test(file.name) || file.size > MAX_FILE) return false;
  return /https?:\/\//.test(await file.text().catch(() => ''));
}

function tooLarge({ name }: File): AppErrorData {
  return { code: 'links-invalid', message: 'The file is larger than 32 MiB.', detail: { path: name, large: 1 } };
}

function unreadable({ name }: File): AppErrorData {
  return { code: 'copy-unreadable', message: 'The file cannot be read.', detail: { path: name } };
}
