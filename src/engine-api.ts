import type { AppErrorData } from './order/errors.ts';
import type { ExportOrder } from './order/export-order.ts';

/**
 * The whole boundary between page and worker: commands in, snapshots out, plain data only. File bytes never cross it,
 * only files and blobs that stand for them.
 * Exposed by Comlink; the same commands reach the owning tab's worker over a BroadcastChannel.
 */
export interface EngineApi {
  /** Calls `listener` (a Comlink proxy) now and then at most five times a second while something changes. */
  subscribe(listener: (snapshot: Snapshot) => void): Promise<void>;
  /** Rows of an order that changed since `revision` (0 for all). */
  rows(order: string, revision: number): Promise<Rows>;
  /** Opens an order link: fetches and checks the manifest and lists the order, not started. The same order again takes the new key. */
  open(link: string, password?: string): Promise<Outcome<{ order: string }>>;
  /** Makes an order of presigned URLs, one a line, or of a Metalink; a fresh URL for a known object continues the order that has it. */
  addLinks(text: string): Promise<Outcome<{ order: string }>>;
  /** Starts or resumes an order. */
  start(order: string): Promise<Outcome<void>>;
  pause(order: string): Promise<Outcome<void>>;
  /** Removes the order from the list and frees its parts. Files in the customer's folder stay. */
  remove(order: string): Promise<Outcome<void>>;
  /** Tries a failed file again; without `file`, all of the order's that failed. */
  retry(order: string, file?: number): Promise<Outcome<void>>;
  /** Works on an order before all others; with `file`, on that file before the order's others. */
  first(order: string, file?: number): Promise<Outcome<void>>;
  /** Where finished files go from now on. Kept over restarts. */
  setDestination(choice: DestinationChoice): Promise<Outcome<void>>;
  /** The picked folder, and those that hold saved files of `order`, so that the page can ask for their permission. */
  foldersFor(order?: string): Promise<readonly FileSystemDirectoryHandle[]>;
  /** The page was given the permission (or put the stick back): go on with saving. */
  continueSaving(): Promise<Outcome<void>>;
  /** The verified bytes of a file, for the page to hand to the browser's downloads; once more while the copy is kept. */
  verifiedFile(order: string, file: number): Promise<Outcome<File>>;
  /** The page handed a verified file to the browser's downloads. Its part stays until `confirmHandedOver` or `remove`. */
  handedOver(order: string, file: number): Promise<Outcome<void>>;
  /** The user found the order's files in the browser's downloads: the parts of those handed over so far are removed. */
  confirmHandedOver(order: string): Promise<Outcome<void>>;
  /**
   * Takes what belongs to the order out of a file that the user has: whole or in part, under any name. With its handle, one that
   * lies in the destination already stays as it is.
   */
  importFile(order: string, copy: File, handle?: FileSystemFileHandle): Promise<Outcome<ImportedFile>>;
  /** Compares a delivered file with the order, byte for byte: the saved one, or a copy that the user has. Nothing is changed. */
  checkFile(order: string, file: number, copy?: File): Promise<Outcome<CopyCheck>>;
  /**
   * Fetches again what of a delivered file is damaged or gone. A saved one is replaced as a whole, also where the user changed it;
   * with a copy of the user's, what that lacks is fetched and the file delivered once more.
   */
  repairFile(order: string, file: number, copy?: File): Promise<Outcome<void>>;
  /** What another program needs to fetch the order: fresh URLs of all its files. */
  exportOrder(order: string): Promise<Outcome<OrderExport>>;
  /**
   * Verified bytes of a file, from `start` to the end of their piece, for the page to show. What is not there yet is fetched first and
   * waited for; undefined when it has not come after 20 s. Only files of the kinds that are shown.
   */
  preview(order: string, file: number, start: number): Promise<Outcome<PreviewBytes | undefined>>;
  /** Caps the rate and the number of connections, of all orders together; what is left out has no cap. Kept over restarts. */
  setLimits(limits: Limits): Promise<Outcome<void>>;
  /** Ends all transfers, keeps what came, and begins none for ten seconds: a new version of the app takes over meanwhile. */
  hold(): Promise<Outcome<void>>;
  /** What happened when, as text that can be sent to somebody: no addresses' queries, no keys. */
  diagnostics(): Promise<string>;
  /** The name of a Web Lock that this worker holds for as long as it lives: whoever gets it knows that the worker is dead. */
  life(): Promise<string>;
  /** Answers while the worker is alive. */
  ping(): Promise<void>;
}

