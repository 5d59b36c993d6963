import type { FileRow, FileStatus, OrderSummary, Snapshot } from '../src/engine-api.ts';
import type { ErrorCode, ErrorDetail } from '../src/order/errors.ts';
import type { Scene } from './scripted-engine.ts';

const MB = 1e6;
const PIECE = 8 * 1024 * 1024;
/** 14:32 in UTC of a day in the future: clocks in the pictures stand still. */
const RETRY_AT = Date.UTC(2030, 0, 15, 14, 32);

/** A day in UTC on which an order was delivered. */
const DONE_AT = Date.UTC(2026, 10, 18, 9);

/** An order of 200 files of about 105 MB, 43 % of it saved, and what differs from that. */
function order(change: Partial<OrderSummary> = {}): OrderSummary {
  const bytes = 20_900 * MB;
  return {
    order: 'a'.repeat(64),
    id: 'A-1042',
    title: 'Order A-1042',
    kind: 'order',
    folders: ['chips / A-1042'],
    checksums: true,
    receipts: false,
    isStatic: false,
    endsAt: undefined,
    state: 'running',
    reason: undefined,
    retryAt: undefined,
    files: 200,
    filesSaved: 86,
    filesHandedOver: 0,
    filesUnconfirmed: 0,
    filesFailed: 0,
    filesRefused: 0,
    filesSaving: 2,
    filesCompared: 0,
    bytes,
    bytesReceived: 9_310 * MB,
    bytesVerified: 9_200 * MB,
    bytesSaved: 9_020 * MB,
    bytesUnconfirmed: 0,
    bytesOnDisk: 290 * MB,
    bytesFetchedTwice: 0,
    bytesPerSecond: 11.4 * MB,
    secondsLeft: 17 * 60,
    connections: 4,
    doneAt: undefined,
    active: ['chip-087.7z', 'chip-088.7z', 'chip-089.7z'],
    diskNeeded: 900 * MB,
    ...change,
  };
}

/** A snapshot of these orders. */
function snapshot(orders: readonly OrderSummary[], change: Partial<Snapshot> = {}): Snapshot {
  return {
    revision: 1,
    owner: true,
    orders,
    folder: 'Orders',
    downloads: false,
    folderNeedsPermission: false,
    limits: {},
    storage: { quota: 312e9, usage: 1.2e9 },
    ...change,
  };
}

/** Rows of `count` files: the first `saved` ones saved, then four at work, the others waiting. `change` has the last word on each. */
function rows(
  count: number,
  saved: number,
  change: (row: FileRow) => Partial<FileRow> = () => ({}),
): readonly FileRow[] {
  return Array.from({ length: count }, (_, file) => {
    const size = 100 * MB + ((file * 7919) % 97) * 100_000;
    const pieceCount = Math.ceil(size / PIECE);
    const working = file >= saved && file < saved + 4;
    const status: FileStatus = file < saved ? 'saved' : working ? 'downloading' : 'waiting';
    const share = file < saved ? 1 : working ? [0.92, 0.64, 0.38, 0.11][file - saved]! : 0;
    const whole = Math.floor(share * pieceCount);
    const row: FileRow = {
      file,
      path: file === 83 ? '芯片-084（复测）.7z' : `chip-${String(file + 1).padStart(3, '0')}.7z`,
      savedAs: undefined,
      size,
      status,
      bytesReceived: Math.round(share * size),
      bytesVerified: share === 1 ? size : whole * PIECE,
      pieceCount,
      pieces: working ? bits(pieceCount, whole) : undefined,
      begun: working ? bits(pieceCount, whole + 1) : undefined,
      bad: undefined,
      kept: false,
      error: undefined,
      checksums: true,
      sha256: (file * 2_654_435_761).toString(16).padStart(8, '0').repeat(8).slice(0, 64),
    };
    return { ...row, ...change(row) };
  });
}

