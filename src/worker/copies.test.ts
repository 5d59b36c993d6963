import { expect, it, vi } from 'vitest';
import type { ImportedFile } from '../engine-api.ts';
import type * as pieces from '../order/pieces.ts';
import type { PartStore } from './ports.ts';
import { Desk } from './testing/sim-desk.ts';
import { content, PIECE, publish } from './testing/sim-order.ts';
import { simulateTime } from './testing/simulated-time.ts';

// pieces of 8 KiB instead of 1 MiB at the least, so that a case takes milliseconds
vi.mock('../order/pieces.ts', async (original) => ({
  ...(await original<typeof pieces>()),
  MIN_PIECE_LENGTH: 8192,
}));

simulateTime();

const published = publish([
  { path: 'a.7z', bytes: content(1, 3 * PIECE) },
  { path: 'b.7z', bytes: content(2, PIECE + 5) },
]);
const { order } = published;
const truth = (file: number): Uint8Array<ArrayBuffer> => Uint8Array.from(published.files[file]?.bytes ?? []);

/** Gives these bytes to the order as the user's own file. */
const give = (desk: Desk, bytes: Uint8Array<ArrayBuffer>): Promise<ImportedFile> =>
  desk.during(desk.engine.importFile(order, new File([bytes], 'old name')));

async function openedDesk(): Promise<Desk> {
  const desk = new Desk([published]);
  await desk.boot();
  await desk.during(desk.engine.open(published.link));
  return desk;
}

const askedOf = (desk: Desk, file: number): string[] => desk.asked.filter((range) => range.startsWith(`${file} `));
/** Ranges that end where the second piece does: nothing else of the file was asked for. */
const inSecondPiece = expect.stringMatching(new RegExp(`-${2 * PIECE - 1}$`));
const savedRight = (desk: Desk, file: number): boolean =>
  Buffer.compare(desk.computer.folder.files.get(published.files[file]?.path ?? '') ?? Buffer.of(), truth(file)) === 0;

it('notes a whole file before the order is started, then copies it without a request and without a part', async () => {
  const desk = await openedDesk();
  expect(await give(desk, truth(0))).toEqual({ file: 0, bytes: 3 * PIECE, waits: true });
  await desk.start();
  await desk.reach('done');
  expect(askedOf(desk, 0)).toEqual([]);
  expect(desk.computer.parts.durable(order, 0)).toBeUndefined();
  expect([0, 1].map((file) => savedRight(desk, file))).toEqual([true, true]);
});

it('takes the good pieces of a file that is another one after all, and fetches the rest', async () => {
  const desk = await openedDesk();
  const wrong = truth(0);
  wrong[PIECE + 3] = (wrong[PIECE + 3] ?? 0) ^ 1;
  await give(desk, wrong);
  await desk.start();
  await desk.reach('done');
  expect(askedOf(desk, 0)[0]).toBe(`0 ${PIECE}-${2 * PIECE - 1}`);
  for (const range of askedOf(desk, 0)) expect(range).toEqual(inSecondPiece);
  expect(savedRight(desk, 0)).toBe(true);
});

it('keeps what was given while the folder is full or the order paused, and goes on with it', async () => {
  const desk = await openedDesk();
  await give(desk, truth(0));
  const { folder } = desk.computer;
  folder.fault = (step) => (step === 'close' ? 'folder-full' : undefined);
  await desk.start();
  await desk.until(() => desk.summary().state === 'attention');
  await desk.during(desk.engine.pause(order));
  folder.fault = () => undefined;
  await desk.pass(60_000);
  expect(desk.summary().filesSaved).toBe(0);
  await desk.during(desk.engine.start(order));
  await desk.reach('done');
  expect(askedOf(desk, 0)).toEqual([]);
});

it('says that it waits for the folder when nothing is left but files that were given', async () => {
  const desk = new Desk([published]);
  let allowed = false;
  await desk.boot((ports) => ({ ...ports, isWritable: () => Promise.resolve(allowed) }));
  await desk.during(desk.engine.open(published.link));
  await give(desk, truth(0));
  await give(desk, truth(1));
  await desk.start();
  await desk.until(() => desk.summary().state === 'attention');
  expect(desk.summary().reason?.code).toBe('folder-permission');
  allowed = true;
  await desk.during(desk.engine.continueSaving());
  await desk.reach('done');
  expect(desk.asked).toEqual([]);
});

