import { AppError, toAppError } from '../order/errors.ts';
import type { PartFile, PartStore } from './ports.ts';

const ROOT = 'holdfast-parts';
/** Beside the orders' folders, for a moment: what a crash leaves of it is removed at the next start, as parts of no known order are. */
const SCRATCH = 'room';
/** Bytes of one write to it: short ones are slow. */
const SCRATCH_WRITE = 1024 * 1024;
/** A killed browser's handles can linger for seconds: try this long, in ms, before saying that somebody else has the file. */
const BUSY_FOR = 5_000;

/** The part store in the Origin Private File System: `holdfast-parts/<order>/<file number>`. */
export function createOpfsPartStore(): PartStore {
  const root = async (): Promise<FileSystemDirectoryHandle> =>
    (await navigator.storage.getDirectory()).getDirectoryHandle(ROOT, { create: true });

  return {
    async open(order, file) {
      const folder = await (await root()).getDirectoryHandle(order, { create: true });
      const handle = await folder.getFileHandle(String(file), { create: true });
      return partFile(await openHandle(handle));
    },
    async blob(order, file) {
      return absentAsUndefined(async () => {
        const folder = await (await root()).getDirectoryHandle(order);
        return (await folder.getFileHandle(String(file))).getFile();
      });
    },
    async remove(order, file) {
      await absentAsUndefined(async () => {
        const folder = await (await root()).getDirectoryHandle(order);
        await folder.removeEntry(String(file));
      });
    },
    async removeOrder(order) {
      await absentAsUndefined(async () => (await root()).removeEntry(order, { recursive: true }));
    },
    async files(order) {
      const numbers: number[] = [];
      await absentAsUndefined(async () => {
        const folder = await (await root()).getDirectoryHandle(order);
        for await (const name of folder.keys()) numbers.push(Number(name));
      });
      return numbers;
    },
    async orders() {
      const names: string[] = [];
      for await (const name of (await root()).keys()) names.push(name);
      return names;
    },
    async hasRoom(bytes) {
      // an estimate of the free space is not to be had: browsers answer with the quota, and other programs fill the disk as well
      const folder = await root();
      try {
        const part = partFile(await openHandle(await folder.getFileHandle(SCRATCH, { create: true })));
        try {
          for (let at = 0; at < bytes; at += SCRATCH_WRITE) {
            part.write(new Uint8Array(Math.min(SCRATCH_WRITE, bytes - at)).fill(1), at);
          }
          part.flush();
        } finally {
          part.close();
        }
        return true;
      } catch (error) {
        if (storageError(error).code === 'disk-full') return false;
        throw error;
      } finally {
        await absentAsUndefined(() => folder.removeEntry(SCRATCH));
      }
    },
  };
}

async function absentAsUndefined<T>(task: () => Promise<T>): Promise<T | undefined> {
  try {
    return await task();
  } catch (error) {
    if (error instanceof DOMException && error.name === 'NotFoundError') return undefined;
    throw toAppError(error, 'storage-failed');
  }
}

async function openHandle(handle: FileSystemFileHandle): Promise<FileSystemSyncAccessHandle> {
  const giveUpAt = performance.now() + BUSY_FOR;
  for (;;) {
    try {
      return await handle.createSyncAccessHandle();
    } catch (error) {
      const busy = error instanceof DOMException && error.name === 'NoModificationAllowedError';
      if (!busy) throw storageError(error);
      if (performance.now() > giveUpAt) {
        throw new AppError('storage-busy', 'Another window holds this file. It goes on when that window is closed.');
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

function storageError(error: unknown): AppError {
  const full = error instanceof DOMException && error.name === 'QuotaExceededError';
  return toAppError(
    full ? new AppError('disk-full', 'The disk is full. Everything received is kept.') : error,
    'storage-failed',
  );
}

function partFile(handle: FileSystemSyncAccessHandle): PartFile {
  const guarded = <T>(task: () => T): T => {
    try {
      return task();
    } catch (error) {
      throw storageError(error);
    }
  };
  return {
    write(bytes, at) {
      // some versions return a short count on a full disk instead of throwing
      const written = guarded(() => handle.write(bytes as Uint8Array<ArrayBuffer>, { at }));
      if (written !== bytes.length) throw new AppError('disk-full', 'The disk is full. Everything received is kept.');
    },
    read: (buffer, at) => guarded(() => handle.read(buffer as Uint8Array<ArrayBuffer>, { at })),
    size: () => guarded(() => handle.getSize()),
    flush: () => guarded(() => handle.flush()),
    close: () => handle.close(),
  };
}
