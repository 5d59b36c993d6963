import { toAppError, type AppError } from '../order/errors.ts';
import type { Limits } from '../engine-api.ts';
import { sleep, unlessAborted } from './abortable.ts';
import { Connections } from './connections.ts';
import { DiskRoom, FULL_PAUSE } from './disk-room.ts';
import type { EventLog } from './event-log.ts';
import { Failures, type FailedRequest } from './failures.ts';
import type { Grants } from './grants.ts';
import type { FileRun, OrderRun } from './order-run.ts';
import type { Hasher, Journal, NetworkSettings, PartStore } from './ports.ts';
import { Pace } from './pace.ts';
import { PieceChecks } from './piece-checks.ts';
import { Receiver, type Flight, type GetUrl, type OnBytes } from './receive.ts';
import { reconcile } from './recovery.ts';
import { isFetchable, nextRange, type RangeTask, type UrgentPiece } from './scheduler.ts';

/** While a transfer may prove to be slow, it is looked at this often, in ms. */
const WATCH_EVERY = 2_000;
/** For so long nothing is requested after `hold`, in ms. */
const HOLD = 10_000;

/** So many places that viewers asked for last are kept in mind: one element asks for beginning and end of a film at once. */
const MAX_URGENT = 4;
/** While one connection brings what a viewer waits for, the others look this often, in ms, whether it is there, and wait so long at the most. */
const WAY_LOOK = 100;
const WAY_FOR = 15_000;

/** What downloading needs of the engine. */
export interface DownloadPorts {
  readonly journal: Journal;
  readonly parts: PartStore;
  readonly hasher: Hasher;
  readonly grants: Grants;
  readonly orders: () => readonly OrderRun[];
  /** True while verified files are being saved. */
  readonly saving: () => boolean;
  /** True when nothing is saved because there is no room in the folder. */
  readonly folderIsFull: () => boolean;
  readonly retrySaves: () => void;
  /** True when the destination has the file already, so that it is saved without being fetched. */
  readonly adopt: (file: FileRun) => Promise<boolean>;
  readonly onComplete: (file: FileRun) => void;
  readonly log: EventLog;
  readonly onFailed: (order: OrderRun) => void;
  readonly onChange: () => void;
}

