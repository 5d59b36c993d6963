import { AppError } from '../order/errors.ts';
import type { EventLog } from './event-log.ts';
import { freePart, type FreePorts } from './free-parts.ts';
import type { FileRun, OrderRun } from './order-run.ts';

/** The next look at a full disk, in ms. */
export const FULL_PAUSE = 20_000;

/** What acting on a full disk needs of the engine. */
interface RoomPorts extends FreePorts {
  readonly orders: () => readonly OrderRun[];
  /** Ends the file's transfers, commits and closes its part. */
  readonly stop: (file: FileRun) => Promise<void>;
  /** True while verified files are being saved. */
  readonly saving: () => boolean;
  /** True when nothing is saved because there is no room in the folder, which may be on the same disk. */
  readonly folderIsFull: () => boolean;
  /** Room was made: saves may be tried again. */
  readonly retrySaves: () => void;
  /** There is room for these orders, which waited for it. */
  readonly onRoom: (orders: readonly OrderRun[]) => void;
  readonly log: EventLog;
}

/** How much fits on the disk, as experience says: no number of the browser's is to be believed. */
export class DiskRoom {
  /** Bytes that unsaved files may occupy together; unknown before the disk was full once. */
  bytes = Infinity;
  private stopping: Promise<void> | undefined;
  /** How much of each complete file's size is tried beyond what fitted: less each time that it was too much. */
  private trust = 1;
  /** How often the disk was found full since a file was complete. */
  private times = 0;

  constructor(private readonly ports: RoomPorts) {}

  /** A file of `bytes` is complete and will leave its room: the next time, a little more is tried at once. */
  grow(bytes: number): void {
    this.bytes += bytes * this.trust;
    this.times = 0;
  }

  /** The disk took no more: several transfers meet that at once. */
  full(): Promise<void> {
    this.stopping ??= this.stopAll().finally(() => (this.stopping = undefined));
    return this.stopping;
  }

  /** Asks the disk for the next piece of an order that waits for room. */
  async look(order: OrderRun): Promise<void> {
    const piece = order.files.find((file) => !file.isDelivered)?.spec.pieceLength ?? 0;
    const next = Math.min(piece, bytesLeft(order));
    // a disk that cannot be asked now is asked again
    if (await this.ports.parts.hasRoom(next).catch(() => false)) return this.goOn([order]);
    this.waitForRoom(order);
    await this.foundFull();
  }

  /** The whole queue stops and keeps everything. It looks again by itself, and at once when room was made. */
  private async stopAll(): Promise<void> {
    const running = this.ports.orders().filter((order) => order.isRunning);
    // what was still on its way when everything was stopped meets the same full disk: that is no second time
    const isNews = running.some((order) => !order.needsRoom || order.notBefore <= performance.now());
    for (const order of running) this.waitForRoom(order);
    await Promise.all(running.flatMap((order) => order.files).map((file) => this.ports.stop(file)));
    if (!isNews) return;
    this.bytes = unsaved(running).reduce((sum, file) => sum + file.bytesOccupied, 0);
    this.trust /= 2;
    this.ports.log.add(`The disk is full with ${this.bytes} bytes of unsaved files.`);
    await this.foundFull();
  }

  private waitForRoom(order: OrderRun): void {
    const kept = unconfirmedOf(this.ports.orders());
    order.needsRoom = true;
    order.wait(kept.length > 0 ? unconfirmed(kept) : full(order), performance.now() + FULL_PAUSE);
  }

  /** The first time room may come by itself. What the user can confirm is asked for before anything is given up. */
  private async foundFull(): Promise<void> {
    if (++this.times < 2 || unconfirmedOf(this.ports.orders()).length > 0) return;
    const waiting = this.ports.orders().filter((order) => order.isRunning && order.needsRoom);
    if (!(await this.makeRoom(unsaved(waiting)))) return;
    this.goOn(waiting);
    this.ports.retrySaves();
  }

  private goOn(orders: readonly OrderRun[]): void {
    for (const order of orders) order.needsRoom = false;
    this.ports.onRoom(orders);
  }

  /**
   * Where half files fill the disk, none of them would ever end, however often it is looked at again: gives up as much of the later
   * ones as the one that lacks the least needs. False when room comes by itself, since files are being saved, and when giving up
   * everything would not be enough.
   */
  private async makeRoom(files: readonly FileRun[]): Promise<boolean> {
    const complete = files.filter((file) => file.isComplete);
    if (complete.length > 0 && this.ports.saving()) return false;
    const begun = files.filter((file) => file.isBegun);
    // `least`: where the holes in its part are taken already, as a quota counts
    const ends = begun.map((file) => {
      const { size } = file.spec;
      return { file, lacks: size - file.bytesReceived, least: size - file.bytesOccupied };
    });
    // saved, a complete file is there twice for a moment
    const twice = this.ports.folderIsFull() ? complete : [];
    ends.push(...twice.map((file) => ({ file, lacks: file.spec.size, least: file.spec.size })));
    ends.sort((a, b) => a.lacks - b.lacks);
    const [best] = ends;
    if (!best) return false;
    const others = begun.filter((file) => file !== best.file && file.bytesOccupied > 0).reverse();
    const short = best.least - others.reduce((sum, file) => sum + file.bytesOccupied, 0);
    if (others.length === 0) return false;
    try {
      if (short > 0 && !(await this.ports.parts.hasRoom(short))) return false;
      for (let freed = 0; freed < best.lacks;) {
        const file = others.shift();
        if (!file) break;
        freed += file.bytesOccupied;
        await file.alone(() => this.giveUp(file));
      }
      return true;
    } catch (error) {
      this.ports.log.add(`No room could be made: ${String(error)}`);
      return false;
    }
  }

  private async giveUp(file: FileRun): Promise<void> {
    const { order } = file;
    this.ports.log.add(`${order.record.id}: ${file.bytesReceived} bytes of ${file.spec.path} are given up for room.`);
    file.fetchedTwice += file.bytesReceived;
    file.forget();
    await freePart(file, this.ports);
  }
}

function unsaved(orders: readonly OrderRun[]): FileRun[] {
  return orders.flatMap((order) => order.files.filter((file) => !file.isDelivered));
}

function unconfirmedOf(orders: readonly OrderRun[]): FileRun[] {
  return orders.flatMap((order) => order.files.filter((file) => file.isUnconfirmed));
}

function full(order: OrderRun): AppError {
  const needed = bytesLeft(order);
  return new AppError('disk-full', `The disk is full: ${needed} more bytes are needed.`, { needed });
}

/** Only the user knows whether these are needed here any more. */
function unconfirmed(files: readonly FileRun[]): AppError {
  const bytes = files.reduce((sum, { spec }) => sum + spec.size, 0);
  const message = `The disk is full, and ${files.length} files of ${bytes} bytes that were handed over are still kept.`;
  return new AppError('downloads-unconfirmed', message, { files: files.length, bytes });
}

/** Bytes that are still to come, at most those that are on the disk at once while files are saved. */
function bytesLeft(order: OrderRun): number {
  let left = 0;
  let largest = 0;
  for (const file of order.files) {
    if (file.state.kind !== 'waiting' && file.state.kind !== 'downloading') continue;
    left += file.spec.size - file.bytesReceived;
    largest = Math.max(largest, file.spec.size);
  }
  return Math.min(left, largest * 8);
}
