import type { AppErrorData } from '../order/errors.ts';
import { allowed } from './continue-saving.ts';

/** What came of asking for a folder. `unsupported`: this browser has no folders to pick, only its downloads. */
export type Pick =
  | { readonly kind: 'folder'; readonly folder: FileSystemDirectoryHandle }
  /** The picker was closed, or its question answered with no: nobody can tell which. */
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'unsupported' }
  | { readonly kind: 'failed'; readonly error: AppErrorData };

/** True when this browser can ask for a folder. */
export function canPickFolder(): boolean {
  return typeof window.showDirectoryPicker === 'function';
}

/** Asks the user for a folder that the page may write into. Must be called in a click, before anything is awaited. */
export async function pickDestination(): Promise<Pick> {
  const picked = await pick({ mode: 'readwrite', id: 'holdfast' });
  // a folder that is only allowed to be read would keep every file waiting for ever
  return picked.kind === 'folder' && !(await allowed(picked.folder)) ? refused('It may only be read.') : picked;
}

/** Asks for a folder with files that the user has already, only to read them. Must be called as `pickDestination`. */
export function pickCopies(): Promise<Pick> {
  return pick({ mode: 'read', id: 'holdfast-copies' });
}

async function pick(options: DirectoryPickerOptions): Promise<Pick> {
  // Looked up at the click, not at load: tests put their own picker here.
  if (!canPickFolder()) return { kind: 'unsupported' };
  try {
    return { kind: 'folder', folder: await window.showDirectoryPicker(options) };
  } catch (error) {
    const cancelled = error instanceof DOMException && error.name === 'AbortError';
    return cancelled ? { kind: 'cancelled' } : refused(String(error));
  }
}

function refused(message: string): Pick {
  return { kind: 'failed', error: { code: 'folder-refused', message, detail: {} } };
}