/** Keeps the connections busy. */
export class Downloads {
  limits: Limits = {};
  private readonly known = new Map<string, number>();
  private readonly connections = new Connections(globalThis.location?.host ?? '', this.known, () => {
    // forgotten, it is found out again
    this.putNetwork().catch(() => undefined);
  });
  private readonly pace = new Pace();
  /** Wakes the connections that wait for their bytes to be due. */
  private paced = new AbortController();
  private readonly checks: PieceChecks;
  private readonly receiver: Receiver;
  private readonly failures: Failures;
  private readonly requests = new Map<FileRun, Set<Promise<void>>>();
  /** No transfer begins before this moment, `performance.now()` in ms. */
  private heldUntil = 0;
  private readonly room: DiskRoom;
  /** True while the disk is asked for room. */
  private looking = false;
  private urgent: readonly UrgentPiece[] = [];
  private wake: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly ports: DownloadPorts) {
    this.checks = new PieceChecks(ports.journal, ports.hasher, {
      onComplete: (file) => {
        this.room.grow(file.spec.size);
        ports.onComplete(file);
        this.pump();
      },
      onProblem: (file, error) => void this.failed(file, error),
      onChecked: () => this.pump(),
    });
    this.receiver = new Receiver(this.checks);
    const { journal, grants, onFailed, log } = ports;
    const stop = (file: FileRun): Promise<void> => this.stop(file);
    this.room = new DiskRoom({ ...ports, stop, onRoom: (waiting) => this.tryNow(waiting) });
    const diskFull = (): Promise<void> => this.room.full();
    this.failures = new Failures({ journal, grants, connections: this.connections, diskFull, stop, onFailed, log });
  }

  /** Takes up what is kept of the network. */
  useNetwork(settings: NetworkSettings | undefined): void {
    if (!settings) return;
    for (const [host, count] of settings.connections) this.known.set(host, count);
    this.apply(settings.limits);
  }

  /** Caps rate and connections, of all orders together. */
  async setLimits(limits: Limits): Promise<void> {
    this.apply(limits);
    await this.putNetwork();
    this.pump();
  }

  /** Starts all work that is due. Called whenever something changed. */
  pump(): void {
    this.ports.onChange();
    this.lookForRoom();
    while (performance.now() >= this.heldUntil && this.connections.active < this.connections.limit && this.startOne());
    this.wakeWhenDue();
  }

  /** Conditions may have changed (online, resume): tries at once what waits by itself. */
  tryNow(orders: readonly OrderRun[]): void {
    for (const order of orders) {
      order.clearWait();
      for (const file of order.files) {
        file.notBefore = 0;
        file.trouble = undefined;
      }
    }
    this.pump();
  }

  /** Room was made on the disk: what stopped for want of it goes on. */
  roomMade(): void {
    this.tryNow(this.ports.orders().filter(({ needsRoom }) => needsRoom));
  }

  /** Somebody looks at this piece: it and the next one are fetched before all else, when the order is started. */
  urge(file: FileRun, piece: number): void {
    const others = this.urgent.filter((each) => each.file !== file || each.piece !== piece);
    this.urgent = [{ file, piece }, ...others].slice(0, MAX_URGENT);
    if (isFetchable(file, performance.now()) && !file.verified.has(piece)) {
      this.receiver.makeWay(file, piece, this.connections.active >= this.connections.limit);
    }
    this.pump();
  }

  /** Ends the transfers of a file, commits what it has and closes its part. Never throws. */
  async stop(file: FileRun): Promise<void> {
    file.abort.abort();
    file.abort = new AbortController();
    const { part } = file;
    if (!part) return;
    file.closing = true;
    // each writes what it has in hand
    await Promise.allSettled(this.requests.get(file) ?? new Set<Promise<void>>());
    await this.checks.settle(file);
    file.closing = false;
    if (file.part !== part) return;
    part.close();
    file.part = undefined;
    file.touch();
  }

  /** One look at a time: the disk is the same for all orders. */
  private lookForRoom(): void {
    const now = performance.now();
    const order = this.ports.orders().find((each) => each.isRunning && each.needsRoom && each.notBefore <= now);
    if (!order || this.looking) return;
    this.looking = true;
    void this.room.look(order).finally(() => {
      this.looking = false;
      this.pump();
    });
  }

  /** Ends all connections; what came is kept, and the rest is asked for on new ones. */
  reconnect(): void {
    for (const flight of this.receiver.flights) flight.abort.abort();
  }

  /** Ends all transfers and begins none for a while. */
  async hold(): Promise<void> {
    this.heldUntil = performance.now() + HOLD;
    setTimeout(() => this.pump(), HOLD);
    await Promise.all(this.ports.orders().flatMap(({ files }) => files.map((file) => this.stop(file))));
  }

  /** Begins a transfer, opens a part, or asks a second time for the last pieces; false when nothing of that is due. */
  private startOne(): boolean {
    const now = performance.now();
    const { limit: connections, bytesPerSecond } = this.connections;
    const { urgent } = this;
    const saving = this.ports.saving();
    const situation = { now, connections, bytesPerSecond, saving, room: this.room.bytes, urgent };
    const task = nextRange(this.ports.orders(), situation);
    if (task) {
      void (task.file.part ? this.fetch(task) : this.begin(task.file));
      return true;
    }
    const slow = this.receiver.slowFlight(now);
    if (slow) void this.connected(slow.task.file, (getUrl, count) => this.receiver.hedge(slow, getUrl, count));
    return slow !== undefined;
  }

  private async begin(file: FileRun): Promise<void> {
    const { signal } = file.abort;
    this.connections.active++;
    try {
      await file.alone(() => this.open(file, signal));
    } catch (error) {
      if (!signal.aborted) await this.failed(file, toAppError(error, 'storage-failed'));
    } finally {
      this.connections.active--;
      this.pump();
    }
  }

  private async open(file: FileRun, signal: AbortSignal): Promise<void> {
    if (await this.ports.adopt(file)) return;
    if (file.order.needsRoom) {
      file.notBefore = performance.now() + FULL_PAUSE;
      return;
    }
    const part = await this.ports.parts.open(file.order.record.order, file.index);
    if (signal.aborted) {
      part.close();
      return;
    }
    file.part = part;
    const whole = reconcile(file, part);
    file.apply({ kind: 'begin' });
    await this.ports.journal.putFile(file.record());
    if (signal.aborted) return;
    for (const piece of whole) void this.checks.check(file, piece);
    if (file.verified.full) await this.checks.complete(file);
  }

  private fetch(task: RangeTask): Promise<void> {
    const { file } = task;
    const range = file.wholeFile ? { file, firstPiece: 0, endPiece: file.pieces, start: 0, end: file.spec.size } : task;
    return this.connected(file, (getUrl, count) => this.receiver.receive(range, getUrl, count));
  }

  /** Does a request for `file` on a connection of its own, and acts on its failure. */
  private async connected(file: FileRun, request: (getUrl: GetUrl, onBytes: OnBytes) => Promise<void>): Promise<void> {
    const { order } = file;
    const { signal } = file.abort;
    const { failures } = file;
    let url: string | undefined;
    const getUrl = async (): Promise<string> => {
      // a grant that does not come holds nothing up that the user does meanwhile
      url = await unlessAborted(this.ports.grants.url(order, file.index, file.failures), signal);
      this.connections.use(new URL(url).host);
      return url;
    };
    this.connections.active++;
    order.connections++;
    const work = request(getUrl, (count, flight) => this.received(order, count, signal, flight));
    const requests = this.requests.get(file) ?? new Set();
    this.requests.set(file, requests.add(work));
    try {
      await work;
    } catch (error) {
      if (!signal.aborted) await this.failed(file, toAppError(error, 'engine-failed'), { url, failures });
    } finally {
      requests.delete(work);
      if (requests.size === 0) this.requests.delete(file);
      this.connections.active--;
      order.connections--;
      this.pump();
    }
  }

  private apply(limits: Limits): void {
    this.limits = limits;
    this.connections.atMost = limits.connections ?? Infinity;
    this.pace.allow(limits.bytesPerSecond);
    // connections that wait by the old rate wait no longer
    this.paced.abort();
    this.paced = new AbortController();
  }

  private putNetwork(): Promise<void> {
    return this.ports.journal.putNetwork({ limits: this.limits, connections: this.known });
  }

  /** Counts; returns a promise when the connection has to wait: for its bytes to be due, or for what somebody wants to look at. */
  private received(order: OrderRun, count: number, signal: AbortSignal, flight?: Flight): Promise<void> | undefined {
    const now = performance.now();
    order.progressed(now);
    order.speed.add(count, now);
    const wait = this.pace.wait(count, now);
    if (this.viewerWaits()) this.connections.disturbed();
    else this.connections.received(count, now);
    this.ports.onChange();
    if (this.isInTheWay(flight)) return this.giveWay(flight, signal);
    return wait > 0 ? sleep(wait, AbortSignal.any([signal, this.paced.signal])) : undefined;
  }

  /** The transfer that brings what a viewer waits for. */
  private viewerWaits(): Flight | undefined {
    const [first] = this.urgent;
    return first && !first.file.verified.has(first.piece) ? this.receiver.bringing(first) : undefined;
  }

  private isInTheWay(flight: Flight | undefined): boolean {
    const urgent = this.viewerWaits();
    return urgent !== undefined && urgent !== flight;
  }

  /** The line is the viewer's. Not for so long that a server takes the connection for dead. */
  private async giveWay(flight: Flight | undefined, signal: AbortSignal): Promise<void> {
    const until = performance.now() + WAY_FOR;
    const isEnded = (): boolean => signal.aborted || flight?.abort.signal.aborted === true;
    while (this.isInTheWay(flight) && !isEnded() && performance.now() < until) await sleep(WAY_LOOK, signal);
  }

  private async failed(file: FileRun, error: AppError, request?: FailedRequest): Promise<void> {
    await this.failures.handle(file, error, request);
    this.pump();
  }

  private wakeWhenDue(): void {
    clearTimeout(this.wake);
    const now = performance.now();
    let due = this.receiver.flights.size > 0 ? now + WATCH_EVERY : Infinity;
    for (const order of this.ports.orders()) {
      if (!order.isRunning) continue;
      if (order.notBefore > now) due = Math.min(due, order.notBefore);
      for (const file of order.files) if (file.notBefore > now) due = Math.min(due, file.notBefore);
    }
    if (due < Infinity) this.wake = setTimeout(() => this.pump(), due - now + 10);
  }
}
