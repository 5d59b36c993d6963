import type { Limits } from '../engine-api.ts';
import type { AppErrorData } from '../order/errors.ts';

/** One OPFS file, open for one writer. Every method is synchronous, as sync access handles are. */
export interface PartFile {
  /** Writes all of `bytes` at `at`. Throws `disk-full` when the disk or the quota does not take them. */
  write(bytes: Uint8Array, at: number): void;
  /** Fills `buffer` from `at`; returns the number of bytes there were. */
  read(buffer: Uint8Array, at: number): number;
  size(): number;
  /** Returns when all writes before it survive a crash of the browser. */
  flush(): void;
  close(): void;
}

/** SHA-256 of pieces, off the engine's own thread. */
export interface Hasher {
  /** The SHA-256 (32 bytes) of `length` bytes that `fill` puts into a buffer, which is only lent. What `fill` throws is thrown. */
  hash(length: number, fill: (buffer: Uint8Array) => void): Promise<Uint8Array>;
  /** The SHA-256 of `size` bytes, however many: `fill` puts those from `at` on into each lent buffer. What `fill` throws is thrown. */
  hashAll(size: number, fill: (buffer: Uint8Array, at: number) => void): Promise<Uint8Array>;
}

/** Bytes that are not saved yet: one file for each file of an order, pieces at their own offsets. */
export interface PartStore {
  /** Opens, or creates, the part of a file. Throws `storage-busy` when somebody else holds it for more than 5 s. */
  open(order: string, file: number): Promise<PartFile>;
  /** Bytes of the part, to be read while it is not open; undefined when there is none. */
  blob(order: string, file: number): Promise<File | undefined>;
  remove(order: string, file: number): Promise<void>;
  removeOrder(order: string): Promise<void>;
  /** Orders of which parts are kept. */
  orders(): Promise<string[]>;
  /** Numbers of the order's files of which a part is kept. */
  files(order: string): Promise<number[]>;
  /** True when the disk takes `bytes` more, by trying it. */
  hasRoom(bytes: number): Promise<boolean>;
}

/** What the journal says of a file. `name` is the safe path under the order's folder. */
export type FileState =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'downloading' }
  | { readonly kind: 'verified' }
  | { readonly kind: 'saving' }
  | { readonly kind: 'saved'; readonly name: string }
  /** `confirmed`: the user found it in the browser's downloads, and its part is not needed any more. */
  | { readonly kind: 'handed-over'; readonly name: string; readonly confirmed?: boolean | undefined }
  | { readonly kind: 'failed'; readonly error: AppErrorData };

export interface FileRecord {
  readonly order: string;
  readonly file: number;
  readonly state: FileState;
  /** One bit for each piece that is verified and flushed. */
  readonly pieces: Uint8Array;
  /** The number of the picked folder that the names in this record are in; the first one where it is left out. */
  readonly folder?: number | undefined;
  /** The name under which a save was begun: an empty file there is ours, left by a crash. */
  readonly claimed?: string | undefined;
  /** A saved file that was found damaged: the save may replace it. */
  readonly replaces?: string | undefined;
  /** Saved so short a time ago that a power cut could take it back: it is looked for at the next start. */
  readonly fresh?: boolean | undefined;
  /** Bytes of unfinished pieces at the last commit: what the list shows until the part is opened again. */
  readonly received?: number | undefined;
  /** Bytes that had to be fetched again so far. */
  readonly fetchedTwice?: number | undefined;
  /** SHA-256 of the pieces (32 bytes each), taken on arrival where the sender gave none. */
  readonly hashes?: Uint8Array | undefined;
}

/** What the user wants of an order. */
export type OrderWill = 'ready' | 'started' | 'paused';

