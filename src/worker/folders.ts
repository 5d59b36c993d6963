import type { DestinationChoice } from '../engine-api.ts';
import { AppError } from '../order/errors.ts';
import type { FileRun, OrderRun } from './order-run.ts';
import type { Destination, Journal, OrderFolder, PickedFolders } from './ports.ts';

/** What the folders are reached by. */
export interface FolderPorts {
  readonly journal: Journal;
  readonly destinationIn: (picked: FileSystemDirectoryHandle, orderFolder: string) => Destination;
  readonly isWritable: (picked: FileSystemDirectoryHandle) => Promise<boolean>;
}

/** What is said when a folder was picked, and the browser asks anew whether it may be used. */
export function permissionNeeded(): AppError {
  return new AppError('folder-permission', 'The browser wants you to allow the folder once more.');
}

/**
 * The folders that the user has picked, by their number in the journal. Files go into the last one; those that were saved before stay
 * in theirs, and their records say in which.
 */
export class Folders {
  private handles: readonly FileSystemDirectoryHandle[] = [];
  private current: PickedFolders['current'];
  private writable = new Set<number>();

  constructor(private readonly ports: FolderPorts) {}

  /** Takes up what the journal has. */
  async load(): Promise<void> {
    ({ handles: this.handles, current: this.current } = await this.ports.journal.folders());
    await this.look();
  }

  /** Saves into the folder from now on, or lets files go to the browser's downloads. */
  async pick(choice: DestinationChoice): Promise<void> {
    const handle = choice === 'downloads' ? undefined : choice;
    const isSame = async (each: FileSystemDirectoryHandle): Promise<boolean> =>
      handle !== undefined && handle.isSameEntry(each).catch(() => false);
    const known = await Promise.all(this.handles.map(isSame));
    const at = known.indexOf(true);
    const handles = handle && at < 0 ? [...this.handles, handle] : this.handles;
    const current = handle === undefined ? 'downloads' : at < 0 ? handles.length - 1 : at;
    const picked = { handles, current } as const;
    await this.ports.journal.putFolders(picked);
    ({ handles: this.handles, current: this.current } = picked);
    await this.look();
  }

  /** Finds out which folders may be written to without asking the user. */
  async look(): Promise<void> {
    const may = await Promise.all(this.handles.map((each) => this.ports.isWritable(each).catch(() => false)));
    this.writable = new Set(may.flatMap((yes, folder) => (yes ? [folder] : [])));
  }

  /** The name of the folder that files are saved in; undefined when there is none. */
  get name(): string | undefined {
    return typeof this.current === 'number' ? this.handles[this.current]?.name : undefined;
  }

  /** True when the user chose the browser's downloads. */
  get isDownloads(): boolean {
    return this.current === 'downloads';
  }

  /** True when files can be saved without asking the user. */
  get canSave(): boolean {
    return typeof this.current === 'number' && this.writable.has(this.current);
  }

  /** The folder of `order` in the one that files are saved in, or in another; undefined when it needs the user, or was never picked. */
  of(order: OrderRun, folder: PickedFolders['current'] = this.current): OrderFolder | undefined {
    if (typeof folder !== 'number' || !this.writable.has(folder)) return undefined;
    const handle = this.handles[folder];
    if (!handle) return undefined;
    return { ...this.ports.destinationIn(handle, order.folder), folder, place: `${folder}/${order.folder}` };
  }

  /** The folder that a saved file is in. Throws `folder-permission` when it cannot be reached without the user. */
  holding(file: FileRun): OrderFolder {
    const folder = this.of(file.order, file.folder);
    if (!folder) throw permissionNeeded();
    return folder;
  }

  /** The folder that files are saved in, and those in which files of `order` are, so that the page can ask for their permission. */
  handlesFor(order: OrderRun | undefined): FileSystemDirectoryHandle[] {
    const wanted = new Set<PickedFolders['current']>([this.current, ...(order ? usedFolders(order) : [])]);
    return this.handles.filter((_, folder) => wanted.has(folder));
  }

  /** Where the saved files of `order` are, in words: `chips / A-1042`. */
  placesOf(order: OrderRun): string[] {
    return usedFolders(order).flatMap((folder) => {
      const name = this.handles[folder]?.name;
      return name === undefined ? [] : [`${name} / ${order.folder}`];
    });
  }
}

/** The numbers of the folders in which files of `order` are saved. */
export function usedFolders(order: OrderRun): number[] {
  const used = new Set<number>();
  for (const { state, folder } of order.files) if (state.kind === 'saved') used.add(folder);
  return [...used].sort((a, b) => a - b);
}