/** A command's result. Plain data instead of exceptions, since Comlink loses an error's code. */
export type Outcome<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: AppErrorData };

/** Where finished files go: a folder that the user picked, or the browser's downloads. */
export type DestinationChoice = FileSystemDirectoryHandle | 'downloads';

/** What came of a file that the user has. */
export interface ImportedFile {
  /** The order's file that it is, or is a part of; undefined when it belongs to none that is still needed. */
  readonly file: number | undefined;
  /** Bytes that need not be fetched any more. */
  readonly bytes: number;
  /** True when a whole file is only noted: it is checked and copied when the order is started or its folder can be written to. */
  readonly waits: boolean;
}

/** An order for another program. */
export interface OrderExport {
  readonly order: ExportOrder;
  /** When the first of its URLs ends, in ms since the epoch; undefined when they do not say. */
  readonly endsAt: number | undefined;
}

/** What came of comparing a saved file. */
export interface CopyCheck {
  /** `changed`: its bytes or its length are not those of the order. */
  readonly copy: 'whole' | 'changed' | 'gone';
  /** Pieces that are wrong or missing, from 0; none where bytes were only added at the end. */
  readonly damaged: readonly number[];
}

/** A stretch of a file that is shown. */
export interface PreviewBytes {
  readonly mediaType: string;
  /** Bytes of the whole file. */
  readonly size: number;
  /** Empty behind the end of the file. */
  readonly body: Blob;
}

/** The user's own caps. */
export interface Limits {
  readonly bytesPerSecond?: number;
  /** From 1 to 6. */
  readonly connections?: number;
}

export interface Snapshot {
  /** Counts up with each snapshot; rows carry the same count. */
  readonly revision: number;
  /** False while another window's worker runs the engine and this one mirrors it. */
  readonly owner: boolean;
  /** In the order of work. */
  readonly orders: readonly OrderSummary[];
  /** Name of the picked folder; undefined when there is none. */
  readonly folder: string | undefined;
  /** True when the user chose the browser's downloads; without a choice, files go there as well. */
  readonly downloads: boolean;
  /** True when the browser wants the user to allow the folder again. */
  readonly folderNeedsPermission: boolean;
  readonly storage: StorageEstimate | undefined;
  readonly limits: Limits;
  /** Why no engine runs at all; then nothing else is known. */
  readonly failure?: AppErrorData;
}

/**
 * - `ready`: opened, never started. `running`: work is done or due; with a `reason`, only saving waits for the user.
 *   `waiting`: goes on by itself, `reason` says when.
 * - `paused`: by the user. `attention`: needs the user, `reason` says what; without one, files failed. `done`: all files saved or handed over.
 */
export type OrderState = 'ready' | 'running' | 'waiting' | 'paused' | 'attention' | 'done';

