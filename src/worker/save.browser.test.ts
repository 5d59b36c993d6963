import { beforeEach, expect, it } from 'vitest';
import { createFolderDestination } from './folder-destination.ts';
import type { FileRun, GivenCopy } from './order-run.ts';
import type { Journal, OrderFolder, PartStore } from './ports.ts';
import { sameBytes } from './piece-checks.ts';
import { saveCopy, saveFile, type SavePorts } from './save.ts';
import { MIB, orderOf } from './testing/fakes.ts';
import { Turns } from './turns.ts';

/** 2 MiB and a bit: three pieces. */
const content = Uint8Array.from({ length: 2 * MIB + 100 }, (_, i) => (i * 31) % 256);
let folder: FileSystemDirectoryHandle;
let to: OrderFolder;

beforeEach(async () => {
  const root = await navigator.storage.getDirectory();
  folder = await root.getDirectoryHandle(crypto.randomUUID(), { create: true });
  to = { ...createFolderDestination(folder, 'A-1'), folder: 0, place: '0/A-1' };
});

/** A verified file of `content`, from this run or an earlier one. */
async function verifiedFile(old = false): Promise<FileRun> {
  const hashes = new Uint8Array(96);
  for (let piece = 0; piece < 3; piece++) {
    const bytes = content.slice(piece * MIB, (piece + 1) * MIB);
    hashes.set(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)), piece * 32);
  }
  const file = orderOf([content.length], { hashes, path: 'sub/chip.7z' }).files[0]!;
  for (let piece = 0; piece < 3; piece++) file.verified.add(piece);
  file.hasOldPieces = old;
  file.state = { kind: 'verified' };
  return file;
}

/** Ports over bytes in memory: what is under test is the order of steps and the real folder. */
function portsOf(bytes: Uint8Array<ArrayBuffer>): SavePorts & { steps: string[] } {
  const steps: string[] = [];
  const parts = {
    blob: () => Promise.resolve(new File([bytes], 'part')),
    remove: () => Promise.resolve(void steps.push('removed')),
  } as unknown as PartStore;
  const journal = {
    putFile: (record: { state: { kind: string } }, durability: string) =>
      Promise.resolve(void steps.push(`${record.state.kind} ${durability}`)),
  } as unknown as Journal;
  return { parts, journal, names: new Turns(), folderOf: () => to, steps };
}

const savedBytes = async (path: string): Promise<Uint8Array | undefined> => {
  const file = await to.existing(path);
  return file instanceof File ? new Uint8Array(await file.arrayBuffer()) : undefined;
};

it.each([false, true])('journals, writes, journals, and only then removes the part (old pieces: %s)', async (old) => {
  const file = await verifiedFile(old);
  const ports = portsOf(content);
  await saveFile(file, to, ports);
  expect(ports.steps).toEqual(['saving strict', 'saved strict', 'removed']);
  // toEqual walks two million numbers one by one
  expect(sameBytes((await savedBytes('sub/chip.7z')) ?? new Uint8Array(), content)).toBe(true);
});

it('adopts the same content and never overwrites other content', async () => {
  await saveFile(await verifiedFile(), to, portsOf(content));
  const again = portsOf(content);
  await saveFile(await verifiedFile(), to, again);
  expect(again.steps).toEqual(['saved strict', 'removed']);

  const other = await verifiedFile();
  await to.write(
    'sub/chip.7z',
    (async function* () {
      yield Uint8Array.of(1);
    })(),
  );
  await saveFile(other, to, portsOf(content));
  expect(other.state).toEqual({ kind: 'saved', name: 'sub/chip (1).7z' });
  expect(await savedBytes('sub/chip.7z')).toEqual(Uint8Array.of(1));
});

