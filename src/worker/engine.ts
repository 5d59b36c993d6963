import type {
  CopyCheck,
  DestinationChoice,
  ImportedFile,
  Limits,
  OrderExport,
  OrderSummary,
  PreviewBytes,
  Rows,
  Snapshot,
} from '../engine-api.ts';
import { AppError, toAppError } from '../order/errors.ts';
import { parseOrderLink, parseStaticLink } from '../order/link.ts';
import { accessOf, checkAccess } from './access.ts';
import { Copies } from './copies.ts';
import { writeDiagnostics } from './diagnostics.ts';
import { EventLog } from './event-log.ts';
import { Downloads } from './downloads.ts';
import { exportRun } from './export-run.ts';
import { Folders, permissionNeeded, type FolderPorts } from './folders.ts';
import { readGivenLinks } from './given-links.ts';
import { Grants } from './grants.ts';
import { confirmHandedOver } from './free-parts.ts';
import { openOrderLink, openShareLinks, type NewOrder } from './open-order.ts';
import type { OrderRun } from './order-run.ts';
import { Orders } from './orders.ts';
import { checkedPart } from './part-bytes.ts';
import type { Hasher, Journal, OrderWill, PartStore } from './ports.ts';
import { Previews } from './previews.ts';
import { Receipts } from './receipts.ts';
import { renewLinks } from './renew-links.ts';
import { Saves } from './saves.ts';
import { fileRow, summarize } from './snapshots.ts';

/** What the engine is joined with. */
export interface EnginePorts extends FolderPorts {
  readonly journal: Journal;
  readonly parts: PartStore;
  readonly hasher: Hasher;
  /** Called at each change; the caller thins it out. */
  readonly onChange: () => void;
}

/** The one engine of this origin: runs all orders, answers the commands, describes itself in snapshots. */
export class Engine {
  private readonly orders: Orders;
  private readonly journal: Journal;
  private readonly grants = new Grants();
  private readonly downloads: Downloads;
  private readonly log: EventLog;
  private readonly saves: Saves;
  private readonly receipts: Receipts;
  private readonly copies: Copies;
  private readonly folders: Folders;
  private readonly previews: Previews;
  private revision = Date.now() * 1000;

  private constructor(private readonly ports: EnginePorts) {
    const { parts, hasher, onChange } = ports;
    this.log = new EventLog(ports.journal);
    const { log } = this;
    this.orders = new Orders({ journal: ports.journal, parts, log });
    const journal = this.orders.guarded();
    this.journal = journal;
    this.folders = new Folders(ports);
    this.receipts = new Receipts(journal);
    this.saves = new Saves({
      journal,
      parts,
      log,
      orders: () => this.orders.list,
      folderOf: (order, folder) => this.folders.of(order, folder),
      onSaved: (order) => this.receipts.due(order),
      onChange: () => {
        this.downloads.roomMade();
        this.copies.pump(this.orders.list);
      },
    });
    this.downloads = new Downloads({
      journal,
      parts,
      hasher,
      grants: this.grants,
      orders: () => this.orders.list,
      log,
      saving: () => this.folders.canSave && !this.saves.blocked,
      folderIsFull: () => this.saves.blocked?.code === 'folder-full',
      retrySaves: () => this.saves.resume(),
      adopt: (file) => this.saves.adopt(file),
      onComplete: (file) => this.saves.add(file),
      onFailed: (order) => this.saves.finish(order),
      onChange: () => {
        this.previews.changed();
        onChange();
      },
    });
    this.previews = new Previews({
      parts,
      hasher,
      folder: (file) => this.folders.holding(file),
      urge: (file, piece) => this.downloads.urge(file, piece),
    });
    this.copies = new Copies({
      journal,
      parts,
      stop: (file) => this.downloads.stop(file),
      onComplete: (file) => this.saves.add(file),
      hasFolder: () => this.folders.name !== undefined,
      folderOf: (file) => this.folders.holding(file),
      save: (file) => this.saves.saveGiven(file),
      onUsed: () => this.downloads.pump(),
    });
  }

