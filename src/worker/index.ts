import * as Comlink from 'comlink';
import type { EngineApi, Rows } from '../engine-api.ts';
import { Engine, type EnginePorts } from './engine.ts';
import { createFolderDestination, isWritable } from './folder-destination.ts';
import { createHashWorker } from './hash-worker.ts';
import { openIdbCopy, openIdbJournal } from './idb-journal.ts';
import { withCopy } from './journal-copy.ts';
import { createOpfsPartStore } from './opfs-part-store.ts';
import { NO_ROWS, Owner } from './owner.ts';
import { checkPrivateFiles } from './private-files.ts';
import { instrument } from './testing/instrument.ts';
import { withTimings } from './testing/timings.ts';
import { onWaking } from './waking.ts';

/** Joins the engine with the browser's storage and offers it to the page. */
const owner = new Owner(async (onChange) => {
  await checkPrivateFiles();
  const [journal, copy] = await Promise.all([
    openIdbJournal('holdfast', (error) => owner.fail(error)),
    openIdbCopy('holdfast-copy'),
  ]);
  const ports: EnginePorts = {
    journal: copy ? await withCopy(journal, copy) : journal,
    parts: createOpfsPartStore(),
    hasher: createHashWorker(),
    destinationIn: createFolderDestination,
    isWritable,
    onChange,
  };
  // left out of every other build: `npm run check` looks for them in the bundle
  if (import.meta.env.MODE === 'instrumented') return Engine.start(await instrument(ports));
  if (import.meta.env.MODE === 'timings') return Engine.start(withTimings(ports));
  return Engine.start(ports);
});

self.addEventListener('online', () => owner.wake());
onWaking(() => owner.awake());

/** Held until this worker dies. */
const life = new Promise<string>((resolve) => {
  const name = `holdfast-life-${crypto.randomUUID()}`;
  void navigator.locks.request(name, () => {
    resolve(name);
    return new Promise<never>(() => undefined);
  });
});

const api: EngineApi = {
  subscribe: (listener) => Promise.resolve(owner.subscribe(listener)),
  async rows(order, revision) {
    const rows = await owner.call<Rows>('rows', order, revision);
    return rows.ok ? rows.value : NO_ROWS;
  },
  async foldersFor(order) {
    const folders = await owner.call<readonly FileSystemDirectoryHandle[]>('foldersFor', order);
    return folders.ok ? folders.value : [];
  },
  async diagnostics() {
    const text = await owner.call<string>('diagnostics');
    return text.ok ? text.value : text.error.message;
  },
  open: (link, password) => owner.call('open', link, password),
  addLinks: (text) => owner.call('addLinks', text),
  start: (order) => owner.call('start', order),
  pause: (order) => owner.call('pause', order),
  remove: (order) => owner.call('remove', order),
  retry: (order, file) => owner.call('retry', order, file),
  first: (order, file) => owner.call('first', order, file),
  setDestination: (choice) => owner.call('setDestination', choice),
  continueSaving: () => owner.call('continueSaving'),
  setLimits: (limits) => owner.call('setLimits', limits),
  verifiedFile: (order, file) => owner.call('verifiedFile', order, file),
  handedOver: (order, file) => owner.call('handedOver', order, file),
  confirmHandedOver: (order) => owner.call('confirmHandedOver', order),
  importFile: (order, copy, handle) => owner.call('importFile', order, copy, handle),
  checkFile: (order, file, copy) => owner.call('checkFile', order, file, copy),
  repairFile: (order, file, copy) => owner.call('repairFile', order, file, copy),
  hold: () => owner.call('hold'),
  life: () => life,
  exportOrder: (order) => owner.call('exportOrder', order),
  preview: (order, file, start) => owner.call('preview', order, file, start),
  ping: () => Promise.resolve(),
};

Comlink.expose(api);