it('finishes its own empty file after a crash and sweeps the swap file, but leaves a stranger alone', async () => {
  const sub = await (
    await folder.getDirectoryHandle('A-1', { create: true })
  ).getDirectoryHandle('sub', { create: true });
  await sub.getFileHandle('chip.7z', { create: true });
  await sub.getFileHandle('chip.7z.crswap', { create: true });
  const ours = await verifiedFile(true);
  ours.state = { kind: 'saving' };
  ours.claimed = 'sub/chip.7z';
  await saveFile(ours, to, portsOf(content));
  expect(ours.state).toEqual({ kind: 'saved', name: 'sub/chip.7z' });
  await expect(sub.getFileHandle('chip.7z.crswap')).rejects.toThrow('could not be found');

  await sub.removeEntry('chip.7z');
  await sub.getFileHandle('chip.7z', { create: true });
  const stranger = await verifiedFile();
  await saveFile(stranger, to, portsOf(content));
  expect(stranger.state).toEqual({ kind: 'saved', name: 'sub/chip (1).7z' });
});

it('finds a byte that changed on disk since an earlier run, saves nothing, and clears only that piece', async () => {
  const bad = content.slice();
  bad[MIB + 5]! ^= 1;
  const file = await verifiedFile(true);
  await expect(saveFile(file, to, portsOf(bad))).rejects.toMatchObject({ code: 'piece-damaged' });
  expect([0, 1, 2].map((piece) => file.verified.has(piece))).toEqual([true, false, true]);
  expect((await savedBytes('sub/chip.7z')) ?? new Uint8Array()).toHaveLength(0);
});

/** A file of `content` of which nothing is there yet. */
async function missingFile(): Promise<FileRun> {
  const file = await verifiedFile();
  file.verified.clear();
  file.state = { kind: 'waiting' };
  return file;
}

const given = (bytes: Uint8Array<ArrayBuffer>, handle?: FileSystemFileHandle): GivenCopy => ({
  file: new File([bytes], 'old name'),
  handle,
});

it('copies a given file to the folder, claimed in the journal first, without a part', async () => {
  const file = await missingFile();
  const ports = portsOf(new Uint8Array());
  expect(await saveCopy(file, given(content), to, ports)).toBe(true);
  expect(ports.steps).toEqual(['waiting strict', 'saved strict', 'removed']);
  expect(file.state).toEqual({ kind: 'saved', name: 'sub/chip.7z' });
  expect(sameBytes((await savedBytes('sub/chip.7z')) ?? new Uint8Array(), content)).toBe(true);
});

it('saves nothing of a given file that is another one after all, and leaves nothing behind', async () => {
  const file = await missingFile();
  const wrong = content.slice();
  wrong[MIB + 5]! ^= 1;
  expect(await saveCopy(file, given(wrong), to, portsOf(new Uint8Array()))).toBe(false);
  expect(file.state).toEqual({ kind: 'waiting' });
  expect(await to.existing('sub/chip.7z')).toBeUndefined();
});

it('says when a given file cannot be read any more, and stops when the order is paused', async () => {
  const file = await missingFile();
  const gone = {
    file: { size: content.length, slice: () => ({ arrayBuffer: () => Promise.reject(new Error('gone')) }) },
  };
  const unreadable = saveCopy(file, gone as unknown as GivenCopy, to, portsOf(new Uint8Array()));
  await expect(unreadable).rejects.toMatchObject({ code: 'copy-unreadable' });
  file.abort.abort();
  await expect(saveCopy(file, given(content), to, portsOf(new Uint8Array()))).rejects.toThrow();
  expect(await to.existing('sub/chip.7z')).toBeUndefined();
});

it('leaves a given file where it is when that is the order’s folder; another file’s place is not its own', async () => {
  const order = await folder.getDirectoryHandle('A-1', { create: true });
  const handle = await order.getFileHandle('mine.7z', { create: true });
  const writable = await handle.createWritable();
  await writable.write(content);
  await writable.close();
  const file = await missingFile();
  const ports = portsOf(new Uint8Array());
  expect(await saveCopy(file, { file: await handle.getFile(), handle }, to, ports)).toBe(true);
  expect(ports.steps).toEqual(['saved strict', 'removed']);
  expect(file.state).toEqual({ kind: 'saved', name: 'mine.7z' });

  const elsewhere = await folder.getFileHandle('beside.7z', { create: true });
  expect(await to.pathOf(elsewhere)).toBeUndefined();
});