  /** Takes up every order where it was: the same path after a fresh start, a pause, a crash and a reboot. */
  static async start(ports: EnginePorts): Promise<Engine> {
    const engine = new Engine(ports);
    await engine.log.restore();
    engine.log.add('The engine starts.');
    await engine.orders.load();
    await engine.folders.load();
    engine.downloads.useNetwork(await ports.journal.network());
    engine.saves.resume();
    engine.downloads.pump();
    return engine;
  }

  snapshot(owner: boolean, storage: StorageEstimate | undefined): Snapshot {
    const { name, canSave } = this.folders;
    const folderNeedsPermission = name !== undefined && !canSave;
    const blocked = folderNeedsPermission ? permissionNeeded().toData() : this.saves.blocked;
    const saving = name === undefined ? undefined : this.saves.speed.perSecond;
    const now = performance.now();
    const connections = this.orders.list.reduce((sum, order) => sum + order.connections, 0);
    return {
      revision: ++this.revision,
      owner,
      orders: this.orders.list.map((order): OrderSummary =>
        summarize(order, { now, blocked, saving, connections }, this.folders.placesOf(order)),
      ),
      folder: name,
      downloads: this.folders.isDownloads,
      folderNeedsPermission,
      storage,
      limits: this.downloads.limits,
    };
  }

  rows(order: string, revision: number): Rows {
    const run = this.orders.find(order);
    return { revision: run.revision, rows: run.files.filter((file) => file.revision > revision).map(fileRow) };
  }

  diagnostics(): string {
    return writeDiagnostics(this.snapshot(true, undefined), this.log.text());
  }

  foldersFor(order?: string): readonly FileSystemDirectoryHandle[] {
    return this.folders.handlesFor(order === undefined ? undefined : this.orders.find(order));
  }

  async open(text: string, password?: string): Promise<{ order: string }> {
    const link = parseStaticLink(text) ?? parseOrderLink(text);
    const access = accessOf(link, password);
    const known = this.orders.list.find((run) => run.record.order === link.manifest);
    if (!known) return this.add(await openOrderLink(link, access));
    // the new link must be good before it takes the place of the old one, which may ask for a password
    await checkAccess(link, access);
    await this.orders.put(known, { key: undefined, password: undefined, at: undefined, ...access });
    this.grants.forget(known);
    this.downloads.tryNow([known]);
    return { order: link.manifest };
  }

  async addLinks(text: string): Promise<{ order: string }> {
    const given = await readGivenLinks(text);
    const { renewed, unknown } = await renewLinks(given.links, this.orders.list, this.journal);
    this.downloads.tryNow(renewed);
    const order = renewed.at(-1)?.record.order;
    return order !== undefined && unknown.length === 0
      ? { order }
      : this.add(await openShareLinks({ ...given, links: unknown }));
  }

  async start(order: string): Promise<void> {
    const run = this.orders.find(order);
    await this.setWill(run, 'started');
    run.progressAt = performance.now();
    this.saves.resume();
    this.copies.pump([run]);
    this.downloads.tryNow([run]);
  }

  async pause(order: string): Promise<void> {
    const run = this.orders.find(order);
    await this.setWill(run, 'paused');
    await Promise.all(run.files.map((file) => this.downloads.stop(file)));
    this.downloads.pump();
  }

  async remove(order: string): Promise<void> {
    await this.orders.remove(order, async (run) => {
      await Promise.all(run.files.map((file) => this.downloads.stop(file)));
      await Promise.all(run.files.filter((file) => file.busy).map((file) => file.alone(() => Promise.resolve())));
      await this.saves.settled(run);
      await this.saves.releaseAll(run);
      this.grants.forget(run);
    });
    this.downloads.roomMade();
  }

  async retry(order: string, index?: number): Promise<void> {
    const run = this.orders.find(order);
    const files =
      index === undefined ? run.files.filter(({ state }) => state.kind === 'failed') : [this.orders.file(order, index)];
    for (const file of files) {
      file.retry();
      this.saves.add(file);
    }
    this.downloads.tryNow([run]);
    await Promise.all(files.map((file) => this.journal.putFile(file.record())));
  }