export interface OrderSummary {
  /** The journal's key of the order. */
  readonly order: string;
  /** The sender's id. */
  readonly id: string;
  /** Where its saved files are: the picked folder and the order's own in it, `chips / A-1042`. Several when another was picked meanwhile. */
  readonly folders: readonly string[];
  readonly title: string;
  readonly kind: 'order' | 'links';
  /** True when the sender's checksums tell of every file whether it is right. */
  readonly checksums: boolean;
  /** True when the sender is told which files were saved. */
  readonly receipts: boolean;
  /** True when the link leads to the store and no order service is asked: nobody can renew or end it. */
  readonly isStatic: boolean;
  /** When a static link ends, in ms since the epoch; undefined where only the service knows. */
  readonly endsAt: number | undefined;
  readonly state: OrderState;
  /** Why it waits or needs the user. */
  readonly reason: AppErrorData | undefined;
  /** When the next attempt is due, in ms since the epoch; undefined when none is planned. */
  readonly retryAt: number | undefined;
  readonly files: number;
  readonly filesSaved: number;
  readonly filesHandedOver: number;
  /** Those of them of which nobody has said yet that they arrived: their parts are kept. */
  readonly filesUnconfirmed: number;
  readonly filesFailed: number;
  /** Verified files that the folder did not take: the page hands them to the browser's downloads. */
  readonly filesRefused: number;
  /** Files that are being written to the destination now: not a moment to reload. */
  readonly filesSaving: number;
  /** Files of these names that are in the folder already and are being compared with the order. */
  readonly filesCompared: number;
  /** Bytes of all files. */
  readonly bytes: number;
  /** Bytes received and kept, verified and saved ones included. */
  readonly bytesReceived: number;
  /** Bytes that are verified and journaled: a crash takes none of them back. */
  readonly bytesVerified: number;
  /** Bytes of files that are in the folder; what was handed to the browser's downloads is not among them. */
  readonly bytesSaved: number;
  /** Size of the handed-over files that nobody has confirmed yet. */
  readonly bytesUnconfirmed: number;
  /** What the order occupies of this app's own disk space: unsaved parts, and files that are handed over and not confirmed. */
  readonly bytesOnDisk: number;
  /** Bytes that were received and had to be fetched again, since the order was added: what a crash cost is among them. */
  readonly bytesFetchedTwice: number;
  /** Received per second, smoothed; 0 when nothing arrives. */
  readonly bytesPerSecond: number;
  /** Seconds until all is received and saved, as far as anybody can tell. */
  readonly secondsLeft: number | undefined;
  /** Open connections for this order. */
  readonly connections: number;
  /** When the last file was saved or handed over, in ms since the epoch. */
  readonly doneAt: number | undefined;
  /** Names of the files that are being received now, at most three. */
  readonly active: readonly string[];
  /** Disk space that the order may occupy at once beyond the finished files, in bytes, while they are saved into a folder. */
  readonly diskNeeded: number;
}

export type FileStatus =
  'waiting' | 'downloading' | 'verified' | 'saving' | 'saved' | 'handed-over' | 'paused' | 'failed';

export interface FileRow {
  readonly file: number;
  /** The path as the sender gave it. */
  readonly path: string;
  /** The name under which it was or will be saved, where it differs from `path`. */
  readonly savedAs: string | undefined;
  readonly size: number;
  readonly status: FileStatus;
  readonly bytesReceived: number;
  readonly bytesVerified: number;
  /** Number of pieces; 0 for an empty file. */
  readonly pieceCount: number;
  /** One bit a piece that is verified; undefined when none are, or all are journaled. */
  readonly pieces: Uint8Array | undefined;
  /** One bit a piece of which bytes are here that no hash has judged yet; undefined when there is none. */
  readonly begun: Uint8Array | undefined;
  /** One bit a piece that arrived damaged and is fetched again; undefined when there is none. */
  readonly bad: Uint8Array | undefined;
  /** True while the app keeps its copy of a handed-over file. */
  readonly kept: boolean;
  /** Why it failed; of a verified file, why the folder does not take it. */
  readonly error: AppErrorData | undefined;
  /** True when the sender's checksums tell whether it is right: else it is received, never verified. */
  readonly checksums: boolean;
  /** SHA-256 of the whole file as the sender gave it, hexadecimal; undefined when none was given. */
  readonly sha256: string | undefined;
}

export interface Rows {
  readonly revision: number;
  readonly rows: readonly FileRow[];
}
