import { AppError } from '../order/errors.ts';
import type { CopyCheck, ImportedFile } from '../engine-api.ts';
import { findPieces, hashOf } from './find-pieces.ts';
import type { FileRun, OrderRun } from './order-run.ts';
import { sameBytes } from './piece-checks.ts';
import type { Destination, Journal, PartStore } from './ports.ts';

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

  /**
   * Compares a saved file with the order. Where bytes have changed or are gone, the good pieces are taken back and the others
   * will be fetched again; the file is then replaced as a whole. Throws as `Destination.existing` does.
   */
  async check(file: FileRun, to: Destination): Promise<CopyCheck> {
    if (file.state.kind !== 'saved' || !file.spec.hashes) {
      throw new AppError('request-invalid', 'Only saved files with the sender’s checksums can be checked.');
    }
    const { name } = file.state;
    const copy = await to.existing(name);
    const good = copy instanceof Blob ? await goodPieces(file, copy, allPieces(file)) : [];
    if (good.length === file.pieces && copy instanceof Blob && copy.size === file.spec.size) return { damaged: [] };
    file.verified.clear();
    if (copy instanceof Blob) await this.takePieces(file, copy, good);
    file.claimed = name;
    file.replaces = copy === 'folder' ? undefined : name;
    file.apply({ kind: 'found-damaged' });
    await this.ports.journal.putFile(file.record(), 'strict');
    return { damaged: allPieces(file).filter((piece) => !good.includes(piece)) };
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
