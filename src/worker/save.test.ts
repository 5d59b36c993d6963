import { describe, expect, it } from 'vitest';
import { AppError } from '../order/errors.ts';
import type { FileRun } from './order-run.ts';
import type { Journal, OrderFolder, PartStore } from './ports.ts';
import { saveFile, type SavePorts } from './save.ts';
import { orderOf } from './testing/fakes.ts';
import { Turns } from './turns.ts';

const GIB = 1024 ** 3;

/** A blob of which only the size is real; `read` is what its bytes are, or why they cannot be read. */
const blobOf = (size: number, read: () => Promise<ArrayBuffer>): Blob =>
  ({ size, slice: (from = 0, to = size) => blobOf(Math.min(to, size) - from, read), arrayBuffer: read }) as Blob;

function verified(size: number): FileRun {
  const file = orderOf([size]).files[0]!;
  file.verified.bytes.fill(0xff);
  file.state = { kind: 'verified' };
  return file;
}

/** Ports over a part, and a folder that takes files of up to `most` bytes and refuses what is longer with `code`. */
function portsOf(part: Blob, most: number, code: 'save-refused' | 'folder-full'): [OrderFolder, SavePorts] {
  let there: number | undefined;
  const to: OrderFolder = {
    folder: 0,
    place: '0/A-1',
    existing: () => Promise.resolve(there === undefined ? undefined : (blobOf(there, () => Promise.reject()) as File)),
    discard: () => Promise.resolve(),
    pathOf: () => Promise.resolve(undefined),
    async write(path, chunks) {
      let size = 0;
      for await (const chunk of chunks) {
        size += (chunk as Blob).size;
        if (size > most) throw new AppError(code, path);
      }
      there = size;
    },
  };
  const journal = { putFile: () => Promise.resolve() } as unknown as Journal;
  const parts = { blob: () => Promise.resolve(part), remove: () => Promise.resolve() } as unknown as PartStore;
  return [to, { journal, parts, names: new Turns(), folderOf: () => to }];
}

const read = (): Promise<ArrayBuffer> => Promise.resolve(new ArrayBuffer(1));

describe('a file of 5 GiB', () => {
  it.each(['save-refused', 'folder-full'] as const)(
    'is too large for a disk that takes 4 GiB less one byte, whatever it calls that (%s)',
    async (code) => {
      const saved = saveFile(verified(5 * GIB), ...portsOf(blobOf(5 * GIB, read), 4 * GIB - 1, code));
      await expect(saved).rejects.toMatchObject({ code: 'file-too-large', detail: { path: 'file-0' } });
    },
  );

  it.each([3 * GIB, 4.5 * GIB])('is no such file where the disk ends anywhere else (%d bytes)', async (most) => {
    const saved = saveFile(verified(5 * GIB), ...portsOf(blobOf(5 * GIB, read), most, 'folder-full'));
    await expect(saved).rejects.toMatchObject({ code: 'folder-full' });
  });

  it('is saved where there is room', async () => {
    const file = verified(5 * GIB);
    await saveFile(file, ...portsOf(blobOf(5 * GIB, read), Infinity, 'save-refused'));
    expect(file.state).toEqual({ kind: 'saved', name: 'file-0' });
  });
});

it('does not call it a refusal of the folder when the part cannot be read', async () => {
  const unreadable = (): Promise<ArrayBuffer> => Promise.reject(new DOMException('', 'NotReadableError'));
  const saved = saveFile(verified(100), ...portsOf(blobOf(100, unreadable), 0, 'save-refused'));
  await expect(saved).rejects.toMatchObject({ code: 'storage-failed' });
  await expect(saveFile(verified(100), ...portsOf(blobOf(100, read), 0, 'save-refused'))).rejects.toMatchObject({
    code: 'save-refused',
  });
});
