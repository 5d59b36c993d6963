import pLimit, { type LimitFunction } from 'p-limit';
import { toAppError, type AppError, type AppErrorData } from '../order/errors.ts';
import { backoff } from './backoff.ts';
import { checksumCount, checksumsAreDue, writeChecksums } from './checksums.ts';
import type { EventLog } from './event-log.ts';
import type { FileRun, OrderRun } from './order-run.ts';
import type { OrderFolder } from './ports.ts';
import { adoptFile, discardClaimed, saveCopy, saveFile, type SavePorts } from './save.ts';
import { SaveSpeed } from './speed.ts';
import { Turns } from './turns.ts';

/**
 * Closing a saved file waits on the browser's own check, which reads it again: four at once are the fastest (measured). It also asks
 * a server, for up to five seconds where that is not to be reached, so that many small ones wait together.
 */
const AT_ONCE = 4;
const SMALL_AT_ONCE = 16;
/** 4 MiB, in bytes: sixteen of them weigh less than one file of an order. */
const SMALL = 4 * 1024 * 1024;
const MAX_ATTEMPTS = 3;
/** Attempts to write the list of checksums, before an order is done without it. */
const LIST_ATTEMPTS = 6;
/** After this long, in ms, systems have written down what was closed. */
const SETTLED = 60_000;
/** The next look at a full destination, or at a full disk behind the journal, in ms. */
const FULL_PAUSE = 30_000;

/** What the queue of saves needs of the engine. */
export interface SaveQueuePorts extends Omit<SavePorts, 'names'> {
  readonly log: EventLog;
  readonly orders: () => readonly OrderRun[];
  /** A file was saved, or one that was saved before is known again. */
  readonly onSaved: (order: OrderRun) => void;
  readonly onChange: () => void;
}

/** Saves verified files, several at a time, while later ones are downloaded. */
export class Saves {
  /** Why nothing is saved at the moment; undefined when saving goes on. */
  blocked: AppErrorData | undefined;
  readonly speed = new SaveSpeed();
  private readonly large = pLimit(AT_ONCE);
  private readonly small = pLimit(SMALL_AT_ONCE);
  private readonly queued = new Map<FileRun, Promise<unknown>>();
  private readonly finishing = new Map<OrderRun, Promise<void>>();
  private readonly attempts = new Map<FileRun, number>();
  /** Saved files that wait to be settled, or that are looked for. */
  private readonly settling = new Set<FileRun>();
  /** Files that wait for their next attempt. */
  private readonly resting = new Set<FileRun>();

  private readonly ports: SaveQueuePorts & SavePorts;

  constructor(ports: SaveQueuePorts) {
    this.ports = { ...ports, names: new Turns() };
  }

  /** Queues a verified file, or one whose save was interrupted. */
  add(file: FileRun): void {
    if (!isDue(file) || this.blocked || this.queued.has(file) || this.resting.has(file)) return;
    if (!this.ports.folderOf(file.order)) return;
    const job = this.turnOf(file)(() => this.save(file)).finally(() => {
      this.queued.delete(file);
      this.add(file); // the user may have acted meanwhile
      this.finish(file.order);
      this.ports.onChange();
    });
    this.queued.set(file, job);
  }

  /** Takes up saving again after the user acted, and at the start: what stopped it stopped all orders. */
  resume(): void {
    this.blocked = undefined;
    this.resting.clear();
    for (const order of this.ports.orders()) {
      for (const file of order.files) {
        this.add(file);
        if (file.state.kind === 'handed-over') void this.release(file);
        if (file.fresh && !this.settling.has(file)) void this.lookFor(file);
      }
      this.finish(order);
    }
  }

  /** True when the destination has the file already: then it is saved without being fetched. */
  async adopt(file: FileRun): Promise<boolean> {
    const to = this.ports.folderOf(file.order);
    if (this.blocked || !to || file.verified.size > 0) return false;
    try {
      if (!(await adoptFile(file, to, this.ports))) return false;
      this.settle(file);
    } catch {
      return false; // saving will meet the same trouble, and say so
    }
    this.finish(file.order);
    return true;
  }