  /** Puts an order before all others, or a file before the others of its order. What is under way comes to its end. */
  async first(order: string, index?: number): Promise<void> {
    const run = this.orders.find(order);
    if (index === undefined) {
      await this.orders.putFirst(run);
    } else {
      const { index: file } = this.orders.file(order, index);
      const others = run.record.firstFiles?.filter((each) => each !== file) ?? [];
      await this.orders.put(run, { firstFiles: [file, ...others] });
    }
    this.downloads.pump();
  }

  async setDestination(choice: DestinationChoice): Promise<void> {
    await this.folders.pick(choice);
    // another folder may take what this one refused
    for (const { files } of this.orders.list) for (const file of files) file.refused = undefined;
    await this.continueSaving();
  }

  async setLimits(limits: Limits): Promise<void> {
    await this.downloads.setLimits(limits);
  }

  async hold(): Promise<void> {
    await this.downloads.hold();
  }

  async continueSaving(): Promise<void> {
    await this.folders.look();
    this.saves.resume();
    this.copies.pump(this.orders.list);
    this.downloads.pump();
  }

  async verifiedFile(order: string, index: number): Promise<File> {
    const file = this.orders.file(order, index);
    try {
      const part = await file.alone(async () => {
        if (file.state.kind !== 'verified' && !file.isUnconfirmed) {
          throw new AppError('storage-failed', 'This file is not verified any more.');
        }
        return checkedPart(file, this.ports.parts);
      });
      return new File([part], file.safePath.split('/').pop() ?? '');
    } catch (error) {
      await this.saves.stopped(file, toAppError(error, 'storage-failed'));
      this.downloads.pump();
      throw error;
    }
  }

  async handedOver(order: string, index: number): Promise<void> {
    const file = this.orders.file(order, index);
    file.apply({ kind: 'hand-over', name: file.safePath });
    // it was saved meanwhile, or is being saved
    if (file.state.kind !== 'handed-over') return;
    await this.journal.putFile(file.record(), 'strict');
    await this.saves.release(file);
    this.saves.finish(file.order);
    this.copies.pump([file.order]);
    this.downloads.pump();
  }

  async confirmHandedOver(order: string): Promise<void> {
    const run = this.orders.find(order);
    await confirmHandedOver(run, { journal: this.journal, parts: this.ports.parts });
    this.receipts.due(run);
    this.downloads.roomMade();
  }

  async importFile(order: string, copy: File, handle?: FileSystemFileHandle): Promise<ImportedFile> {
    const run = this.orders.find(order);
    try {
      return await this.copies.take(run, copy, handle);
    } finally {
      this.downloads.tryNow([run]);
    }
  }

  async checkFile(order: string, index: number, copy?: File): Promise<CopyCheck> {
    return this.copies.check(this.orders.file(order, index), copy);
  }

  exportOrder(order: string): Promise<OrderExport> {
    return exportRun(this.orders.find(order));
  }

  async repairFile(order: string, index: number, copy?: File): Promise<void> {
    const file = this.orders.file(order, index);
    await this.copies.repair(file, copy);
    this.downloads.tryNow([file.order]);
  }

  preview(order: string, index: number, start: number): Promise<PreviewBytes | undefined> {
    return this.previews.read(this.orders.file(order, index), start);
  }

  /** The computer or the tab has slept: nobody knows what its connections are worth, so new ones are made. */
  awake(): void {
    this.log.add('Awake after a sleep.');
    this.downloads.reconnect();
    this.wake();
  }

  /** The network is back: what waits by itself is tried at once. */
  wake(): void {
    this.downloads.tryNow(this.orders.list.filter((order) => order.notBefore !== Infinity));
  }

  private async add(order: NewOrder): Promise<{ order: string }> {
    const added = await this.orders.add(order);
    this.ports.onChange();
    return added;
  }

  private async setWill(run: OrderRun, will: OrderWill): Promise<void> {
    await this.orders.put(run, { will });
    this.log.add(`${run.record.id}: ${will}`);
    for (const file of run.files) file.touch();
  }
}
