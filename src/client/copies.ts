import type { fromEvent } from 'file-selector';
import type { FileRow, Outcome } from '../engine-api.ts';
import type { EngineClient } from './engine-client.ts';

/** What came of the files that the user has: how many were recognised, and the bytes that need not be fetched. */
export interface Recognised {
  readonly files: number;
  readonly bytes: number;
}

/** A saved file that has changed or is gone; its wrong pieces counted from 1. */
export interface Damage {
  readonly file: number;
  readonly path: string;
  readonly gone: boolean;
  readonly pieces: readonly number[];
}

/** Offers files to the order, one after the other; `onFile` is told how many were looked at. */
export async function offerFiles(
  client: EngineClient,
  order: string,
  files: readonly File[],
  onFile: (done: number) => void,
): Promise<Outcome<Recognised>> {
  const sum = { files: 0, bytes: 0 };
  for (const [done, file] of files.entries()) {
    onFile(done);
    const taken = await client.command((engine) => engine.importFile(order, file));
    // a file that cannot be read is no reason to leave the others out
    if (!taken.ok && taken.error.code !== 'copy-unreadable') return taken;
    if (!taken.ok || taken.value.file === undefined) continue;
    sum.files++;
    sum.bytes += taken.value.bytes;
  }
  return { ok: true, value: sum };
}

/** Compares every saved file of `rows` with the order; nothing is changed. `onFile` is told how many were compared. */
export async function checkSaved(
  client: EngineClient,
  order: string,
  rows: readonly FileRow[],
  onFile: (done: number, of: number) => void,
): Promise<Outcome<readonly Damage[]>> {
  const saved = rows.filter(({ status }) => status === 'saved');
  const damages: Damage[] = [];
  for (const [done, { file, path }] of saved.entries()) {
    onFile(done, saved.length);
    const check = await client.command((engine) => engine.checkFile(order, file));
    if (!check.ok) return check;
    const { copy, damaged } = check.value;
    const pieces = damaged.map((piece) => piece + 1);
    if (copy !== 'whole') damages.push({ file, path, gone: copy === 'gone', pieces });
  }
  return { ok: true, value: damages };
}

/** Lets what is damaged be fetched again; the first failure. */
export async function repairAll(
  client: EngineClient,
  order: string,
  damages: readonly Damage[],
): Promise<Outcome<void>> {
  for (const { file } of damages) {
    const repair = await client.command((engine) => engine.repairFile(order, file));
    if (!repair.ok) return repair;
  }
  return { ok: true, value: undefined };
}

let readEntries: typeof fromEvent | undefined;

/** Loads what reads dropped folders where there are no handles, before the drop: its files can only be had during the event. */
export async function prepareDrop(): Promise<void> {
  if ('getAsFileSystemHandle' in DataTransferItem.prototype) return;
  readEntries = (await import('file-selector')).fromEvent;
}

/** The files that were dropped, those in dropped folders too. Must be called in the event. */
export async function droppedFiles(event: DragEvent): Promise<File[]> {
  const items = [...(event.dataTransfer?.items ?? [])].filter(({ kind }) => kind === 'file');
  const files = [...(event.dataTransfer?.files ?? [])];
  if (readEntries) return (await readEntries(event)).filter((file) => file instanceof File);
  // all must be asked for at once: after the first answer the event is over
  const handles = await Promise.all(items.map((item) => item.getAsFileSystemHandle?.().catch(() => null)));
  const given = handles.filter((handle) => handle !== null && handle !== undefined);
  return given.length === 0 ? files : (await Promise.all(given.map(filesIn))).flat();
}

/** All files in a folder and its sub-folders. What cannot be read is left out. */
export async function filesIn(handle: FileSystemHandle): Promise<File[]> {
  const files: File[] = [];
  try {
    if (isFile(handle)) files.push(await handle.getFile());
    else
      for await (const entry of (handle as FileSystemDirectoryHandle).values()) files.push(...(await filesIn(entry)));
  } catch {
    // gone meanwhile, or not for this user to read
  }
  return files;
}

function isFile(handle: FileSystemHandle): handle is FileSystemFileHandle {
  return handle.kind === 'file';
}
