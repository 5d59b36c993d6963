import { AppError } from '../order/errors.ts';
import { numberedName } from '../order/file-name.ts';
import type { FileRun } from './order-run.ts';
import { checkedPieces, holdsFile, wholePart } from './part-bytes.ts';
import type { Destination, Journal, PartStore } from './ports.ts';

/** What saving needs of the engine. */
export interface SavePorts {
  readonly journal: Journal;
  readonly parts: PartStore;
}

/**
 * Copies a verified file to the destination: check the name, journal "saving <name>", write, close, compare the size, journal
 * "saved", remove the part. A name in the journal is ours: what a crash left there is discarded first. Throws
 * `folder-…`, `save-refused`, and `piece-damaged` when the part changed on disk since it was verified (its piece is cleared).
 */
export async function saveFile(file: FileRun, to: Destination, ports: SavePorts): Promise<void> {
  const { journal, parts } = ports;
  if (file.claimed !== undefined) await to.discard(file.claimed);
  const { name, adopt } = await chooseName(file, to);
  file.claimed = name;
  file.apply({ kind: 'save' });
  if (!adopt) {
    await journal.putFile(file.record(), 'strict');
    await to.write(name, chunks(file, parts));
    const written = await to.existing(name);
    if (written === 'folder' || written?.size !== file.spec.size) {
      throw new AppError('save-refused', `${name} did not arrive whole in the folder. It is kept and tried again.`);
    }
  }
  await finish(file, name, ports);
  file.apply({ kind: 'saved', name });
}

/**
 * True when the destination has the file already, as after the browser evicted everything: it is found by its hashes and not
 * fetched. Throws as `saveFile`.
 */
export async function adoptFile(file: FileRun, to: Destination, ports: SavePorts): Promise<boolean> {
  if (!file.spec.hashes) return false;
  const name = file.claimed ?? file.safePath;
  const there = await to.existing(name);
  if (!there || there === 'folder' || !(await holdsFile(file, there))) return false;
  await finish(file, name, ports);
  file.apply({ kind: 'adopt', name });
  return true;
}

async function finish(file: FileRun, name: string, ports: SavePorts): Promise<void> {
  await ports.journal.putFile({ ...file.record(), replaces: undefined, state: { kind: 'saved', name } }, 'strict');
  file.replaces = undefined;
  // a part that could not be removed is removed at the next start
  await ports.parts.remove(file.order.record.order, file.index).catch(() => undefined);
}

/**
 * The first free name. The same content already there is adopted and not written; other content is never overwritten, but for
 * a copy that the user let us check and that was damaged.
 */
async function chooseName(file: FileRun, to: Destination): Promise<{ name: string; adopt: boolean }> {
  const cut = file.safePath.lastIndexOf('/') + 1;
  for (let n = 0; ; n++) {
    const last = file.safePath.slice(cut);
    const name = file.safePath.slice(0, cut) + (n === 0 ? last : numberedName(last, n));
    const there = await to.existing(name);
    if (!there) return { name, adopt: false };
    if (there !== 'folder' && (await holdsFile(file, there))) return { name, adopt: true };
    if (there !== 'folder' && name === file.replaces) return { name, adopt: false };
  }
}

/** The part's bytes: at once where this run verified them, else piece by piece, each hashed again in the buffer that is written. */
async function* chunks(file: FileRun, parts: PartStore): AsyncGenerator<Blob | BufferSource> {
  const part = await wholePart(file, parts);
  if (file.hasOldPieces) yield* checkedPieces(file, part);
  else if (part.size > 0) yield part;
}
