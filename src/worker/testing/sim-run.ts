import { createHash } from 'node:crypto';
import { vi } from 'vitest';
import { formatOrderLink } from '../../order/link.ts';
import { Engine } from '../engine.ts';
import type { FileRecord } from '../ports.ts';
import { seededRandom } from './random.ts';
import { SimFolder } from './sim-folder.ts';
import { SimJournal } from './sim-journal.ts';
import { Machine, type Fault } from './sim-machine.ts';
import { SimNetwork } from './sim-network.ts';
import { SimParts } from './sim-parts.ts';

/** Bytes of a piece in the model; the test lowers the limit of the manifest to it. */
const PIECE = 8192;
/** A browser must have delivered the order within this simulated time, in ms. */
const PATIENCE = 1_800_000;

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function content(seed: number, size: number, zeros: readonly (readonly [number, number])[] = []): Uint8Array {
  const random = seededRandom(seed);
  const bytes = Uint8Array.from({ length: size }, () => 1 + Math.floor(random() * 255));
  for (const [from, to] of zeros) bytes.fill(0, from, to);
  return bytes;
}

/** Several pieces; zeros where recovery takes them for unwritten bytes; an empty file; names that are taken already. */
const files = [
  { path: 'a/first.bin', bytes: content(1, 3.5 * PIECE) },
  {
    path: 'zeros.bin',
    bytes: content(2, 2 * PIECE + 10, [
      [0, 5000],
      [PIECE + 1000, 2 * PIECE],
    ]),
  },
  { path: 'empty.txt', bytes: new Uint8Array() },
  { path: 'taken.bin', bytes: content(3, 2 * PIECE) },
  { path: 'there.bin', bytes: content(4, PIECE + 1) },
];
const foreign = content(5, 2 * PIECE);

const manifest = new TextEncoder().encode(
  JSON.stringify({
    version: 1,
    id: 'A-1',
    title: '',
    createdAt: '2026-01-01T00:00:00Z',
    pieceLength: PIECE,
    files: files.map(({ path, bytes }) => ({
      path,
      size: bytes.length,
      sha256: sha256(bytes),
      pieces: Array.from({ length: Math.ceil(bytes.length / PIECE) }, (_, i) =>
        sha256(bytes.subarray(i * PIECE, (i + 1) * PIECE)),
      ),
    })),
  }),
);
const order = sha256(manifest);
const link = formatOrderLink('https://app.test', { id: 'A-1', key: 'k'.repeat(43), manifest: order });
const picked = { name: 'picked' } as FileSystemDirectoryHandle;

/** One case of the model. */
export interface Case {
  readonly seed: number;
  readonly faults: readonly Fault[];
  /** False gives the engine a part store whose `flush` does nothing. */
  readonly flushes?: boolean;
  /** True for a disk that loses flushed bytes when the power fails. */
  readonly rots?: boolean;
}

/** How a case ended: the number of faults that happened, and what was violated, if anything. */
interface Result {
  readonly fired: number;
  readonly wrong?: string;
}

/**
 * Delivers an order on a simulated computer, through the faults of the case, and checks on the way: a journaled piece was flushed
 * before and is right, a part is only removed when its file is saved and right, nothing that is kept is fetched again. The clock
 * must be vitest's fake one.
 */
export async function deliver(given: Case): Promise<Result> {
  const { seed } = given;
  const run = new Delivery(given);
  const { fired } = run.machine;
  try {
    await run.untilDone();
    return { fired: fired.length };
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    return { fired: fired.length, wrong: `seed ${seed}, ${fired.join(', then ') || 'no fault'}: ${what}` };
  } finally {
    vi.clearAllTimers();
  }
}

class Delivery {
  readonly machine: Machine;
  private readonly journal: SimJournal;
  private readonly parts: SimParts;
  private readonly folder: SimFolder;
  private readonly network: SimNetwork;
  private started = false;
  private violation: Error | undefined;

  constructor({ seed, faults, flushes, rots }: Case) {
    const machine = new Machine(seed, faults);
    this.machine = machine;
    this.journal = new SimJournal(machine);
    this.parts = new SimParts(machine, flushes, rots);
    this.folder = new SimFolder(machine);
    this.network = new SimNetwork(
      machine,
      manifest,
      files.map(({ bytes }) => bytes),
    );
    this.folder.files.set('taken.bin', foreign);
    this.folder.files.set('there.bin', (files[4] as (typeof files)[0]).bytes);
    this.journal.onFile = (record) => this.checkRecord(record);
    this.parts.onRemove = (_, file) => this.checkRemoval(file);
    this.network.onRange = (file, start, end) => this.checkRange(file, start, end);
  }

  /** Starts browsers until one of them ends with everything delivered. */
  async untilDone(): Promise<void> {
    vi.spyOn(Math, 'random').mockImplementation(this.machine.random);
    for (let browsers = 0; ; browsers++) {
      if (browsers > 20) throw new Error('The engine did not start in 20 browsers.');
      const life = this.machine.boot();
      vi.stubGlobal('fetch', this.network.fetch(life));
      vi.spyOn(crypto.subtle, 'digest').mockImplementation(async (_, data) => {
        const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : (data as Uint8Array);
        const hash = createHash('sha256').update(bytes).digest();
        await this.machine.delay(life, 30);
        return new Uint8Array(hash).buffer;
      });
      const done = await this.runBrowser(life);
      vi.clearAllTimers();
      if (done) break;
    }
    this.checkEnd();
  }