function bits(count: number, set: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(count / 8));
  for (let i = 0; i < set; i++) bytes[i >> 3]! |= 1 << (i & 7);
  return bytes;
}

const error = (code: NonNullable<OrderSummary['reason']>['code'], detail = {}): OrderSummary['reason'] => ({
  code,
  message: '',
  detail,
});
const idle = { bytesPerSecond: 0, secondsLeft: undefined, connections: 0, active: [], filesSaving: 0 };
const all = { bytesReceived: 20_900 * MB, bytesVerified: 20_900 * MB };

function scene(summary: OrderSummary, files: readonly FileRow[] = [], change: Partial<Snapshot> = {}): Scene {
  return { snapshot: snapshot([summary], change), rows: { [summary.order]: files } };
}

/** Revisions of scenes that follow each other on one page, so that it takes their rows. */
let revision = 1;

/** An order that waits, or needs its user, after this code. */
export function stopped(state: 'waiting' | 'attention', code: ErrorCode, detail: ErrorDetail = {}): Scene {
  const retryAt = state === 'waiting' ? RETRY_AT : undefined;
  const summary = order({
    state,
    ...idle,
    reason: error(code, detail),
    retryAt,
    ...(confirmable(code) && unconfirmed),
  });
  return scene(summary, rows(20, 8), { revision: ++revision });
}

/** Files that went to the downloads are asked about wherever there are some. */
const confirmable = (code: ErrorCode): boolean => code === 'downloads-unconfirmed';
const unconfirmed = { filesUnconfirmed: 3, filesHandedOver: 3, bytesUnconfirmed: 300 * MB };

/** An order with one failed file, chip-017.7z. */
export function failedFile(code: ErrorCode, detail: ErrorDetail = {}): Scene {
  const files = rows(200, 86, ({ file }) =>
    file === 16 ? { status: 'failed', error: { code, message: '', detail } } : {},
  );
  return scene(order({ title: 'Lot 7', filesFailed: 1, filesSaved: 85 }), files, { revision: ++revision });
}
const nothing = { bytesReceived: 0, bytesVerified: 0, bytesSaved: 0, filesSaved: 0 };

const fresh: Partial<FileRow> = { status: 'waiting', bytesReceived: 0, bytesVerified: 0, pieces: undefined };

/** Every state of an order's page. */
export const orderScenes = {
  ready: scene(
    order({ state: 'ready', ...idle, ...nothing }),
    rows(200, 0, () => fresh),
    { folder: undefined },
  ),
  downloading: scene(order(), rows(200, 86)),
  saving: scene(
    order({ ...idle, ...all, secondsLeft: 40, filesSaving: 4, filesSaved: 196 }),
    rows(200, 196, () => ({})).map(toSaving),
  ),
  offline: scene(order({ state: 'waiting', ...idle, reason: error('offline'), retryAt: RETRY_AT }), rows(200, 86)),
  busy: scene(order({ state: 'waiting', ...idle, reason: error('server-busy'), retryAt: RETRY_AT }), rows(200, 86)),
  paused: scene(order({ state: 'paused', ...idle }), rows(200, 86).map(toPaused)),
  expired: scene(order({ state: 'attention', ...idle, reason: error('link-expired') }), rows(200, 86)),
  full: scene(order({ state: 'attention', ...idle, reason: error('disk-full', { needed: 2.3e9 }) }), rows(200, 86)),
  permission: scene(order({ ...idle, ...all, state: 'attention', reason: error('folder-permission') }), rows(200, 86), {
    folderNeedsPermission: true,
  }),
  blocked: scene(order({ reason: error('folder-missing') }), rows(200, 86)),
  onlyFailed: scene(
    order({ ...idle, state: 'attention', filesFailed: 1, filesSaved: 199 }),
    rows(200, 200, ({ file }) =>
      file === 16 ? { status: 'failed', error: { code: 'not-found', message: '', detail: {} } } : {},
    ),
  ),
  damaged: failedFile('source-damaged', { piece: 4 }),
  elsewhere: scene(order(), rows(200, 86), { owner: false }),
  done: scene(
    order({ state: 'done', doneAt: DONE_AT, ...idle, ...all, bytesSaved: 20_900 * MB, filesSaved: 200 }),
    rows(200, 200),
  ),
  handedOver: scene(
    order({
      state: 'done',
      ...idle,
      ...all,
      filesSaved: 0,
      filesHandedOver: 200,
      filesUnconfirmed: 200,
      bytesSaved: 0,
      bytesUnconfirmed: 20_900 * MB,
      bytesOnDisk: 20_900 * MB,
    }),
    rows(200, 0, () => ({ status: 'handed-over', pieces: undefined })),
    { folder: undefined },
  ),
  tenThousand: scene(order({ files: 10_000, filesSaved: 4300 }), rows(10_000, 4300)),
} satisfies Record<string, Scene>;

