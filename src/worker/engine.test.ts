import { expect, it, vi } from 'vitest';
import type * as pieces from '../order/pieces.ts';
import { Desk } from './testing/sim-desk.ts';
import { content, PIECE, publish } from './testing/sim-order.ts';
import { simulateTime } from './testing/simulated-time.ts';

// pieces of 8 KiB instead of 1 MiB at the least, so that a case takes milliseconds
vi.mock('../order/pieces.ts', async (original) => ({
  ...(await original<typeof pieces>()),
  MIN_PIECE_LENGTH: 8192,
}));

simulateTime();

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
  desk.computer.removing = true;
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
  desk.computer.removing = true;
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

it('hashes the bytes of an earlier run again before it hands them over; only the damaged piece is fetched again', async () => {
  const desk = new Desk([first]);
  await desk.boot();
  await desk.during(desk.engine.open(first.link));
  await desk.during(desk.engine.start(first.order)); // without a folder: handed over
  await desk.until(() => desk.row(0).status === 'verified');
  const part = desk.computer.parts.disk.get(`${first.order}/0`);
  desk.computer.parts.rotten.add(`${first.order}/0`);
  if (part) part.now = part.durable = part.durable.map((byte, at) => (at === PIECE + 7 ? byte ^ 1 : byte));
  await desk.boot();
  desk.asked.length = 0;
  await expect(desk.during(desk.engine.verifiedFile(first.order, 0))).rejects.toMatchObject({ code: 'piece-damaged' });
  await desk.until(() => desk.row(0).status === 'verified');
  expect(desk.asked.filter((asked) => asked.startsWith('0 '))).toEqual([`0 ${PIECE}-${2 * PIECE - 1}`]);
  expect(await desk.during(desk.engine.verifiedFile(first.order, 0))).toBeInstanceOf(File);
});

it('fetches only what a part lacks that was found too short when it was to be saved', async () => {
  const desk = new Desk([first]);
  await desk.boot();
  await desk.during(desk.engine.open(first.link));
  await desk.during(desk.engine.start(first.order));
  await desk.until(() => desk.row(0).status === 'verified' && desk.row(1).status === 'verified');
  const part = desk.computer.parts.disk.get(`${first.order}/0`);
  desk.computer.parts.rotten.add(`${first.order}/0`);
  if (part) part.now = part.durable = part.durable.slice(0, PIECE + 100);
  await desk.boot();
  desk.asked.length = 0;
  await desk.start();
  await desk.reach('done');
  expect(desk.asked).toEqual([`0 ${PIECE + 100}-${2 * PIECE - 1}`]);
});

it('opens no part twice while one is being opened and the user offers a copy', async () => {
  const desk = new Desk([first]);
  const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  const copy = new File([first.files[0]!.bytes.slice(0, PIECE)], 'a.7z');
  let reads = 0;
  vi.spyOn(copy, 'slice').mockImplementation(() => {
    // its hash is taken soon, its bytes are read slowly
    const read = later(++reads < 3 ? 5_000 : 200_000).then(() => first.files[0]!.bytes.slice(0, PIECE).buffer);
    return { arrayBuffer: () => read } as Blob;
  });
  let offered: Promise<unknown> | undefined;
  await desk.boot((ports) => ({
    ...ports,
    parts: {
      ...ports.parts,
      async open(order, file) {
        if (file === 0 && !offered) {
          offered = desk.engine.importFile(first.order, copy);
          await later(100_000);
        }
        return ports.parts.open(order, file);
      },
    },
  }));
  await desk.start();
  await desk.reach('done');
  await desk.during(offered ?? Promise.reject(new Error('It was never opened.')));
  expect(desk.engine.diagnostics()).not.toContain('second handle');
  expect(desk.computer.folder.files.get('a.7z')).toEqual(first.files[0]!.bytes);
});

it('removes an order in the moment in which a part is opened, and leaves nothing of it', async () => {
  const desk = new Desk([first]);
  let removed: Promise<unknown> | undefined;
  await desk.boot((ports) => ({
    ...ports,
    parts: {
      ...ports.parts,
      async open(order, file) {
        desk.computer.removing = true;
        removed ??= desk.engine.remove(first.order);
        await new Promise((resolve) => setTimeout(resolve, 5_000));
        return ports.parts.open(order, file);
      },
    },
  }));
  await desk.start();
  await desk.until(() => removed !== undefined);
  await desk.during(removed ?? Promise.reject(new Error('It was never opened.')));
  await desk.pass(20_000);
  expect(desk.computer.parts.disk.size).toBe(0);
});

it('ends a file that has all its pieces, however it came to wait', async () => {
  const desk = new Desk([first]);
  await desk.boot();
  await desk.start();
  await desk.until(() => desk.row(0).bytesVerified > 0);
  await desk.during(desk.engine.pause(first.order));
  const bits = Uint8Array.of(3);
  const part = { durable: first.files[0]!.bytes, now: first.files[0]!.bytes, unflushed: [], open: false };
  desk.computer.parts.disk.set(`${first.order}/0`, part);
  const journal = desk.computer.journal.journal(desk.machine.life);
  await desk.during(journal.putFile({ order: first.order, file: 0, state: { kind: 'waiting' }, pieces: bits }));
  await desk.boot();
  await desk.during(desk.engine.start(first.order));
  await desk.reach('done');
});

it('finds by their content the bytes of an order that the browser lost with the journal, when its link is opened again', async () => {
  const desk = new Desk([first]);
  const open = async (): Promise<void> => {
    await desk.boot();
    await desk.during(desk.engine.open(first.link));
    await desk.during(desk.engine.start(first.order)); // without a folder they stay
    await desk.until(() => desk.row(0).status === 'verified' && desk.row(1).status === 'verified');
  };
  await open();
  await desk.during(desk.computer.journal.journal(desk.machine.life).removeOrder(first.order));
  desk.asked.length = 0;
  await desk.boot();
  await open();
  expect(desk.asked).toEqual([]);
});
