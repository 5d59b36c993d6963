import { AppError } from '../order/errors.ts';
import type { CopyCheck, ImportedFile } from '../engine-api.ts';
import { findPieces, hashOf } from './find-pieces.ts';
import type { FileRun, OrderRun } from './order-run.ts';
import { sameBytes } from './piece-checks.ts';
import type { Journal, OrderFolder, PartStore } from './ports.ts';

/** What looking at the user's own copies needs of the engine. */
export interface CopyPorts {
  readonly journal: Journal;
  readonly parts: PartStore;
  /** Ends the file's transfers and closes its part. */
  readonly stop: (file: FileRun) => Promise<void>;
  /** Told when a file has all its pieces. */
  readonly onComplete: (file: FileRun) => void;
}

/** Bytes that the user has already: on a stick, in an old folder, in half a download of another program. Only their hash is believed. */
export class Copies {
  constructor(private readonly ports: CopyPorts) {}

  /** Takes from `copy` every piece that belongs to the order and is not there yet. Throws `storage-…`, `disk-full`. */
  async take(order: OrderRun, copy: File): Promise<ImportedFile> {
    const taken = { file: undefined as number | undefined, bytes: 0 };
    for (const { file, pieces } of await findPieces(order, copy)) {
      taken.file = file.index;
      taken.bytes += await this.takePieces(file, copy, pieces);
    }
    return taken;
  }

  /** Compares a saved file with the order. Nothing is changed. Throws as `Destination.existing` does, and `copy-unreadable`. */
  async check(file: FileRun, to: OrderFolder): Promise<CopyCheck> {
    const { copy, good } = await this.compare(file, to);
    const damaged = allPieces(file).filter((piece) => !good.includes(piece));
    if (!copy) return { copy: 'gone', damaged };
    return { copy: damaged.length === 0 && copy.size === file.spec.size ? 'whole' : 'changed', damaged };
  }

  /**
   * Takes the good pieces back out of a saved file, so that only the others are fetched; the file is then replaced as a whole, where
   * it is. A file that is right stays as it is. Throws as `check`.
   */
  async repair(file: FileRun, to: OrderFolder): Promise<void> {
    // alone: what the copy gives must not be asked for meanwhile
    await file.alone(async () => {
      const { copy, name, good } = await this.compare(file, to);
      if (copy && good.length === file.pieces && copy.size === file.spec.size) return;
      await file.order.put({ listed: undefined }, this.ports.journal);
      file.lost(copy && name);
      await this.ports.journal.putFile(file.record(), 'strict');
      if (copy && good.length > 0) await this.fill(file, copy, good);
    });
  }

  private async compare(file: FileRun, to: OrderFolder): Promise<{ copy?: File; name: string; good: number[] }> {
    if (file.state.kind !== 'saved' || !file.spec.hashes) {
      throw new AppError('request-invalid', 'Only saved files with the sender’s checksums can be checked.');
    }
    const { name } = file.state;
    const copy = await to.existing(name);
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
