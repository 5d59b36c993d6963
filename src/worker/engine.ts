import type { CopyCheck, ImportedFile, Limits, OrderSummary, Rows, Snapshot } from '../engine-api.ts';
import { AppError } from '../order/errors.ts';
import { parseOrderLink, parseStaticLink } from '../order/link.ts';
import { parseShareLinks } from '../order/share-links.ts';
import { accessOf, checkAccess } from './access.ts';
import { Copies } from './copies.ts';
import { EventLog } from './event-log.ts';
import { Downloads } from './downloads.ts';
import { Grants } from './grants.ts';
import { openOrderLink, openShareLinks, type NewOrder } from './open-order.ts';
import { OrderRun, type FileRun } from './order-run.ts';
import { readOrderSpec } from './order-spec.ts';
import {
  rankOf,
  type Destination,
  type Hasher,
  type Journal,
  type OrderRecord,
  type OrderWill,
  type PartStore,
} from './ports.ts';
import { Receipts } from './receipts.ts';
import { renewLinks } from './renew-links.ts';
import { Saves } from './saves.ts';
import { fileRow, summarize } from './snapshots.ts';

/** What the engine is joined with. */
export interface EnginePorts {
  readonly journal: Journal;
  readonly parts: PartStore;
  readonly hasher: Hasher;
  readonly destinationIn: (picked: FileSystemDirectoryHandle, id: string) => Destination;
  readonly isWritable: (picked: FileSystemDirectoryHandle) => Promise<boolean>;
  /** Called at each change; the caller thins it out. */
  readonly onChange: () => void;
}

/** The one engine of this origin: runs all orders, answers the commands, describes itself in snapshots. */
export class Engine {
  private readonly orders: OrderRun[] = [];
  private readonly grants = new Grants();
  private readonly downloads: Downloads;
  private readonly log: EventLog;
  /** Orders whose description cannot be read: they are not listed, and their parts are left alone. */
  private readonly unreadable = new Set<string>();
  private readonly saves: Saves;
  private readonly copies: Copies;
  private picked: FileSystemDirectoryHandle | undefined;
  private writable = false;
  private revision = Date.now() * 1000;

  private constructor(private readonly ports: EnginePorts) {
    const { journal, parts, hasher, onChange } = ports;
    const orders = (): readonly OrderRun[] => this.orders;
    const destination = (order: OrderRun): Destination | undefined => this.destinationOf(order);
    this.log = new EventLog(journal);
    const { log } = this;
    const receipts = new Receipts(journal);
    this.saves = new Saves({
      journal,
      parts,
      log,
      orders,
      destination,
      onSaved: (order) => receipts.due(order),
      onChange: () => this.downloads.roomMade(),
    });
    this.downloads = new Downloads({
      journal,
      parts,
      hasher,
      grants: this.grants,
      orders,
      log,
      saving: () => this.writable && !this.saves.blocked,
      adopt: (file) => this.saves.adopt(file),
      onComplete: (file) => this.saves.add(file),
      onFailed: (order) => this.saves.finish(order),
      onChange,
    });
    this.copies = new Copies({
      journal,
      parts,
      stop: (file) => this.downloads.stop(file),
      onComplete: (file) => this.saves.add(file),
    });
  }

  /** Takes up every order where it was: the same path after a fresh start, a pause, a crash and a reboot. */
  static async start(ports: EnginePorts): Promise<Engine> {
    const engine = new Engine(ports);
    await engine.log.restore();
    engine.log.add('The engine starts.');
    for (const record of await ports.journal.orders()) {
      const description = await ports.journal.description(record.order);
      if (description) await engine.load(record, description);
    }
    await engine.removeLeftovers();
    engine.picked = await ports.journal.destination();
    engine.downloads.useNetwork(await ports.journal.network());
    for (const order of engine.orders) if (order.isRunning) engine.downloads.completeEmptyFiles(order);
    await engine.continueSaving();
    return engine;
  }

  snapshot(owner: boolean, storage: StorageEstimate | undefined): Snapshot {
    const speed = this.downloads.speed.perSecond(performance.now());
    const permission = new AppError('folder-permission', 'The browser wants you to allow the folder once more.');
    const blocked = this.picked && !this.writable ? permission.toData() : this.saves.blocked;
    return {
      revision: ++this.revision,
      owner,
      orders: this.orders.map((order): OrderSummary => summarize(order, speed, blocked)),
      folder: this.picked?.name,
      folderNeedsPermission: this.picked !== undefined && !this.writable,
      storage,
      limits: this.downloads.limits,
    };
  }

