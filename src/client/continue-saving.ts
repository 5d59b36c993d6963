import type { Outcome } from '../engine-api.ts';
import type { EngineClient } from './engine-client.ts';

/**
 * Asks the browser for the kept folder once more, and for those in which the saved files of `order` are, then lets the engine go on
 * saving. Must be called in a click.
 */
export async function continueSaving(client: EngineClient, order?: string): Promise<Outcome<void>> {
  for (const folder of await client.call((engine) => engine.foldersFor(order)).catch(() => [])) {
    if (await allowed(folder)) continue;
    return {
      ok: false,
      error: { code: 'folder-permission', message: 'Not allowed.', detail: { folder: folder.name } },
    };
  }
  return client.command((engine) => engine.continueSaving());
}

/** True when the page may write into the folder; asks the user where the browser wants that. Must be called in a click. */
export async function allowed(folder: FileSystemDirectoryHandle): Promise<boolean> {
  // Handles of the origin private file system, which tests pick, have no permission to ask for.
  if (typeof folder.requestPermission !== 'function') return true;
  try {
    return (await folder.requestPermission({ mode: 'readwrite' })) === 'granted';
  } catch {
    // SecurityError: the click is too long ago.
    return false;
  }
}
