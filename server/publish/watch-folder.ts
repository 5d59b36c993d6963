import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { AppError } from '../../src/order/errors.ts';
import { OrderId } from '../../src/order/link.ts';
import { readManifests } from '../orders/stored-manifests.ts';
import { FolderStore } from '../store/folder-store.ts';
import { findSources } from './find-sources.ts';
import { findLocalFiles } from './local-source.ts';
import { pack } from './parcel.ts';
import { publishOrder, type PublishOptions, type PublishedOrder } from './publish-order.ts';
import { fileIdentity, place } from './send-parcel.ts';

/** What is watched, and who is told. */
export interface WatchOptions extends Omit<PublishOptions, 'source' | 'order' | 'onProgress'> {
  /** Each folder in it is an order of its name. */
  readonly folder: string;
  /** A folder is finished when nothing in it changed for so long, in ms. */
  readonly settle: number;
  readonly onPublished: (order: PublishedOrder) => void;
  /** A folder that cannot be published; it is tried again when it changes. */
  readonly onProblem: (name: string, message: string) => void;
  /** Ends the watching. */
  readonly signal?: AbortSignal;
}

interface Seen {
  readonly fingerprint: string;
  /** `performance.now()` when it was first seen like this. */
  readonly since: number;
  readonly done: boolean;
}

/**
 * Publishes each finished folder, and again when it has changed. Looks every few seconds instead of asking the system for
 * events: those do not come from network drives. What an earlier run published unchanged gets no second link.
 */
export async function watchFolder(options: WatchOptions): Promise<void> {
  const { folder, settle, signal } = options;
  const seen = new Map<string, Seen>();
  const pause = Math.min(2000, settle / 2);
  await readdir(folder).catch((error: unknown) => {
    throw new AppError(
      'input-invalid',
      `${folder} is no folder that can be watched. Nothing was done.`,
      {},
      { cause: error },
    );
  });
  while (!signal?.aborted) {
    for (const name of await readdir(folder).catch(() => [])) {
      if (signal?.aborted) return;
      if (!name.startsWith('.')) await look(name, seen, options);
    }
    await sleep(pause, undefined, { ...(signal && { signal }) }).catch(() => undefined);
  }
}

async function look(name: string, seen: Map<string, Seen>, options: WatchOptions): Promise<void> {
  const { store } = options.target;
  const source = join(options.folder, name);
  if (store instanceof FolderStore && resolve(source) === store.root) return;
  const files = await findLocalFiles(source).catch(() => []);
  if (files.length === 0) return;
  const facts = files.map(({ path, size, mtimeMs }) => [path, size, mtimeMs]);
  const fingerprint = createHash('sha256').update(JSON.stringify(facts)).digest('hex');
  const before = seen.get(name);
  if (before?.fingerprint !== fingerprint) {
    seen.set(name, { fingerprint, since: performance.now(), done: false });
    return;
  }
  if (before.done || performance.now() - before.since < options.settle) return;
  seen.set(name, { ...before, done: true });
  try {
    if (!v.is(OrderId, name)) {
      options.onProblem(name, 'the folder’s name is no order id (letters, digits, ".", "_", "-"). Rename it.');
      return;
    }
    if (await isPublished(source, name, options)) return;
    options.onPublished(await publishOrder({ ...options, source, order: name }));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    options.onProblem(name, error.message);
    // the store may come back: once more after the same wait
    if (error.code === 'store-unreachable') seen.set(name, { ...before, since: performance.now() });
  }
}

/** True when the newest manifest was made of these very files: their places tell path, size and time. */
async function isPublished(source: string, order: string, { target, bundleLength }: WatchOptions): Promise<boolean> {
  const [newest] = await readManifests(target, order);
  if (!newest) return false;
  const known = new Set(newest.manifest.files.map(fileIdentity));
  const parcels = pack(await findSources(source, order, target), bundleLength, order, target.layout);
  const places = parcels.flatMap((parcel) =>
    parcel.files.map(({ source: file, offset }) => place(parcel, file, offset)),
  );
  return places.length === known.size && places.every((file) => known.has(fileIdentity(file)));
}
