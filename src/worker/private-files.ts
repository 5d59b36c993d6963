import { AppError } from '../order/errors.ts';

/** Removed at once; a crash may leave it, empty. */
const TRIAL = 'holdfast-trial';

/**
 * Opens a file as the part store does, once before anything is kept. Only a worker can ask: pages have no such handles, and some
 * browsers have the method and refuse the call (WebKitGTK), or refuse the whole disk (private windows of Firefox and of WebKit).
 * Throws `not-supported`; other troubles are left to the part store, which meets them again and says so.
 */
export async function checkPrivateFiles(): Promise<void> {
  const root = await navigator.storage.getDirectory().catch((error: unknown) => {
    throw notSupported(error);
  });
  try {
    const file = await root.getFileHandle(TRIAL, { create: true });
    (await file.createSyncAccessHandle()).close();
    await root.removeEntry(TRIAL);
  } catch (error) {
    // a method that is not there is a TypeError
    const refused = error instanceof DOMException ? error.name === 'NotSupportedError' : error instanceof TypeError;
    if (refused) throw notSupported(error);
  }
}

function notSupported(error: unknown): AppError {
  return new AppError('not-supported', `This browser keeps no files for pages: ${String(error)}`, {}, { cause: error });
}