  /**
   * Saves a file that the user has, in turn with the others. False when it is another file after all or is not to be had this way,
   * undefined when nothing can be saved at the moment.
   */
  async saveGiven(file: FileRun): Promise<boolean | undefined> {
    if (this.blocked || this.queued.has(file) || !this.ports.folderOf(file.order)) return undefined;
    const job = this.turnOf(file)(() => this.copy(file)).finally(() => {
      this.queued.delete(file);
      this.finish(file.order);
      this.ports.onChange();
    });
    this.queued.set(file, job);
    return job;
  }

  /** Returns when no file of `order` is being saved any more. */
  async settled(order: OrderRun): Promise<void> {
    await Promise.all([...this.queued].filter(([file]) => file.order === order).map(([, job]) => job));
    await this.finishing.get(order);
  }

  /** Takes away what a begun save left in the folder, as far as it can be reached: the file is not saved there any more. */
  async release(file: FileRun): Promise<void> {
    for (let attempt = 1; file.claimed !== undefined && attempt <= MAX_ATTEMPTS; attempt++) {
      if (!this.ports.folderOf(file.order, file.folder)) return; // at the next start, perhaps
      try {
        await discardClaimed(file, this.ports);
        file.claimed = undefined;
        await this.ports.journal.putFile(file.record());
      } catch {
        await new Promise((resolve) => setTimeout(resolve, backoff(attempt)));
      }
    }
  }

  /** The same for all files of an order that are not saved. */
  async releaseAll(order: OrderRun): Promise<void> {
    const begun = order.files.filter(({ claimed, state }) => claimed !== undefined && state.kind !== 'saved');
    await Promise.all(begun.map((file) => this.release(file)));
  }

  /** Lists the checksums when the last file is saved. The order is done after that, not before. */
  finish(order: OrderRun): void {
    this.ports.onSaved(order);
    this.noteEnd(order);
    const to = this.ports.folderOf(order);
    if (this.finishing.has(order) || this.blocked || !to || !order.isRunning || !checksumsAreDue(order)) return;
    const job = this.writeChecksums(order, to).finally(() => {
      this.finishing.delete(order);
      this.finish(order); // the user may have acted meanwhile
      this.ports.onChange();
    });
    this.finishing.set(order, job);
  }

  private turnOf({ spec }: FileRun): LimitFunction {
    return spec.size <= SMALL ? this.small : this.large;
  }

  private async save(file: FileRun): Promise<void> {
    try {
      await file.alone(async () => {
        // a damaged copy is replaced where it is
        const at = file.replaces === undefined ? undefined : this.ports.folderOf(file.order, file.folder);
        const to = at ?? this.ports.folderOf(file.order);
        if (this.blocked || !to || !isDue(file)) return; // something happened while it was queued
        await this.timed(file, () => saveFile(file, to, this.ports));
        this.settle(file);
        this.attempts.delete(file);
      });
    } catch (thrown) {
      await this.failed(file, thrown);
    }
  }

  private async copy(file: FileRun): Promise<boolean | undefined> {
    const { signal } = file.abort;
    try {
      return await file.alone(async () => {
        const to = this.ports.folderOf(file.order);
        const isDue = file.given && file.order.isRunning && !file.isDelivered;
        if (this.blocked || !to || !file.given || !isDue) return undefined; // something happened while it was queued
        file.givenIsSaving = true;
        file.touch();
        const saved = await saveCopy(file, file.given, to, this.ports);
        if (saved) this.settle(file);
        return saved;
      });
    } catch (thrown) {
      const error = toAppError(thrown, 'save-refused');
      if (signal.aborted) return undefined; // paused or removed
      this.ports.log.add(`${file.order.record.id}, taking over ${file.spec.path}: ${error.code}, ${error.message}`);
      if (error.rule !== 'ask' || error.code === 'file-too-large') return false;
      this.block(error);
      return undefined;
    } finally {
      file.givenIsSaving = false;
      file.touch();
    }
  }

  /** A file was saved just now: until the system has written it down, a power cut could take it back. */
  private settle(file: FileRun): void {
    this.settling.add(file);
    setTimeout(() => {
      this.settling.delete(file);
      file.fresh = false;
      this.ports.journal.putFile(file.record()).catch(() => undefined);
    }, SETTLED);
  }