const previewed = rows(4, 1, ({ file, size }) => {
  const kinds: readonly Partial<FileRow>[] = [
    { path: '晶圆图/wafer-07.png', status: 'saved' },
    { path: 'protocols/2026-02-11/measurement-protocol-of-lot-7-second-run.csv' },
    { path: 'microscope.webm', status: 'paused' },
    { path: 'chip-001.7z', status: 'saved', bytesVerified: size, pieces: undefined },
  ];
  return kinds[file] ?? {};
});

/** Files that can be looked at, beside one that cannot; the text is there, the film is not. */
export const previewScene: Scene = {
  ...scene(order({ files: 4, filesSaved: 2 }), previewed),
  text: Array.from({ length: 60 }, (_, i) => `${i},2026-02-11T08:${String(i).padStart(2, '0')},<b>ok</b>,0.0${i}`).join(
    '\n',
  ),
};

/** The same while nothing of it comes: the order is paused. */
export const previewWaitingScene: Scene = scene(
  order({ state: 'paused', ...idle, files: 4, filesSaved: 2 }),
  previewed,
);

function toPaused(row: FileRow): FileRow {
  return row.status === 'saved' ? row : { ...row, status: 'paused' };
}

function toSaving(row: FileRow): FileRow {
  if (row.status === 'saved') return row;
  return { ...row, status: 'saving', bytesReceived: row.size, bytesVerified: row.size, pieces: undefined };
}

/** The list: one order in each of its states. */
export const listScene: Scene = {
  snapshot: snapshot([
    order(),
    order({
      ...idle,
      ...all,
      order: 'b'.repeat(64),
      id: 'A-1037',
      title: 'Order A-1037',
      files: 24,
      filesSaved: 0,
      bytes: 2_500 * MB,
      bytesReceived: 2_500 * MB,
      bytesVerified: 2_500 * MB,
      bytesSaved: 0,
      state: 'attention',
      reason: error('folder-permission'),
    }),
    order({
      ...idle,
      order: 'c'.repeat(64),
      id: 'A-1031',
      title: 'Order A-1031',
      bytes: 21_300 * MB,
      bytesReceived: 15_100 * MB,
      bytesVerified: 15_100 * MB,
      bytesSaved: 15_100 * MB,
      filesSaved: 142,
      state: 'attention',
      reason: error('link-expired'),
    }),
    order({ ...idle, order: 'd'.repeat(64), id: 'A-1050', title: 'Wafer maps, lot 7', state: 'ready', ...nothing }),
    order({
      ...idle,
      ...all,
      order: 'e'.repeat(64),
      id: 'A-1019',
      title: 'Order A-1019',
      files: 180,
      filesSaved: 180,
      bytesSaved: 20_900 * MB,
      state: 'done',
      doneAt: DONE_AT,
    }),
  ]),
  rows: {},
};

/** Nothing there yet. */
export const emptyScene: Scene = { snapshot: snapshot([], { folder: undefined }), rows: {} };
