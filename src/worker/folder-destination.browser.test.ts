import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createFolderDestination } from './folder-destination.ts';
import type { Destination } from './ports.ts';

let root: FileSystemDirectoryHandle;
let picked: FileSystemDirectoryHandle;
let to: Destination;

beforeEach(async () => {
  root = await navigator.storage.getDirectory();
  picked = await root.getDirectoryHandle(crypto.randomUUID(), { create: true });
  to = createFolderDestination(picked, 'A-1');
});
afterEach(() => void vi.restoreAllMocks());

async function* chunks(fail?: () => void): AsyncGenerator<BufferSource> {
  yield new Uint8Array(1000).fill(7);
  fail?.();
}

async function names(): Promise<string[]> {
  const found: string[] = [];
  const walk = async (folder: FileSystemDirectoryHandle, path: string): Promise<void> => {
    for await (const [name, handle] of folder.entries()) {
      if (handle.kind === 'directory') await walk(handle, `${path}${name}/`);
      else found.push(path + name);
    }
  };
  await walk(picked, '');
  return found;
}

it('tells a folder that is gone from a file that is not there', async () => {
  expect(await to.existing('sub/a.7z')).toBeUndefined();
  await to.discard('sub/a.7z');
  await root.removeEntry(picked.name);
  await expect(to.existing('sub/a.7z')).rejects.toMatchObject({ code: 'folder-missing' });
  await expect(to.discard('sub/a.7z')).rejects.toMatchObject({ code: 'folder-missing' });
  await expect(to.write('sub/a.7z', chunks())).rejects.toMatchObject({ code: 'folder-missing' });
});

it('leaves nothing of a file that the browser refuses to close', async () => {
  vi.spyOn(FileSystemWritableFileStream.prototype, 'close').mockImplementation(async function (
    this: FileSystemWritableFileStream,
  ) {
    await this.abort();
    throw new DOMException('Blocked by Safe Browsing.', 'AbortError');
  });
  await expect(to.write('sub/a.7z', chunks())).rejects.toMatchObject({ code: 'save-refused' });
  expect(await names()).toEqual([]);
});

it('never blames the folder for bytes that cannot be read, or for a path that the system cannot make', async () => {
  for (const name of ['NotFoundError', 'NotReadableError']) {
    const unreadable = chunks(() => {
      throw new DOMException('', name);
    });
    await expect(to.write('a.7z', unreadable)).rejects.toMatchObject({ code: 'save-refused' });
  }
  vi.spyOn(FileSystemDirectoryHandle.prototype, 'getFileHandle').mockRejectedValue(
    new DOMException('The path is too long for Windows.', 'NotFoundError'),
  );
  await expect(to.write('a.7z', chunks())).rejects.toMatchObject({ code: 'save-refused' });
});

it('takes a write that fails with the folder for the loss of the folder: a stick that was pulled out', async () => {
  const pulled = chunks(() => {
    vi.spyOn(picked, 'keys').mockImplementation(() => {
      throw new DOMException('', 'NotReadableError');
    });
    throw new DOMException('Input/output error.', 'InvalidStateError');
  });
  await expect(to.write('a.7z', pulled)).rejects.toMatchObject({ code: 'folder-missing' });
});

it('wants the user where the browser does, whatever was tried', async () => {
  vi.spyOn(FileSystemDirectoryHandle.prototype, 'getDirectoryHandle').mockRejectedValue(
    new DOMException('', 'NotAllowedError'),
  );
  await expect(to.existing('a.7z')).rejects.toMatchObject({ code: 'folder-permission' });
  await expect(to.write('a.7z', chunks())).rejects.toMatchObject({ code: 'folder-permission' });
});