  /** True when the order was delivered, false when the browser died. */
  private async runBrowser(life: number): Promise<boolean> {
    let engine: Engine | undefined;
    let startFailed = false;
    let acting = false;
    let idle = 0;
    const ports = {
      journal: this.journal.journal(life),
      parts: this.parts.store(life),
      destinationIn: () => this.folder.destination(life),
      isWritable: () => Promise.resolve(true),
      onChange: () => undefined,
    };
    Engine.start(ports).then(
      (started) => (engine = started),
      () => (startFailed = true),
    );
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.violation) throw this.violation;
      if (this.machine.crashed) return false;
      if (startFailed) return false; // the page starts another worker
      if (engine && !acting) {
        if (this.isDone(engine)) return true;
        acting = true;
        this.act(engine).then(
          () => (acting = false),
          () => (acting = false),
        );
      }
      idle = vi.getTimerCount() === 0 ? idle + 1 : 0;
      if (idle > 20) throw new Error(`The engine hangs: ${this.describe(engine)}`);
      if (performance.now() > PATIENCE) throw new Error(`The engine takes for ever: ${this.describe(engine)}`);
      vi.advanceTimersToNextTimer();
    }
  }

  private isDone(engine: Engine): boolean {
    const [summary] = engine.snapshot(true, undefined).orders;
    return summary?.state === 'done' && this.machine.inFlight === 0;
  }

  /** What a user does: opens the link, chooses a folder, presses Start, and later the one button that is offered. */
  private async act(engine: Engine): Promise<void> {
    const snapshot = engine.snapshot(true, undefined);
    const [summary] = snapshot.orders;
    if (!summary) await engine.open(link);
    else if (!snapshot.folder) await engine.setDestination(picked);
    else if (summary.state === 'ready') {
      if (this.started) this.violation = new Error('A started order forgot that it was started.');
      await engine.start(order);
      this.started = true;
    } else if (summary.state === 'attention') {
      if (summary.reason?.code.startsWith('folder')) await engine.continueSaving();
      else if (summary.reason) await engine.start(order);
      for (const { file, status } of engine.rows(order, 0).rows)
        if (status === 'failed') await engine.retry(order, file);
    }
  }

  private describe(engine: Engine | undefined): string {
    if (!engine) return 'it does not start';
    const [summary] = engine.snapshot(true, undefined).orders;
    const rows = summary ? engine.rows(order, 0).rows.map(({ file, status }) => `${file} ${status}`) : [];
    return `${summary?.state} ${summary?.reason?.code ?? ''} (${rows.join(', ')})`;
  }

  private pieceIsDurable(file: number, piece: number): boolean {
    const [start, end] = [piece * PIECE, (piece + 1) * PIECE];
    const kept = this.parts.durable(order, file)?.subarray(start, end);
    return kept !== undefined && Buffer.compare(kept, truth(file).subarray(start, end)) === 0;
  }

  private checkRecord(record: FileRecord): void {
    if (record.state.kind === 'saved') return this.checkSaved(record.file, `file ${record.file} is called saved`);
    if (this.parts.rotten.has(`${order}/${record.file}`)) return;
    const pieces = Math.ceil(truth(record.file).length / PIECE);
    for (let piece = 0; piece < pieces; piece++) {
      if (isSet(record, piece) && !this.pieceIsDurable(record.file, piece)) {
        this.violation ??= new Error(`Piece ${piece} of file ${record.file} is journaled and was not safely on disk.`);
      }
    }
  }

  private checkRemoval(file: number | undefined): void {
    if (file === undefined) this.violation ??= new Error('The parts of the whole order were removed.');
    else this.checkSaved(file, `the part of file ${file} is removed`);
  }

  private checkSaved(file: number, what: string): void {
    const saved = [...this.folder.files.values()].some((bytes) => Buffer.compare(bytes, truth(file)) === 0);
    if (!saved) this.violation ??= new Error(`It is not in the folder, and ${what}.`);
  }

  private checkRange(file: number, start: number, end: number): void {
    const record = this.journal.file(order, file);
    if (!record) return;
    for (let piece = Math.floor(start / PIECE); piece * PIECE < end; piece++) {
      const kept = record.state.kind === 'saved' || (isSet(record, piece) && this.pieceIsDurable(file, piece));
      if (kept) this.violation ??= new Error(`Piece ${piece} of file ${file} is fetched again although it is kept.`);
    }
  }

  private checkEnd(): void {
    const names = ['a/first.bin', 'zeros.bin', 'empty.txt', 'taken (1).bin', 'there.bin'];
    const expected = new Map(names.map((name, i) => [name, truth(i)] as const)).set('taken.bin', foreign);
    for (const [name, bytes] of expected) {
      const found = this.folder.files.get(name);
      if (!found || Buffer.compare(found, bytes) !== 0)
        throw new Error(`${name} is not right: ${found?.length} bytes.`);
    }
    const sums = new TextDecoder().decode(this.folder.files.get('SHA256SUMS'));
    if (sums.split('\n').length !== files.length + 1) throw new Error(`SHA256SUMS is not whole: ${sums}`);
    const others = [...this.folder.files.keys()].filter((name) => name !== 'SHA256SUMS' && !expected.has(name));
    if (others.length > 0) throw new Error(`Nobody asked for ${others.join(', ')} in the folder.`);
  }
}

function truth(file: number): Uint8Array {
  return (files[file] as (typeof files)[0]).bytes;
}

function isSet(record: FileRecord, piece: number): boolean {
  return ((record.pieces[piece >> 3] ?? 0) & (1 << (piece & 7))) !== 0;
}
