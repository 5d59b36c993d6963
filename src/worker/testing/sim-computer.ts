import { createHash } from 'node:crypto';
import { vi } from 'vitest';
import type { EnginePorts } from '../engine.ts';
import type { FileRecord } from '../ports.ts';
import { SimFolder } from './sim-folder.ts';
import { plainHasher } from './plain-hasher.ts';
import { SimJournal } from './sim-journal.ts';
import type { Machine } from './sim-machine.ts';
import { PIECE, type SimOrder } from './sim-order.ts';
import { SimParts } from './sim-parts.ts';

/** The folder that the simulated user picks. */
export const picked = simHandle('picked');
/** Another one. */
export const otherPicked = simHandle('other');

function simHandle(name: string): FileSystemDirectoryHandle {
  const handle: Partial<FileSystemDirectoryHandle> = {
    name,
    isSameEntry: (other) => Promise.resolve(other === handle),
  };
  return handle as FileSystemDirectoryHandle;
}

/**
 * The storage of a simulated computer, which checks at each operation what must always be true of one order: a journaled piece was
 * flushed before and is right, a part is only removed when its file is saved and right, or given up, nothing that is kept is fetched again.
 */
export class Computer {
  readonly journal: SimJournal;
  readonly parts: SimParts;
  /** What is in `picked`. */
  readonly folder: SimFolder;
  /** What is in `otherPicked`. */
  readonly other: SimFolder;
  /** False while the user has to be asked before a folder may be used. */
  permitted: (handle: FileSystemDirectoryHandle) => boolean = () => true;
  /** True while the user removes the order. */
  removing = false;
  /** What was violated first. */
  violation: Error | undefined;

  constructor(
    readonly machine: Machine,
    readonly published: SimOrder,
    options: { readonly flushes?: boolean | undefined; readonly rots?: boolean | undefined } = {},
  ) {
    this.journal = new SimJournal(machine);
    this.parts = new SimParts(machine, options.flushes, options.rots);
    this.folder = new SimFolder(machine);
    this.other = new SimFolder(machine);
    this.journal.onFile = (record) => this.checkRecord(record);
    this.parts.onRemove = (order, file) => this.checkRemoval(order, file);
  }

  /** Starts a browser: its ports, and what it gets of the platform. */
  boot(fetchOf: (life: number) => typeof fetch): { readonly life: number; readonly ports: EnginePorts } {
    const { machine } = this;
    const life = machine.boot();
    vi.spyOn(Math, 'random').mockImplementation(machine.random);
    vi.stubGlobal('fetch', fetchOf(life));
    vi.spyOn(crypto.subtle, 'digest').mockImplementation(async (_, data) => {
      const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : (data as Uint8Array);
      const hash = createHash('sha256').update(bytes).digest();
      await machine.delay(life, 30);
      return new Uint8Array(hash).buffer;
    });
    const ports: EnginePorts = {
      journal: this.journal.journal(life),
      parts: this.parts.store(life),
      destinationIn: (handle, id) =>
        (handle === picked ? this.folder : this.other).destination(life, id === this.published.id ? '' : `${id}/`),
      hasher: plainHasher,
      isWritable: (handle) => Promise.resolve(this.permitted(handle)),
      onChange: () => undefined,
    };
    return { life, ports };
  }

  /** Checks a request for bytes `[start, end)` of a file. */
  checkRange(file: number, start: number, end: number): void {
    const record = this.journal.file(this.published.order, file);
    if (!record) return;
    for (let piece = Math.floor(start / PIECE); piece * PIECE < end; piece++) {
      const kept = record.state.kind === 'saved' || (isSet(record, piece) && this.pieceIsDurable(file, piece));
      if (kept) this.violation ??= new Error(`Piece ${piece} of file ${file} is fetched again although it is kept.`);
    }
  }

  private truth(file: number): Uint8Array {
    return this.published.files[file]?.bytes ?? new Uint8Array();
  }

  private pieceIsDurable(file: number, piece: number): boolean {
    const [start, end] = [piece * PIECE, (piece + 1) * PIECE];
    const kept = this.parts.durable(this.published.order, file)?.subarray(start, end);
    return kept !== undefined && Buffer.compare(kept, this.truth(file).subarray(start, end)) === 0;
  }

  private checkRecord(record: FileRecord): void {
    if (record.order !== this.published.order) return;
    if (record.state.kind === 'saved') {
      // later its owner may do what they like with it
      if (record.fresh) this.checkSaved(record.file, `file ${record.file} is called saved`);
      return;
    }
    if (record.state.kind === 'handed-over' && record.state.confirmed) return;
    if (this.parts.rotten.has(`${record.order}/${record.file}`)) return;
    const pieces = Math.ceil(this.truth(record.file).length / PIECE);
    for (let piece = 0; piece < pieces; piece++) {
      if (isSet(record, piece) && !this.pieceIsDurable(record.file, piece)) {
        this.violation ??= new Error(`Piece ${piece} of file ${record.file} is journaled and was not safely on disk.`);
      }
    }
  }

  private checkRemoval(order: string, file: number | undefined): void {
    if (order !== this.published.order || this.removing) return;
    if (file === undefined) this.violation ??= new Error('The parts of the whole order were removed.');
    // the user found it in the browser's downloads, or it was given up
    else if (!this.isGivenUp(order, file) && this.journal.file(order, file)?.state.kind !== 'handed-over')
      this.checkSaved(file, `the part of file ${file} is removed`);
  }

  private isGivenUp(order: string, file: number): boolean {
    const record = this.journal.file(order, file);
    return record?.state.kind === 'waiting' && record.pieces.every((bits) => bits === 0);
  }

  private checkSaved(file: number, what: string): void {
    const saved = [...this.folder.files.values(), ...this.other.files.values()].some(
      (bytes) => Buffer.compare(bytes, this.truth(file)) === 0,
    );
    if (!saved) this.violation ??= new Error(`It is not in the folder, and ${what}.`);
  }
}

function isSet(record: FileRecord, piece: number): boolean {
  return ((record.pieces[piece >> 3] ?? 0) & (1 << (piece & 7))) !== 0;
}
