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

/** An order of so many files of four pieces. */
const orderOf = (count: number): ReturnType<typeof publish> =>
  publish(Array.from({ length: count }, (_, i) => ({ path: `${i}.7z`, bytes: content(i + 1, 4 * PIECE - i) })));

/** Starts with six connections, so that six files are begun at once. */
async function start(desk: Desk): Promise<void> {
  await desk.boot();
  desk.engine['downloads']['known'].set('store.test', 6);
  await desk.start();
}

it.each([5, 9, 14])(
  'half files that fill a disk of %i pieces do not hold each other up: the later ones give way',
  async (room) => {
    const order = orderOf(6);
    const desk = new Desk([order]);
    desk.computer.parts.room = room * PIECE;
    await start(desk);
    await desk.reach('done');
    const { files } = desk.computer.folder;
    for (const { path, bytes } of order.files) expect(Buffer.compare(files.get(path) ?? Buffer.of(), bytes)).toBe(0);
    const { bytes, bytesFetchedTwice } = desk.summary();
    expect(bytesFetchedTwice, 'what was given up').toBeLessThan(bytes / 2);
  },
);

it('keeps everything and asks where even one file does not fit', async () => {
  const desk = new Desk([orderOf(2)]);
  desk.computer.parts.room = 3 * PIECE;
  await start(desk);
  await desk.until(() => desk.summary().reason?.code === 'disk-full');
  const kept = desk.summary().bytesReceived;
  await desk.pass(10_000);
  expect(desk.summary()).toMatchObject({ state: 'attention', bytesFetchedTwice: 0, bytesReceived: kept });
  desk.computer.parts.room = Infinity;
  await desk.reach('done');
});

it('gives up nothing while a file that is being saved is about to make room', async () => {
  const order = orderOf(3);
  const desk = new Desk([order]);
  const { parts, folder } = desk.computer;
  parts.room = 5 * PIECE;
  let closing = false;
  folder.fault = (step) => {
    closing ||= step === 'close';
    return undefined;
  };
  await desk.boot();
  desk.engine['downloads']['known'].set('store.test', 1);
  await desk.start();
  await desk.reach('done');
  expect(closing).toBe(true);
  expect(desk.summary().bytesFetchedTwice).toBe(0);
});

it('is killed while it gives a part up, and delivers all the same', async () => {
  const desk = new Desk([orderOf(6)]);
  desk.computer.parts.room = 5 * PIECE;
  let removing = false;
  await desk.boot((ports) => ({
    ...ports,
    parts: {
      ...ports.parts,
      remove(order, file) {
        const { state } = desk.computer.journal.file(order, file) ?? {};
        if (state?.kind !== 'waiting') return ports.parts.remove(order, file);
        removing = true;
        return new Promise(() => undefined);
      },
    },
  }));
  desk.engine['downloads']['known'].set('store.test', 6);
  await desk.start();
  await desk.until(() => removing);
  await desk.boot();
  await desk.reach('done');
});

it('without a folder too: the page hands over one file after the other, and the user confirms them', async () => {
  const order = orderOf(6);
  const desk = new Desk([order]);
  desk.computer.parts.room = 9 * PIECE;
  await desk.boot();
  desk.engine['downloads']['known'].set('store.test', 6);
  await desk.during(desk.engine.open(order.link));
  await desk.during(desk.engine.setDestination('downloads'));
  await desk.during(desk.engine.start(order.order));
  let confirmed = 0;
  while (desk.summary().state !== 'done') {
    const ready = (): boolean => desk.engine.rows(order.order, 0).rows.some(({ status }) => status === 'verified');
    const asks = (): boolean => desk.summary().reason?.code === 'downloads-unconfirmed';
    await desk.until(() => ready() || asks() || desk.summary().state === 'done');
    for (const { file, status } of desk.engine.rows(order.order, 0).rows) {
      if (status === 'verified') await desk.during(desk.engine.handedOver(order.order, file));
    }
    if (!asks()) continue;
    confirmed++;
    await desk.during(desk.engine.confirmHandedOver(order.order));
  }
  expect(confirmed).toBeGreaterThan(0);
  const { bytes, bytesFetchedTwice } = desk.summary();
  expect(bytesFetchedTwice, 'what was given up').toBeLessThan(bytes / 2);
});