  /** Looks whether a file is there that was saved right before an earlier run ended. What a power cut took is received again. */
  private async lookFor(file: FileRun): Promise<void> {
    const { order, state } = file;
    const to = this.ports.folderOf(order, file.folder);
    if (!to || state.kind !== 'saved') return;
    this.settling.add(file);
    let whole = false;
    try {
      const there = await to.existing(state.name);
      whole = there !== undefined && there !== 'folder' && there.size >= file.spec.size;
      if (whole) {
        // where the crash came before its removal
        await this.ports.parts.remove(order.record.order, file.index).catch(() => undefined);
      } else file.lost(there && state.name);
      // the list of checksums is as young
      await order.put({ listed: undefined }, this.ports.journal);
      await this.ports.journal.putFile(file.record(), 'strict');
    } catch {
      // it cannot be looked at now; at the next start, perhaps
    } finally {
      this.settling.delete(file);
      // a file that is there is still as young as it was: a power cut right after a restart could take it all the same
      if (whole) this.settle(file);
      this.finish(order);
      this.ports.onChange();
    }
  }

  /** Not journaled, it is noted once more at the next start. */
  private noteEnd(order: OrderRun): void {
    if (order.record.doneAt !== undefined || checksumsAreDue(order)) return;
    if (!order.files.every((file) => file.isDelivered)) return;
    order.put({ doneAt: Date.now() }, this.ports.journal).catch(() => undefined);
  }

  private async timed(file: FileRun, save: () => Promise<void>): Promise<void> {
    let bytes = 0;
    this.speed.begin(performance.now());
    try {
      await save();
      bytes = file.spec.size;
    } finally {
      this.speed.end(bytes, performance.now());
    }
  }

  private async writeChecksums(order: OrderRun, to: OrderFolder): Promise<void> {
    for (let attempt = 1; checksumsAreDue(order); attempt++) {
      let listed: number;
      try {
        listed = await writeChecksums(order, to, this.ports);
      } catch (thrown) {
        const error = toAppError(thrown, 'save-refused');
        if (error.rule === 'ask') return this.block(error);
        // the files themselves are whole: their list is not worth an order that never ends
        listed = attempt < LIST_ATTEMPTS ? 0 : checksumCount(order);
        await new Promise((resolve) => setTimeout(resolve, backoff(attempt)));
      }
      // a file may have been found missing meanwhile: the list is written again when that one is saved
      if (listed === 0 || !checksumsAreDue(order)) continue;
      // not journaled, it is written once more after the next start
      await order.put({ listed }, this.ports.journal).catch(() => (order.record = { ...order.record, listed }));
    }
  }

  /** Its bytes could not leave the part: those that are damaged are fetched again. */
  async stopped(file: FileRun, error: AppError): Promise<void> {
    this.ports.log.addFile(file, `while saving ${error.code}, ${error.message}`);
    if (error.code === 'piece-damaged') file.reconciled = false;
    file.apply({ kind: error.code === 'piece-damaged' ? 'damaged' : 'save-stopped' });
    // not journaled, the next start finds the same out again
    await this.ports.journal.putFile(file.record()).catch(() => undefined);
  }

  private async failed(file: FileRun, thrown: unknown): Promise<void> {
    const error = toAppError(thrown, 'save-refused');
    await this.stopped(file, error);
    // only now may the page act on it: its own record comes after this one
    if (error.code === 'file-too-large') file.refused = error.toData();
    else if (error.rule === 'ask') this.block(error);
    else if (error.code !== 'piece-damaged') await this.rest(file, error);
  }

  /** Nothing is saved until the user acts; a full folder is looked at again by itself. */
  private block(error: AppError): void {
    this.blocked = error.toData();
    if (error.code !== 'folder-full' && error.code !== 'disk-full') return;
    setTimeout(() => {
      if (this.blocked?.code === error.code) this.resume();
    }, FULL_PAUSE);
  }

  private async rest(file: FileRun, error: AppError): Promise<void> {
    const attempt = (this.attempts.get(file) ?? 0) + 1;
    this.attempts.set(file, attempt);
    if (attempt >= MAX_ATTEMPTS) {
      this.attempts.delete(file);
      if (error.code !== 'save-refused') {
        file.apply({ kind: 'fail', error: error.toData() });
        await this.ports.journal.putFile(file.record()).catch(() => undefined);
        return;
      }
      file.refused = error.toData();
      return;
    }
    this.resting.add(file);
    setTimeout(() => {
      if (this.resting.delete(file)) this.add(file);
    }, backoff(attempt));
  }
}

/** A verified file of an order that the user wants, and that the folder does not refuse. */
function isDue({ state, refused, order }: FileRun): boolean {
  return state.kind === 'verified' && !refused && order.isRunning;
}
