import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { AppError } from '../../src/order/errors.ts';
import { OrderId } from '../../src/order/link.ts';
import { readManifests } from '../orders/stored-manifests.ts';
import { FolderStore } from '../store/folder-store.ts';
import { findSources } from './find-sources.ts';
import { listFolder } from './local-source.ts';
import { pack } from './parcel.ts';
import { publishOrder, type PublishOptions, type PublishedOrder } from './publish-order.ts';
import { fileIdentity, place } from './send-parcel.ts';

/** What is watched, and who is told. */
export interface WatchOptions extends Omit<PublishOptions, 'source' | 'order' | 'leftOut' | 'onProgress'> {
  /** Each folder in it is an order of its name. */
  readonly folder: string;
  /** A folder is finished when nothing in it changed for so long, in ms. */
  readonly settle: number;
  /** And when it holds a file of this name, which is not part of the order. */
  readonly doneFile?: string | undefined;
  readonly onPublished: (order: PublishedOrder) => void;
  /** What cannot be published, once for each reason; it is tried again when it changes, and when the store may be back. */
  readonly onProblem: (name: string, message: string) => void;
  /** Ends the watching, after the order that is being published. */
  readonly signal?: AbortSignal;
}

interface Seen {
  readonly fingerprint: string;
  /** `performance.now()` when it is to be published, unless it changes before. */
  readonly due: number;
}

/** What was refused is tried again after so long, in ms: credentials and rights change without the folder. */
const LATER = 15 * 60_000;

/**
 * Publishes each finished folder, and again when it has changed. Looks every few seconds instead of asking the system for
 * events: those do not come from network drives. What an earlier run published unchanged gets no second link. Goes on
 * whatever happens; throws `input-invalid` only when there is no such folder at the beginning.
 */
export async function watchFolder(options: WatchOptions): Promise<void> {
  const { folder, settle, signal } = options;
  const pause = Math.min(2000, settle / 2);
  await readdir(folder).catch((error: unknown) => {
    const message = `${folder} is no folder that can be watched. Nothing was done.`;
    throw new AppError('input-invalid', message, {}, { cause: error });
  });
  const watch = new Watch(options);
  while (!signal?.aborted) {
    await watch.lookAtAll();
    await sleep(pause, undefined, { ...(signal && { signal }) }).catch(() => undefined);
  }
}

class Watch {
  readonly #seen = new Map<string, Seen>();
  /** What was last said of a name. */
  readonly #said = new Map<string, string>();

  constructor(private readonly options: WatchOptions) {}

  async lookAtAll(): Promise<void> {
    const { folder, signal } = this.options;
    try {
      for (const name of (await readdir(folder)).sort()) {
        if (signal?.aborted) return;
        if (!name.startsWith('.')) await this.#look(name);
      }
      this.#said.delete(folder);
    } catch (error) {
      this.#say(folder, `it cannot be read (${String(error)}). It is looked for again.`);
    }
  }

  async #look(name: string): Promise<void> {
    try {
      if (await this.#isFinished(name)) await this.#publish(name);
    } catch (error) {
      const isRefused = error instanceof AppError && error.code !== 'store-unreachable';
      this.#say(
        name,
        error instanceof AppError ? error.message : `failed unexpectedly (${String(error)}); it is tried again.`,
      );
      const before = this.#seen.get(name);
      const due = performance.now() + (isRefused ? LATER : this.options.settle);
      if (before) this.#seen.set(name, { ...before, due });
    }
  }

  /** True once for each state of a folder that stays the same for long enough. */
  async #isFinished(name: string): Promise<boolean> {
    const { folder, doneFile, settle, target } = this.options;
    const source = join(folder, name);
    if (target.store instanceof FolderStore && resolve(source) === target.store.root) return false;
    const isFolder = (await stat(source).catch(() => undefined))?.isDirectory() === true;
    const files = isFolder ? await listFolder(source) : [];
    const facts = [isFolder, files.map(({ path, size, mtimeMs }) => [path, size, mtimeMs])];
    const fingerprint = createHash('sha256').update(JSON.stringify(facts)).digest('hex');
    const now = performance.now();
    const { due } = this.#seen.get(name) ?? {};
    if (due === undefined || this.#seen.get(name)?.fingerprint !== fingerprint) {
      this.#seen.set(name, { fingerprint, due: now + settle });
      return false;
    }
    if (now < due) return false;
    if (!isFolder) throw new AppError('input-invalid', 'is no folder: each folder is an order. Put it into one.');
    if (files.length === 0 || (doneFile !== undefined && !(await isFile(join(source, doneFile))))) return false;
    this.#seen.set(name, { fingerprint, due: Infinity });
    return true;
  }

  async #publish(name: string): Promise<void> {
    const { folder, doneFile } = this.options;
    const rule = 'the folder’s name is no order id (letters, digits, ".", "_", "-"). Rename it.';
    if (!v.is(OrderId, name)) throw new AppError('input-invalid', rule);
    const options = { ...this.options, source: join(folder, name), order: name, leftOut: doneFile };
    if (!(await isPublished(options))) this.options.onPublished(await publishOrder(options));
    this.#said.delete(name);
  }

  #say(name: string, message: string): void {
    if (this.#said.get(name) !== message) this.options.onProblem(name, message);
    this.#said.set(name, message);
  }
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

/** True when the newest manifest was made of these very files: their places tell path, size and time. */
async function isPublished({ source, order, target, leftOut, bundleLength }: PublishOptions): Promise<boolean> {
  const [newest] = await readManifests(target, order);
  if (!newest) return false;
  const known = new Set(newest.manifest.files.map(fileIdentity));
  const parcels = pack(await findSources(source, order, target, leftOut), bundleLength, order, target.layout);
  const places = parcels.flatMap((parcel) =>
    parcel.files.map(({ source: file, offset }) => place(parcel, file, offset)),
  );
  return places.length === known.size && places.every((file) => known.has(fileIdentity(file)));
}