it('delivers the order when the browser is killed while a given file is copied', async () => {
  const desk = await openedDesk();
  await give(desk, truth(0));
  const { folder } = desk.computer;
  await desk.start();
  await desk.until(() => desk.row(0).status === 'saving' && folder.files.get('a.7z')?.length === 0);
  await desk.boot();
  await desk.reach('done');
  expect([0, 1].map((file) => savedRight(desk, file))).toEqual([true, true]);
  expect([...folder.files.keys()].toSorted()).toEqual(['SHA256SUMS', 'a.7z', 'b.7z']);
});

it('without a folder keeps no more given files at once than downloads', async () => {
  const many = publish(Array.from({ length: 12 }, (_, i) => ({ path: `${i}.7z`, bytes: content(20 + i, PIECE) })));
  const desk = new Desk([many]);
  await desk.boot();
  await desk.during(desk.engine.open(many.link));
  for (const { bytes } of many.files) {
    await desk.during(desk.engine.importFile(many.order, new File([Uint8Array.from(bytes)], 'x')));
  }
  await desk.during(desk.engine.start(many.order));
  const verified = (): number[] => many.files.map((_, i) => i).filter((i) => desk.row(i).status === 'verified');
  await desk.until(() => verified().length === 8);
  await desk.pass(10_000);
  expect(verified()).toHaveLength(8);
  for (let next = verified()[0]; next !== undefined; next = verified()[0]) {
    await desk.during(desk.engine.handedOver(many.order, next));
    await desk.pass(1_000);
  }
  await desk.reach('done');
  expect(desk.asked).toEqual([]);
});

const wrongPiece = (): Uint8Array<ArrayBuffer> => {
  const bytes = truth(0);
  bytes[PIECE + 3] = (bytes[PIECE + 3] ?? 0) ^ 1;
  return bytes;
};

it('compares a file that was handed over with the copy that the user has, and fetches only what that lacks', async () => {
  const desk = new Desk([published]);
  let parts: PartStore | undefined;
  await desk.boot((ports) => {
    ({ parts } = ports);
    return ports;
  });
  await desk.during(desk.engine.open(published.link));
  await desk.during(desk.engine.start(order)); // without a folder
  await desk.until(() => [0, 1].every((file) => desk.row(file).status === 'verified'));
  for (const file of [0, 1]) await desk.during(desk.engine.handedOver(order, file));
  await desk.reach('done');
  desk.computer.parts.onRemove = () => undefined; // the user has found it in the downloads
  await desk.during(parts?.remove(order, 0) ?? Promise.resolve());
  desk.asked.length = 0;

  const copyOf = (bytes: Uint8Array<ArrayBuffer>): File => new File([bytes], 'a.7z');
  const check = (bytes: Uint8Array<ArrayBuffer>): Promise<unknown> =>
    desk.during(desk.engine.checkFile(order, 0, copyOf(bytes)));
  expect(await check(truth(0))).toEqual({ copy: 'whole', damaged: [] });
  expect(await check(Uint8Array.of(...truth(0), 1))).toEqual({ copy: 'changed', damaged: [] });
  expect(await check(wrongPiece())).toEqual({ copy: 'changed', damaged: [1] });
  expect(desk.summary().state, 'a check changes nothing').toBe('done');

  await desk.during(desk.engine.repairFile(order, 0, copyOf(wrongPiece())));
  await desk.until(() => desk.row(0).status === 'verified');
  expect(desk.asked[0]).toBe(`0 ${PIECE}-${2 * PIECE - 1}`);
  for (const range of desk.asked) expect(range).toEqual(inSecondPiece);
});

it('repairs from a damaged copy elsewhere; the right one in the folder stays', async () => {
  const desk = await openedDesk();
  await desk.start();
  await desk.reach('done');
  desk.asked.length = 0;
  await desk.during(desk.engine.repairFile(order, 0, new File([wrongPiece()], 'a.7z')));
  await desk.reach('done');
  expect(savedRight(desk, 0)).toBe(true);
  expect([...desk.computer.folder.files.keys()].toSorted()).toEqual(['SHA256SUMS', 'a.7z', 'b.7z']);
  for (const range of askedOf(desk, 0)) expect(range).toEqual(inSecondPiece);
});
