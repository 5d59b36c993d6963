import { afterEach, expect, it, vi } from 'vitest';
import { checkPrivateFiles } from './private-files.ts';

afterEach(() => void vi.unstubAllGlobals());

/** What becomes of the trial in a browser whose disk is given by `getDirectory`: an error's code, or `fine`. */
async function tried(getDirectory: () => Promise<unknown>): Promise<string> {
  vi.stubGlobal('navigator', { storage: { getDirectory } });
  return checkPrivateFiles().then(
    () => 'fine',
    (error: unknown) => (error as { code: string }).code,
  );
}
const refusal = (name: string) => (): Promise<never> => Promise.reject(new DOMException('', name));
const folder = (createSyncAccessHandle?: () => Promise<unknown>) => () =>
  Promise.resolve({
    getFileHandle: () => Promise.resolve(createSyncAccessHandle ? { createSyncAccessHandle } : {}),
    removeEntry: () => Promise.resolve(),
  });

it.each([
  ['refuses the disk, as a private window', refusal('SecurityError')],
  ['has no files for workers', folder()],
  ['refuses them, as WebKitGTK', folder(refusal('NotSupportedError'))],
] as const)('46: a browser that %s is found out before anything is stored', async (_, getDirectory) => {
  expect(await tried(getDirectory)).toBe('not-supported');
});

it('46: what only fails at the moment is left to the part store, which waits and says so', async () => {
  expect(await tried(folder(refusal('NoModificationAllowedError')))).toBe('fine');
  expect(await tried(folder(refusal('QuotaExceededError')))).toBe('fine');
  expect(await tried(folder(() => Promise.resolve({ close: () => undefined })))).toBe('fine');
});
