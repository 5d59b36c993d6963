import { AppError, toAppError } from '../order/errors.ts';
import type { Destination } from './ports.ts';

/** A folder that the user picked, and in it the folder of one order. */
export function createFolderDestination(picked: FileSystemDirectoryHandle, orderFolder: string): Destination {
  const folderOf = async (path: string, create: boolean): Promise<[FileSystemDirectoryHandle, string]> => {
    const parts = [orderFolder, ...path.split('/')];
    const name = parts.pop() as string;
    let folder = picked;
    for (const part of parts) folder = await folder.getDirectoryHandle(part, { create });
    return [folder, name];
  };
  /** What is not there is undefined, while the picked folder itself is there. */
  const ifThere = async <T>(task: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await task();
    } catch (error) {
      if (!isNamed(error, 'NotFoundError')) throw await destinationError(error, picked);
      const gone = await whyGone(picked);
      if (gone) throw gone;
      return undefined;
    }
  };
  const discard = async (path: string): Promise<void> => {
    await ifThere(async () => {
      const [folder, name] = await folderOf(path, false);
      // one of them that cannot be removed must not keep the other
      const removed = await Promise.allSettled([removeSwap(folder, name), removeEmpty(folder, name)]);
      for (const each of removed) if (each.status === 'rejected') throw each.reason;
    });
  };

  return {
    discard,
    existing: (path) =>
      ifThere(async () => {
        const [folder, name] = await folderOf(path, false);
        try {
          return await (await folder.getFileHandle(name)).getFile();
        } catch (error) {
          if (isNamed(error, 'TypeMismatchError')) return 'folder';
          throw error;
        }
      }),
    pathOf: (handle) =>
      ifThere(async () => {
        const folder = await picked.getDirectoryHandle(orderFolder);
        return (await folder.resolve(handle))?.join('/');
      }),
    async write(path, chunks) {
      try {
        const [folder, name] = await folderOf(path, true);
        await removeSwap(folder, name);
        const handle = await folder.getFileHandle(name, { create: true });
        const writable = await handle.createWritable();
        try {
          for await (const chunk of chunks) await writable.write(chunk as Blob);
        } catch (error) {
          await writable.abort().catch(() => undefined);
          throw error;
        }
        await writable.close();
      } catch (error) {
        const reason = await destinationError(error, picked);
        // the empty file that was made first must not stay; where it cannot be reached now, the next save discards it
        await discard(path).catch(() => undefined);
        throw reason;
      }
    },
  };
}

/** Chrome writes to `<name>.crswap` first; a killed one leaves it behind. */
async function removeSwap(folder: FileSystemDirectoryHandle, name: string): Promise<void> {
  await folder.removeEntry(`${name}.crswap`).catch((error: unknown) => {
    if (!isNamed(error, 'NotFoundError')) throw error;
  });
}

async function removeEmpty(folder: FileSystemDirectoryHandle, name: string): Promise<void> {
  const file = await (await folder.getFileHandle(name)).getFile();
  if (file.size === 0) await folder.removeEntry(name);
}

/** True when the folder can be written to without asking the user. */
export async function isWritable(folder: FileSystemDirectoryHandle): Promise<boolean> {
  return (await folder.queryPermission({ mode: 'readwrite' })) === 'granted';
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof DOMException && error.name === name;
}

/** Why the picked folder cannot be read; undefined when it can: then something is wrong with one file only. */
async function whyGone(picked: FileSystemDirectoryHandle): Promise<AppError | undefined> {
  try {
    await picked.keys().next();
    return undefined;
  } catch (error) {
    return (
      permissionError(error) ?? new AppError('folder-missing', 'The folder is not there any more. Everything is kept.')
    );
  }
}

function permissionError(error: unknown): AppError | undefined {
  if (!isNamed(error, 'NotAllowedError') && !isNamed(error, 'SecurityError')) return undefined;
  return new AppError('folder-permission', 'The browser wants you to allow the folder once more. Everything is kept.');
}

/**
 * What an error says of the folder. One name stands for many things: `NotFoundError` for a folder that is gone, a path that is too
 * long for Windows, and a part that cannot be read. So the folder itself is asked.
 */
async function destinationError(error: unknown, picked: FileSystemDirectoryHandle): Promise<AppError> {
  if (error instanceof AppError) return error;
  const permission = permissionError(error);
  if (permission) return permission;
  if (isNamed(error, 'QuotaExceededError')) {
    return new AppError('folder-full', 'There is no room left where the files are saved. Everything is kept.');
  }
  return (await whyGone(picked)) ?? toAppError(error, 'save-refused');
}
