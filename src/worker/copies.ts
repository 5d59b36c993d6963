import pLimit from 'p-limit';
import { AppError } from '../order/errors.ts';
import type { CopyCheck, ImportedFile } from '../engine-api.ts';
import { candidates, findPieces, findWhole, hashOf } from './find-pieces.ts';
import type { FileRun, GivenCopy, OrderRun } from './order-run.ts';
import { sameBytes } from './piece-checks.ts';
import type { Journal, OrderFolder, PartStore } from './ports.ts';
import { MAX_UNSAVED } from './scheduler.ts';

/** What looking at the user's own copies needs of the engine. */
export interface CopyPorts {
  readonly journal: Journal;
  readonly parts: PartStore;
  /** Ends the file's transfers and closes its part. */
  readonly stop: (file: FileRun) => Promise<void>;
  /** Told when a file has all its pieces. */
  readonly onComplete: (file: FileRun) => void;
  /** True when the order's files go into a folder, whether it can be written to now or not. */
  readonly hasFolder: () => boolean;
  /** Where a saved file is. Throws `folder-permission`. */
  readonly folderOf: (file: FileRun) => OrderFolder;
  /** Copies a given file to the destination: `Saves.saveGiven`. */
  readonly save: (file: FileRun) => Promise<boolean | undefined>;
  /** Told when a given file was used up: what it lacks is due. */
  readonly onUsed: () => void;
}

/** Bytes that the user has already: on a stick, in an old folder, in half a download of another program. Only their hash is believed. */
export class Copies {
  /** Given files that need room in the part store, one after the other. */
  private readonly hold = pLimit(1);

  constructor(private readonly ports: CopyPorts) {}

  /**
   * Takes from `copy` what belongs to the order and is not there yet. A whole file is copied straight to the destination, once the
   * order is started; pieces go to the part store. Throws `copy-unreadable`, `storage-…`, `disk-full`.
   */
  async take(order: OrderRun, copy: File, handle?: FileSystemFileHandle): Promise<ImportedFile> {
    const whole = (await findWhole(order, copy)).filter((file) => file.isUntouched);
    for (const file of whole) file.given = { file: copy, handle };
    const taken = { file: undefined as number | undefined, bytes: 0, waits: false };
    const add = (file: FileRun, bytes: number): void => {
      if (bytes > 0) taken.file = file.index;
      taken.bytes += bytes;
    };
    for (const file of whole) {
      const bytes = await this.use(file);
      taken.waits ||= bytes === undefined;
      add(file, bytes ?? file.spec.size);
    }
    for (const { file, pieces } of await findPieces(await candidates(order, copy), copy)) {
      add(file, await this.takePieces(file, copy, pieces));
    }
    return taken;
  }

  /** Uses what was given and had to wait: the order was started, the folder can be written to, there is room again. */
  pump(orders: readonly OrderRun[]): void {
    for (const order of orders) {
      // a copy that cannot be read any more is no loss: its file is fetched
      for (const file of order.files) if (file.given) void this.use(file).catch(() => undefined);
    }
  }

  /** Bytes that need not be fetched; undefined while the given file has to wait. */
  private use(file: FileRun): Promise<number | undefined> {
    return this.ports.hasFolder() ? this.put(file) : this.hold(() => this.keep(file));
  }

  /** Copies a given file to the folder; what is not this file after all, may still hold pieces of it. */
  private async put(file: FileRun): Promise<number | undefined> {
    const { given, order } = file;
    if (!given || !order.isRunning) return undefined;
    const saved = await this.ports.save(file);
    if (saved === undefined) return undefined;
    if (!saved) return this.takeGiven(file, given);
    file.given = undefined;
    return file.spec.size;
  }

  /** Without a folder a given file takes the way of a download: through the part store, a few at a time. */
  private async keep(file: FileRun): Promise<number | undefined> {
    const { given, order } = file;
    return given && order.isRunning && hasRoom(order) ? this.takeGiven(file, given) : undefined;
  }

  private async takeGiven(file: FileRun, given: GivenCopy): Promise<number> {
    try {
      const [found] = await findPieces([file], given.file);
      return found ? await this.takePieces(file, given.file, found.pieces) : 0;
    } finally {
      // only now may the download begin with what it lacks
      file.given = undefined;
      this.ports.onUsed();
    }
  }

