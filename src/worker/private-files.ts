import { AppError } from '../order/errors.ts';

/** Removed at once; a crash may leave it, empty. */
const TRIAL = 'holdfast-trial';

/**
 * Opens a file as the part store does, once before anything is kept. Only a worker can ask: pages have no such handles, and some
 * browsers have the method and refuse the call (WebKitGTK), or refuse the whole disk (Firefox's private windows). Throws
 * `not-supported`; other troubles are left to the part store, which meets them again and says so.
 */
export async function checkPrivateFiles(): Promise<void> {
  try {
    const root = await navigator.storage.getDirectory();
    const file = await root.getFileHandle(TRIAL, { create: true });
    (await file.createSyncAccessHandle()).close();
    await root.removeEntry(TRIAL);
  } catch (error) {
    if (!isRefusal(error)) return;
    throw new AppError(
      'not-supported',
      `This browser keeps no files for pages: ${String(error)}`,
      {},
      { cause: error },
    );
  }
}

/** `TypeError`: there is no such method. */
function isRefusal(error: unknown): boolean {
  if (error instanceof DOMException) return error.name === 'NotSupportedError' || error.name === 'SecurityError';
  return error instanceof TypeError;
}
