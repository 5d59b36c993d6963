/**
 * The log of the instrumented build: every write to a part, for counting what the page received twice. A line is `order file offset
 * length`, with a `!` before it when the disk did not take the bytes; `start` stands at each start of an
 * engine, `room` where the disk was asked for some.
 */
const NAME = 'test-writes.log';
/** Bytes that are reserved at first: the log must still be written when the disk is full. */
const RESERVED = 256 * 1024;
const BLANK = ' '.charCodeAt(0);

/** Adds a line. */
export type Note = (line: string) => void;

/** Opens the log behind its last line. */
export async function openWriteLog(): Promise<Note> {
  const handle = await (await navigator.storage.getDirectory()).getFileHandle(NAME, { create: true });
  const file = await openAlone(handle);
  if (file.getSize() === 0) file.write(new Uint8Array(RESERVED).fill(BLANK));
  const before = new Uint8Array(file.getSize());
  file.read(before, { at: 0 });
  let end = before.length;
  while (end > 0 && before[end - 1] === BLANK) end--;
  const note = (line: string): void => {
    end += file.write(new TextEncoder().encode(`${line}\n`), { at: end });
  };
  note('start');
  return note;
}

/** The handle of a worker or a browser that was killed can linger. */
async function openAlone(handle: FileSystemFileHandle): Promise<FileSystemSyncAccessHandle> {
  for (;;) {
    try {
      return await handle.createSyncAccessHandle();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