  rows(order: string, revision: number): Rows {
    const run = this.find(order);
    return { revision: run.revision, rows: run.files.filter((file) => file.revision >= revision).map(fileRow) };
  }

  /** The state of things and what happened when, without secrets. */
  diagnostics(): string {
    const { orders, folder, folderNeedsPermission } = this.snapshot(true, undefined);
    const lines = orders.map(
      ({ id, kind, state, reason, files, filesSaved, filesFailed, bytes, bytesVerified, bytesFetchedTwice }) =>
        `${id}: ${kind}, ${state}, ${reason?.code ?? 'no reason'}, ${filesSaved} saved and ${filesFailed} failed of ` +
        `${files} files, ${bytesVerified} of ${bytes} bytes verified, ${bytesFetchedTwice} fetched twice`,
    );
    const where = `folder: ${folder === undefined ? 'none' : 'picked'}${folderNeedsPermission ? ', not permitted' : ''}`;
    return [`Holdfast, ${new Date().toISOString()}`, where, ...lines, '', this.log.text()].join('\n');
  }

  destination(): FileSystemDirectoryHandle | undefined {
    return this.picked;
  }

  async open(text: string, password?: string): Promise<{ order: string }> {
    const link = parseStaticLink(text) ?? parseOrderLink(text);
    const access = accessOf(link, password);
    const known = this.orders.find((run) => run.record.order === link.manifest);
    if (!known) return this.add(await openOrderLink(link, access));
    // the new link must be good before it takes the place of the old one, which may ask for a password
    await checkAccess(link, access);
    await this.put(known, { key: undefined, password: undefined, at: undefined, ...access });
    this.grants.forget(known);
    this.downloads.tryNow([known]);
    return { order: link.manifest };
  }

  async addLinks(text: string): Promise<{ order: string }> {
    const links = parseShareLinks(text);
    const { renewed, unknown } = await renewLinks(links, this.orders, this.ports.journal);
    this.downloads.tryNow(renewed);
    const order = renewed.at(-1)?.record.order;
    return order !== undefined && unknown.length === 0 ? { order } : this.add(await openShareLinks(unknown));
  }

  async start(order: string): Promise<void> {
    const run = this.find(order);
    await this.setWill(run, 'started');
    this.downloads.completeEmptyFiles(run);
    this.saves.resume([run]);
    this.downloads.tryNow([run]);
  }

  async pause(order: string): Promise<void> {
    const run = this.find(order);
    await this.setWill(run, 'paused');
    await Promise.all(run.files.map((file) => this.downloads.stop(file)));
    this.downloads.pump();
  }

  async remove(order: string): Promise<void> {
    const run = this.find(order);
    run.record = { ...run.record, will: 'paused' };
    await Promise.all(run.files.map((file) => this.downloads.stop(file)));
    await this.saves.settled(run);
    await this.saves.discardUnfinished(run);
    await this.ports.journal.removeOrder(order);
    this.orders.splice(this.orders.indexOf(run), 1);
    this.grants.forget(run);
    // parts that could not be removed are removed at the next start
    await this.ports.parts.removeOrder(order).catch(() => undefined);
    this.downloads.roomMade();
  }

  async retry(order: string, index?: number): Promise<void> {
    const run = this.find(order);
    const files =
      index === undefined ? run.files.filter(({ state }) => state.kind === 'failed') : [this.file(order, index)];
    for (const file of files) {
      file.retry();
      this.saves.add(file);
    }
    this.downloads.tryNow([run]);
    await Promise.all(files.map((file) => this.ports.journal.putFile(file.record())));
  }

  /** Puts an order before all others, or a file before the others of its order. What is under way comes to its end. */
  async first(order: string, index?: number): Promise<void> {
    const run = this.find(order);
    if (index === undefined) {
      const rank = Math.min(...this.orders.map((each) => rankOf(each.record))) - 1;
      run.record = { ...run.record, rank };
      this.orders.sort((a, b) => rankOf(a.record) - rankOf(b.record));
    } else {
      const { index: file } = this.file(order, index);
      const others = run.record.firstFiles?.filter((each) => each !== file) ?? [];
      run.record = { ...run.record, firstFiles: [file, ...others] };
    }
    await this.ports.journal.putOrder(run.record);
    this.downloads.pump();
  }

