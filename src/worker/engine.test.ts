import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest';
import type * as pieces from '../order/pieces.ts';
import { Desk } from './testing/sim-desk.ts';
import { content, PIECE, publish } from './testing/sim-order.ts';

// pieces of 8 KiB instead of 1 MiB at the least, so that a case takes milliseconds
vi.mock('../order/pieces.ts', async (original) => ({
  ...(await original<typeof pieces>()),
  MIN_PIECE_LENGTH: 8192,
}));

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] }));
afterEach(() => {
  vi.clearAllTimers();
  vi.restoreAllMocks();
});
afterAll(() => void vi.useRealTimers());

const first = publish([
  { path: 'a.7z', bytes: content(1, 2 * PIECE) },
  { path: 'b.7z', bytes: content(2, PIECE + 5) },
]);
const second = publish([{ path: 'c.7z', bytes: content(3, PIECE) }], 'A-2');

it('saves the files of all orders again when the user starts one of them after the folder was full', async () => {
  const desk = new Desk([first, second]);
  const { folder } = desk.computer;
  folder.fault = (step) => (step === 'close' ? 'folder-full' : undefined);
  await desk.boot();
  await desk.start(first);
  await desk.start(second);
  await desk.until(() => [first, second].every((order) => desk.summary(order).state === 'attention'));
  folder.fault = () => undefined;
  const before = performance.now();
  await desk.during(desk.engine.start(first.order));
  await desk.reach('done', second);
  expect(performance.now() - before, 'not by the look at a full folder every 30 s').toBeLessThan(20_000);
});

it('saves nothing of an order that is paused, or was never started', async () => {
  const desk = new Desk([first, second]);
  const { folder } = desk.computer;
  folder.fault = (step) => (step === 'close' ? 'folder-permission' : undefined);
  await desk.boot();
  await desk.start(first);
  await desk.until(() => desk.row(1).status === 'verified' && desk.row(0).status === 'verified');
  await desk.during(desk.engine.pause(first.order));
  folder.fault = () => undefined;
  await desk.during(desk.engine.open(second.link));
  await desk.during(desk.engine.importFile(second.order, new File([second.files[0]!.bytes.slice()], 'c.7z')));
  await desk.boot();
  await desk.pass(60_000);
  expect(desk.summary(first).filesSaved + desk.summary(second).filesSaved).toBe(0);
  await desk.during(desk.engine.start(first.order));
  await desk.during(desk.engine.start(second.order));
  await desk.reach('done', first);
  await desk.reach('done', second);
});

it('adopts a file of which the download had begun and nothing is left', async () => {
  const desk = new Desk([first]);
  await desk.boot();
  await desk.during(desk.engine.open(first.link));
  await desk.during(desk.engine.start(first.order)); // without a folder
  desk.computer.parts.isFull = () => true;
  await desk.until(() => desk.summary().reason?.code === 'disk-full');
  expect(desk.row(0).status).toBe('downloading');
  for (const { path, bytes } of first.files) desk.computer.folder.files.set(path, bytes);
  await desk.start(first);
  await desk.reach('done');
  expect(desk.summary().filesSaved).toBe(2);
});

it('does not call a file handed over that is not waiting for it', async () => {
  const desk = new Desk([first]);
  await desk.boot();
  await desk.start(first);
  await desk.reach('done');
  await desk.during(desk.engine.handedOver(first.order, 0));
  expect(desk.row(0).status).toBe('saved');
  await desk.boot();
  expect(desk.row(0).status).toBe('saved');
});

it('begins anew when an order is removed and opened again, whatever was still being written', async () => {
  const desk = new Desk([first]);
  await desk.boot();
  await desk.start(first);
  await desk.reach('done');
  const record = desk.computer.journal.file(first.order, 0);
  await desk.during(desk.engine.remove(first.order));
  // a write that came late
  if (record) await desk.during(desk.computer.journal.journal(desk.machine.life).putFile(record));
  desk.computer.folder.files.clear();
  await desk.during(desk.engine.open(first.link));
  await desk.boot();
  expect(desk.row(0).status).toBe('waiting');
});

it('journals nothing of an order that was removed while it worked', async () => {
  const desk = new Desk([first]);
  await desk.boot();
  await desk.start(first);
  await desk.until(() => desk.asked.length > 0);
  await desk.during(desk.engine.remove(first.order));
  await desk.pass(60_000);
  expect(desk.computer.journal.keys().filter((key) => key.startsWith('file/'))).toEqual([]);
  expect(desk.computer.parts.disk.size).toBe(0);
});

it('lists an order once when it is opened twice at once', async () => {
  const desk = new Desk([first]);
  await desk.boot();
  const [one, two] = await desk.during(Promise.all([desk.engine.open(first.link), desk.engine.open(first.link)]));
  expect(one).toEqual(two);
  expect(desk.engine.snapshot(true, undefined).orders).toHaveLength(1);
});