  /**
   * Compares a delivered file with the order: the one in the folder where it was saved, or a copy that the user has. Nothing is
   * changed. Throws as `Destination.existing` does, and `copy-unreadable`.
   */
  async check(file: FileRun, given: File | undefined): Promise<CopyCheck> {
    const { copy, good } = await this.compare(file, given);
    const damaged = allPieces(file).filter((piece) => !good.includes(piece));
    if (!copy) return { copy: 'gone', damaged };
    return { copy: damaged.length === 0 && copy.size === file.spec.size ? 'whole' : 'changed', damaged };
  }

  /**
   * Takes the good pieces out of a delivered file, so that only the others are fetched; a saved file is then replaced as a whole, where
   * it is, and a copy of the user's stays as it is. A file that is right is left alone. Throws as `check`.
   */
  async repair(file: FileRun, given: File | undefined): Promise<void> {
    // alone: what the copy gives must not be asked for meanwhile
    await file.alone(async () => {
      const { copy, name, good } = await this.compare(file, given);
      if (copy && good.length === file.pieces && copy.size === file.spec.size) return;
      await file.order.put({ listed: undefined }, this.ports.journal);
      file.lost(copy && name);
      await this.ports.journal.putFile(file.record(), 'strict');
      if (copy && good.length > 0) await this.fill(file, copy, good);
    });
  }

  private async compare(
    file: FileRun,
    given: File | undefined,
  ): Promise<{ copy?: File; name?: string; good: number[] }> {
    const { state } = file;
    if (!file.isDelivered || !file.spec.hashes) {
      throw new AppError('request-invalid', 'Only delivered files with the sender’s checksums can be checked.');
    }
    if (given) return { copy: given, good: await goodPieces(file, given, allPieces(file)) };
    // what went to the browser's downloads is out of sight
    if (state.kind !== 'saved') return { good: [] };
    const { name } = state;
    const copy = await this.ports.folderOf(file).existing(name);
    if (copy === undefined || copy === 'folder') return { name, good: [] };
    return { copy, name, good: await goodPieces(file, copy, allPieces(file)) };
  }

  /** Writes pieces whose hashes were right to the file's part; they are hashed once more while they are saved. */
  private async takePieces(file: FileRun, copy: Blob, good: readonly number[]): Promise<number> {
    return good.length === 0 ? 0 : file.alone(() => this.fill(file, copy, good));
  }

  private async fill(file: FileRun, copy: Blob, good: readonly number[]): Promise<number> {
    await this.ports.stop(file);
    // it may have come meanwhile
    if (file.isDelivered || file.verified.full) return 0;
    let bytes = 0;
    const part = await this.ports.parts.open(file.order.record.order, file.index);
    try {
      for (const piece of good) {
        const { start, end } = file.span(piece);
        if (file.verified.has(piece)) continue;
        part.write(new Uint8Array(await copy.slice(start, end).arrayBuffer()), start);
        bytes += end - start;
      }
      part.flush();
    } finally {
      part.close();
    }
    for (const piece of good) {
      file.verified.add(piece);
      file.partial.delete(piece);
      file.continued.delete(piece);
    }
    file.hasOldPieces = true; // they were not read back: hashed again while they are saved
    const complete = file.verified.full;
    file.apply({ kind: 'retry', complete });
    if (complete) for (const kind of ['begin', 'complete'] as const) file.apply({ kind });
    await this.ports.journal.putFile(file.record(), 'strict');
    if (complete) this.ports.onComplete(file);
    return bytes;
  }
}

/** As for downloads: complete files must not pile up before they are handed over. */
function hasRoom(order: OrderRun): boolean {
  const unsaved = order.files.filter(({ state }) => state.kind === 'verified' || state.kind === 'saving');
  return unsaved.length < MAX_UNSAVED;
}

async function goodPieces(file: FileRun, copy: Blob, pieces: readonly number[]): Promise<number[]> {
  const good: number[] = [];
  for (const piece of pieces) {
    const { start, end } = file.span(piece);
    const expected = file.expected(piece);
    if (end > copy.size || !expected) continue;
    if (sameBytes(await hashOf(copy.slice(start, end)), expected)) good.push(piece);
  }
  return good;
}

function allPieces(file: FileRun): number[] {
  return Array.from({ length: file.pieces }, (_, piece) => piece);
}
