import { AppError, toAppError } from '../order/errors.ts';
import { numberedName } from '../order/file-name.ts';
import type { FileRun, GivenCopy, OrderRun } from './order-run.ts';
import { checkedCopy, checkedPart, checkedPieces, holdsFile, wholePart } from './part-bytes.ts';
import { sameBytes } from './piece-checks.ts';
import type { Journal, OrderFolder, PartStore } from './ports.ts';
import type { Turns } from './turns.ts';

/** The largest file that FAT32 holds, as most sticks are formatted: 4 GiB less one byte. */
const FAT32_MOST = 2 ** 32 - 1;

/** What saving needs of the engine. */
export interface SavePorts {
  readonly journal: Journal;
  readonly parts: PartStore;
  /** Names in the user's folders that somebody looks at or writes: two saves must not choose one. */
  readonly names: Turns<string>;
  /** The folder of an order, in a folder that the user picked; undefined when it cannot be reached without asking. */
  readonly folderOf: (order: OrderRun, folder?: number) => OrderFolder | undefined;
}

/**
 * Copies a verified file to the destination: check the name, journal "saving <name>", write, close, compare the size, journal
 * "saved", remove the part. A name in the journal is ours: what a crash left there is discarded first. Throws
 * `folder-…`, `save-refused`, `file-too-large`, and `piece-damaged` when the part changed on disk since it was verified (its piece
 * is cleared).
 */
export async function saveFile(file: FileRun, to: OrderFolder, ports: SavePorts): Promise<void> {
  const begun = file.folder === to.folder ? file.claimed : undefined;
  await discardClaimed(file, ports).catch((error: unknown) => {
    // a folder that files are not saved in any more stops nothing
    if (file.folder === to.folder) throw error;
  });
  for (const name of namesOf(file)) {
    const saved = await ports.names.take(placeOf(to, name), () =>
      saveAs(name, file, to, ports, { isBegun: name === begun }),
    );
    if (saved) return;
  }
}

/**
 * Copies a file that the user has to the destination, each piece hashed in the buffer that is written: no part is needed. One that
 * lies in the order's folder already stays as it is. False, and nothing is saved, when it is another file after all. Throws as
 * `saveFile`, and `copy-unreadable`.
 */
export async function saveCopy(file: FileRun, given: GivenCopy, to: OrderFolder, ports: SavePorts): Promise<boolean> {
  const here = given.handle && (await to.pathOf(given.handle));
  if (here !== undefined && !belongsToAnother(file, here)) return adoptGiven(here, file, given, to, ports);
  await discardClaimed(file, ports);
  const { signal } = file.abort;
  const bytes = (): AsyncIterable<BufferSource> => checkedCopy(file, given.file, signal);
  try {
    for (const name of namesOf(file)) {
      const saved = await ports.names.take(placeOf(to, name), () => saveAs(name, file, to, ports, { bytes }));
      if (saved) return true;
    }
    return false;
  } catch (error) {
    if (error instanceof AppError && error.code === 'piece-damaged') return false;
    throw error;
  }
}

async function adoptGiven(
  name: string,
  file: FileRun,
  given: GivenCopy,
  to: OrderFolder,
  ports: SavePorts,
): Promise<boolean> {
  if (!(await holdsFile(file, given.file))) return false;
  await finish(file, name, to, ports);
  file.apply({ kind: 'adopt', name });
  return true;
}

function belongsToAnother(file: FileRun, name: string): boolean {
  return file.order.files.some(
    (other) =>
      other !== file && [other.safePath, other.claimed, 'name' in other.state && other.state.name].includes(name),
  );
}

/**
 * True when the destination has the file already, as after the browser evicted everything: it is found by its hashes and not
 * fetched. Throws as `saveFile`.
 */
export async function adoptFile(file: FileRun, to: OrderFolder, ports: SavePorts): Promise<boolean> {
  if (!file.spec.hashes) return false;
  for (const name of namesOf(file)) {
    const there = await to.existing(name);
    if (!there) break;
    if (there === 'folder' || !(await compare(file, there))) continue;
    await finish(file, name, to, ports);
    file.apply({ kind: 'adopt', name });
    return true;
  }
  return false;
}

async function compare(file: FileRun, there: Blob): Promise<boolean> {
  file.comparing = there.size === file.spec.size;
  try {
    return await holdsFile(file, there);
  } finally {
    file.comparing = false;
  }
}

/** Takes away what a begun save left at its name, where that folder can be reached. Throws as `Destination.discard`. */
export async function discardClaimed(file: FileRun, ports: SavePorts): Promise<void> {
  if (file.claimed === undefined) return;
  await ports.folderOf(file.order, file.folder)?.discard(file.claimed);
}

/** The key of a name among those that somebody works on. Some systems take two names for one that differ only by case. */
export function placeOf({ place }: OrderFolder, name: string): string {
  return `${place}/${name}`.toLowerCase();
}

/** Where the bytes of a save come from, when that is not the part, and whether an earlier run began it. */
interface Begin {
  readonly bytes?: () => AsyncIterable<BufferSource>;
  readonly isBegun?: boolean;
}

/**
 * False when the name is taken: other content is never overwritten, but for a damaged copy that the user let us replace, and for what
 * a power cut left of a save that was begun there.
 */
