import type { AppErrorData } from '../order/errors.ts';

/** What came of asking for a folder. `unsupported`: this browser has no folders to pick, only its downloads. */
export type Pick =
  | { readonly kind: 'folder'; readonly folder: FileSystemDirectoryHandle }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'unsupported' }
  | { readonly kind: 'failed'; readonly error: AppErrorData };

/** True when this browser can ask for a folder. */
export function canPickFolder(): boolean {
  return typeof window.showDirectoryPicker === 'function';
}

/** Asks the user for the folder. Must be called in a click, before anything is awaited. */
export function pickDestination(): Promise<Pick> {
  return pick({ mode: 'readwrite', id: 'holdfast' });
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
    const name = error instanceof DOMException ? error.name : '';
    if (name === 'AbortError') return { kind: 'cancelled' };
    return { kind: 'failed', error: { code: 'folder-permission', message: String(error), detail: {} } };
  }
}