export interface OrderRecord {
  /** Journal key: the manifest's SHA-256, or a random id for share links. */
  readonly order: string;
  readonly kind: 'order' | 'links';
  /** The sender's id; also the folder's name. */
  readonly id: string;
  readonly title: string;
  /** Ms since the epoch. */
  readonly addedAt: number;
  /** Orders are worked on by this number, where the user chose it, or else by `addedAt`. */
  readonly rank?: number | undefined;
  /** Files that the user wants before the others, the most urgent one first. */
  readonly firstFiles?: readonly number[] | undefined;
  readonly will: OrderWill;
  /** The order's key; undefined for share links. */
  readonly key?: string | undefined;
  /** What the key needs beside it. */
  readonly password?: string | undefined;
  /** Where a static link's document is: in place of a key. */
  readonly at?: string | undefined;
  readonly files: number;
  readonly bytes: number;
  /** How many saved files `SHA256SUMS` in the folder lists; undefined before it is written. */
  readonly listed?: number | undefined;
  /** When all files were saved or handed over, in ms since the epoch; undefined before. */
  readonly doneAt?: number | undefined;
  /** How many saved files the sender was told of. */
  readonly receipted?: number | undefined;
}

/** The folders that the user has picked, none of them twice, and where finished files go: the number of one of them. */
export interface PickedFolders {
  readonly handles: readonly FileSystemDirectoryHandle[];
  /** `downloads` for the browser's downloads; undefined before the user has chosen. */
  readonly current: number | 'downloads' | undefined;
}

/** What the user and experience say of the network. */
export interface NetworkSettings {
  readonly limits: Limits;
  /** How many connections were worth having, by host. */
  readonly connections: ReadonlyMap<string, number>;
}

/** By this number, the smallest first, orders are worked on. */
export function rankOf({ rank, addedAt }: OrderRecord): number {
  return rank ?? addedAt;
}

/** Which orders there are, which pieces are safely on disk, what has been saved. It may lag the disk, never lead it. */
export interface Journal {
  orders(): Promise<OrderRecord[]>;
  /** Keys of all orders of which anything is kept, also where it cannot be read. */
  known(): Promise<string[]>;
  /** The bytes that describe the order: its manifest, or the list of links. */
  description(order: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  files(order: string): Promise<FileRecord[]>;
  addOrder(record: OrderRecord, description: Uint8Array<ArrayBuffer>): Promise<void>;
  putOrder(record: OrderRecord): Promise<void>;
  putDescription(order: string, description: Uint8Array<ArrayBuffer>): Promise<void>;
  /** `strict` waits until the record survives a power cut. */
  putFile(record: FileRecord, durability?: 'strict' | 'relaxed'): Promise<void>;
  removeOrder(order: string): Promise<void>;
  /** Lines of the event log. */
  log(): Promise<string[]>;
  putLog(lines: readonly string[]): Promise<void>;
  folders(): Promise<PickedFolders>;
  putFolders(folders: PickedFolders): Promise<void>;
  network(): Promise<NetworkSettings | undefined>;
  putNetwork(settings: NetworkSettings): Promise<void>;
}

/**
 * The folder of one order in a folder that the user picked. Paths are safe ones, `/` between their parts. Throws `folder-…` where
 * the picked folder cannot be reached, and `save-refused` where one file is the trouble.
 */
export interface Destination {
  /** Bytes of the file at `path`; undefined when there is none, `folder` when the name is a folder's. */
  existing(path: string): Promise<File | 'folder' | undefined>;
  /** Where a file that the user has lies in this folder; undefined when it lies elsewhere. */
  pathOf(handle: FileSystemFileHandle): Promise<string | undefined>;
  /** Creates or replaces `path` with `chunks`; the file is whole when this returns. What fails is discarded, as far as it can be reached. */
  write(path: string, chunks: AsyncIterable<Blob | BufferSource>): Promise<void>;
  /** Removes what a crash left of a write to `path`: the browser's swap file, and the file itself while it is empty. */
  discard(path: string): Promise<void>;
}

/** A `Destination` that is reached without asking the user. */
export interface OrderFolder extends Destination {
  /** The number of the picked folder. */
  readonly folder: number;
  /** The same for two orders only when they share a folder. */
  readonly place: string;
}
