import type { fromEvent } from 'file-selector';
import pMap from 'p-map';
import type { Outcome } from '../engine-api.ts';
import type { AppErrorData } from '../order/errors.ts';
import type { EngineClient } from './engine-client.ts';

/** As many as are saved at once: each waits for the browser's own check when it is closed. */
const AT_ONCE = 4;

/** A file that the user has; where the browser gives its handle, the engine can tell where it lies. */
export interface Copy {
  readonly file: File;
  /** Where it lies in the folder that was given, as far as that is known. */
  readonly path: string;
  readonly handle?: FileSystemFileHandle | undefined;
}

/** What came of the files that the user has: how many were recognised, and the bytes that need not be fetched. */
export interface Recognised {
  readonly files: number;
  readonly bytes: number;
  /** True when some are only noted until the order is started or its folder can be written to. */
  readonly wait: boolean;
}

/** Offers files to the order, several at a time; `onFile` is told how many were looked at. */
export async function offerFiles(
  client: EngineClient,
  order: string,
  copies: readonly Copy[],
  onFile: (done: number) => void,
): Promise<Outcome<Recognised>> {
  const sum = { files: 0, bytes: 0, wait: false };
  let done = 0;
  let failed: AppErrorData | undefined;
  const offer = async ({ file, handle }: Copy): Promise<void> => {
    if (failed) return;
    const taken = await client.command((engine) => engine.importFile(order, file, handle));
    onFile(++done);
    // a file that cannot be read is no reason to leave the others out
    if (!taken.ok && taken.error.code !== 'copy-unreadable') failed = taken.error;
    if (!taken.ok || taken.value.file === undefined) return;
    sum.files++;
    sum.bytes += taken.value.bytes;
    sum.wait ||= taken.value.waits;
  };
  onFile(0);
  await pMap(copies, offer, { concurrency: AT_ONCE });
  return failed ? { ok: false, error: failed } : { ok: true, value: sum };
}

let readEntries: typeof fromEvent | undefined;

/** Loads what reads dropped folders where there are no handles, before the drop: its files can only be had during the event. */
export async function prepareDrop(): Promise<void> {
  if ('getAsFileSystemHandle' in DataTransferItem.prototype) return;
  readEntries = (await import('file-selector')).fromEvent;
}

/** The files that were dropped, those in dropped folders too. Must be called in the event. */
export async function droppedFiles(event: DragEvent): Promise<Copy[]> {
  const items = [...(event.dataTransfer?.items ?? [])].filter(({ kind }) => kind === 'file');
  const files = [...(event.dataTransfer?.files ?? [])];
  if (readEntries) return (await readEntries(event)).filter((file) => file instanceof File).map(withoutHandle);
  // all must be asked for at once: after the first answer the event is over
  const handles = await Promise.all(items.map((item) => item.getAsFileSystemHandle?.().catch(() => null)));
  const given = handles.filter((handle) => handle !== null && handle !== undefined);
  return given.length === 0 ? files.map(withoutHandle) : (await Promise.all(given.map((each) => filesIn(each)))).flat();
}

/** A file of which the browser gives no handle. */
export function withoutHandle(file: File): Copy {
  return { file, path: file.webkitRelativePath || file.name };
}

/** All files in a folder and its sub-folders. What cannot be read is left out. */
export async function filesIn(handle: FileSystemHandle, above = ''): Promise<Copy[]> {
  const copies: Copy[] = [];
  const path = above + handle.name;
  try {
    if (isFile(handle)) copies.push({ file: await handle.getFile(), path, handle });
    else
      for await (const entry of (handle as FileSystemDirectoryHandle).values())
        copies.push(...(await filesIn(entry, `${path}/`)));
  } catch {
    // gone meanwhile, or not for this user to read
  }
  return copies;
}

function isFile(handle: FileSystemHandle): handle is FileSystemFileHandle {
  return handle.kind === 'file';
}