async function saveAs(
  name: string,
  file: FileRun,
  to: OrderFolder,
  ports: SavePorts,
  { bytes, isBegun = false }: Begin,
): Promise<boolean> {
  const there = await to.existing(name);
  const replaced = name === file.replaces && to.folder === file.folder;
  if (there === 'folder') return false;
  const adopted = there !== undefined && (await holdsFile(file, there));
  if (there && !adopted && !replaced && !(isBegun && (await isBeginning(there, file, ports.parts)))) return false;
  file.apply({ kind: 'save' });
  if (!adopted) {
    if (file.folder !== to.folder) file.replaces = undefined;
    file.claimed = name;
    file.folder = to.folder;
    await ports.journal.putFile(file.record(), 'strict');
    await write(name, file, to, bytes ? { bytes } : { bytes: () => chunks(file, ports.parts), parts: ports.parts });
    const written = await to.existing(name);
    if (written === 'folder' || written?.size !== file.spec.size) {
      throw new AppError('save-refused', `${name} did not arrive whole in the folder. It is kept and tried again.`);
    }
  }
  await finish(file, name, to, ports);
  file.apply({ kind: bytes ? 'adopt' : 'saved', name });
  return true;
}

async function finish(file: FileRun, name: string, to: OrderFolder, ports: SavePorts): Promise<void> {
  const where = { folder: to.folder, claimed: undefined, replaces: undefined, fresh: true };
  await ports.journal.putFile({ ...file.record(), ...where, state: { kind: 'saved', name } }, 'strict');
  Object.assign(file, where);
  // a part that could not be removed is removed at the next start
  await ports.parts.remove(file.order.record.order, file.index).catch(() => undefined);
}

/** The file's own name, then numbered ones; those that other files of the order have as their own are left to them. */
function* namesOf({ safePath, order }: FileRun): Generator<string> {
  const cut = safePath.lastIndexOf('/') + 1;
  yield safePath;
  for (let n = 1; ; n++) {
    const name = safePath.slice(0, cut) + numberedName(safePath.slice(cut), n);
    if (!order.hasName(name)) yield name;
  }
}

/** Bytes to be saved, and the store where they are a part. */
interface Source {
  readonly bytes: () => AsyncIterable<Blob | BufferSource>;
  readonly parts?: PartStore;
}

async function write(name: string, file: FileRun, to: OrderFolder, { bytes, parts }: Source): Promise<void> {
  const taken = { bytes: 0, next: 0 };
  try {
    await to.write(name, counted(bytes(), taken));
  } catch (thrown) {
    const error = toAppError(thrown, 'save-refused');
    const crossed = taken.bytes <= FAT32_MOST && taken.bytes + taken.next > FAT32_MOST;
    if (crossed && (error.code === 'save-refused' || error.code === 'folder-full')) {
      throw new AppError(
        'file-too-large',
        `${name} is larger than 4 GiB, and the disk of the folder takes no such file.`,
        { path: file.spec.path },
      );
    }
    if (error.code === 'save-refused' && parts) await probe(file, parts);
    throw error;
  }
}

/** True when `there` is the part, cut short. */
async function isBeginning(there: Blob, file: FileRun, parts: PartStore): Promise<boolean> {
  const part = await checkedPart(file, parts);
  const { pieceLength } = file.spec;
  for (let at = 0; at < there.size; at += pieceLength) {
    const end = Math.min(at + pieceLength, there.size);
    const ours = new Uint8Array(await part.slice(at, end).arrayBuffer());
    if (!sameBytes(ours, new Uint8Array(await there.slice(at, end).arrayBuffer()))) return false;
  }
  return true;
}

/** It may be the part that cannot be read, not the folder that refuses. Throws `storage-failed`, `piece-damaged`. */
async function probe(file: FileRun, parts: PartStore): Promise<void> {
  const part = await wholePart(file, parts);
  await part
    .slice(0, 1)
    .arrayBuffer()
    .catch((error: unknown) => {
      throw toAppError(error, 'storage-failed');
    });
}

/** Counts what was taken, and what comes next. */
async function* counted(
  chunks: AsyncIterable<Blob | BufferSource>,
  taken: { bytes: number; next: number },
): AsyncGenerator<Blob | BufferSource> {
  for await (const chunk of chunks) {
    taken.next = 'size' in chunk ? chunk.size : chunk.byteLength;
    yield chunk;
    taken.bytes += taken.next;
  }
  taken.next = 0;
}

/** The part's bytes: at once where this run verified them, else piece by piece, each hashed again in the buffer that is written. */
async function* chunks(file: FileRun, parts: PartStore): AsyncGenerator<Blob | BufferSource> {
  const part = await wholePart(file, parts);
  if (file.hasOldPieces) {
    yield* checkedPieces(file, part);
    return;
  }
  if (part.size <= FAT32_MOST) {
    if (part.size > 0) yield part;
    return;
  }
  // cut around the place where FAT32 ends: a write that fails there is no other trouble
  let at = 0;
  for (const end of [FAT32_MOST, FAT32_MOST + 1024 * 1024, part.size]) {
    if (at < part.size) yield part.slice(at, Math.min(end, part.size));
    at = end;
  }
}