  async setDestination(folder: FileSystemDirectoryHandle | undefined): Promise<void> {
    await this.ports.journal.setDestination(folder);
    this.picked = folder;
    await this.continueSaving();
  }

  async setLimits(limits: Limits): Promise<void> {
    await this.downloads.setLimits(limits);
  }

  async continueSaving(): Promise<void> {
    this.writable = this.picked !== undefined && (await this.ports.isWritable(this.picked).catch(() => false));
    this.saves.resume(this.orders);
    this.downloads.pump();
  }

  async verifiedFile(order: string, index: number): Promise<File> {
    const file = this.file(order, index);
    const blob = await this.ports.parts.blob(order, index);
    const name = file.safePath.split('/').pop() ?? '';
    if (file.spec.size === 0) return new File([], name);
    if (file.state.kind !== 'verified' || blob?.size !== file.spec.size) {
      throw new AppError('storage-failed', 'The verified bytes are not there any more.');
    }
    return new File([blob], name);
  }

  async handedOver(order: string, index: number): Promise<void> {
    const file = this.file(order, index);
    const state = { kind: 'handed-over', name: file.safePath } as const;
    await this.ports.journal.putFile({ ...file.record(), state }, 'strict');
    file.apply({ kind: 'hand-over', name: file.safePath });
    this.saves.finish(file.order);
    this.downloads.pump();
  }

  async importFile(order: string, copy: File): Promise<ImportedFile> {
    const run = this.find(order);
    try {
      return await this.copies.take(run, copy);
    } finally {
      this.downloads.tryNow([run]);
    }
  }

  async checkFile(order: string, index: number): Promise<CopyCheck> {
    const file = this.file(order, index);
    const to = this.destinationOf(file.order);
    if (!to) throw new AppError('folder-permission', 'The browser wants you to allow the folder once more.');
    const check = await this.copies.check(file, to);
    this.downloads.tryNow([file.order]);
    return check;
  }

  /** The network is back, or the machine woke up: what waits by itself is tried at once. */
  wake(): void {
    this.downloads.tryNow(this.orders.filter((order) => order.notBefore !== Infinity));
  }

  private find(order: string): OrderRun {
    const run = this.orders.find((each) => each.record.order === order);
    if (!run) throw new AppError('order-unknown', 'This order is not in the list any more.');
    return run;
  }

  private file(order: string, index: number): FileRun {
    const file = this.find(order).files[index];
    if (!file) throw new AppError('order-unknown', 'This file is not in the order.');
    return file;
  }

  private destinationOf(order: OrderRun): Destination | undefined {
    return this.picked && this.writable ? this.ports.destinationIn(this.picked, order.record.id) : undefined;
  }

  private async load(record: OrderRecord, description: Uint8Array): Promise<void> {
    const files = await this.ports.journal.files(record.order);
    try {
      this.orders.push(new OrderRun(record, readOrderSpec(record.kind, description), files));
    } catch (error) {
      this.unreadable.add(record.order);
      this.log.add(`${record.id} cannot be read: ${String(error)}`);
    }
  }

  private async add({ record, description }: NewOrder): Promise<{ order: string }> {
    const run = new OrderRun(record, readOrderSpec(record.kind, description), []);
    await this.ports.journal.addOrder(record, description);
    this.orders.push(run);
    this.ports.onChange();
    return { order: record.order };
  }

  private async setWill(run: OrderRun, will: OrderWill): Promise<void> {
    await this.put(run, { will });
    this.log.add(`${run.record.id}: ${will}`);
    for (const file of run.files) file.touch();
  }

  private async put(run: OrderRun, change: Partial<OrderRecord>): Promise<void> {
    const record = { ...run.record, ...change };
    await this.ports.journal.putOrder(record);
    run.record = { ...run.record, ...change };
  }

  /**
   * Parts of orders that the journal does not know, and of files that are saved: a crash came before their removal. What cannot be
   * removed now is no reason not to start.
   */
  private async removeLeftovers(): Promise<void> {
    const { parts } = this.ports;
    for (const order of await parts.orders().catch(() => [])) {
      const run = this.orders.find((each) => each.record.order === order);
      const saved = run?.files.filter((file) => file.state.kind === 'saved') ?? [];
      if (!run && !this.unreadable.has(order)) await parts.removeOrder(order).catch(() => undefined);
      for (const file of saved) await parts.remove(order, file.index).catch(() => undefined);
    }
  }
}
