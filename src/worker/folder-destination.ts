import { AppError, toAppError } from '../order/errors.ts';
import type { Destination } from './ports.ts';

/** A folder that the user picked, and in it the folder `id` of one order. */
export function createFolderDestination(picked: FileSystemDirectoryHandle, id: string): Destination {
  const folderOf = async (path: string, create: boolean): Promise<[FileSystemDirectoryHandle, string]> => {
    const parts = [id, ...path.split('/')];
    const name = parts.pop() as string;
    let folder = picked;
    for (const part of parts) folder = await folder.getDirectoryHandle(part, { create });
    return [folder, name];
  };

  return {
    existing: (path) =>
      absentAsUndefined(async () => {
        const [folder, name] = await folderOf(path, false);
        try {
          return await (await folder.getFileHandle(name)).getFile();
        } catch (error) {
          if (error instanceof DOMException && error.name === 'TypeMismatchError') return 'folder';
          throw error;
        }
      }),
    async discard(path) {
      await absentAsUndefined(async () => {
        const [folder, name] = await folderOf(path, false);
        await removeSwap(folder, name);
        const file = await (await folder.getFileHandle(name)).getFile();
        if (file.size === 0) await folder.removeEntry(name);
      });
    },
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
        throw destinationError(error);
      }
    },
  };
}

/** Chrome writes to `<name>.crswap` first; a killed one leaves it behind. */
async function removeSwap(folder: FileSystemDirectoryHandle, name: string): Promise<void> {
  await absentAsUndefined(() => folder.removeEntry(`${name}.crswap`));
}

async function absentAsUndefined<T>(task: () => Promise<T>): Promise<T | undefined> {
  try {
    return await task();
  } catch (error) {
    if (error instanceof DOMException && error.name === 'NotFoundError') return undefined;
    throw destinationError(error);
  }
}

/** True when the folder can be written to without asking the user. */
export async function isWritable(folder: FileSystemDirectoryHandle): Promise<boolean> {
  return (await folder.queryPermission({ mode: 'readwrite' })) === 'granted';
}

function destinationError(error: unknown): AppError {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') {
    return new AppError(
      'folder-permission',
      'The browser wants you to allow the folder once more. Everything is kept.',
    );
  }
  if (name === 'NotFoundError') {
    return new AppError('folder-missing', 'The folder is not there any more. Everything is kept; choose a folder.');
  }
  if (name === 'QuotaExceededError') {
    return new AppError('folder-full', 'There is no room left where the files are saved. Everything is kept.');
  }
  return toAppError(error, 'save-refused');
}
