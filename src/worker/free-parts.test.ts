import { expect, it, vi } from 'vitest';
import { AppError } from '../order/errors.ts';
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

const order = publish([
  { path: 'a.7z', bytes: content(1, 2 * PIECE) },
  { path: 'b.7z', bytes: content(2, PIECE + 5) },
  { path: 'c.7z', bytes: content(3, 2 * PIECE) },
]);
const [a, b, c] = order.files.map(({ bytes }) => bytes.length) as [number, number, number];

/** What the page does without a folder: gives every verified file to the browser's downloads. */
async function handOver(desk: Desk): Promise<void> {
  for (const { file, status } of desk.engine.rows(order.order, 0).rows) {
    if (status === 'verified') await desk.during(desk.engine.handedOver(order.order, file));
  }
}

async function startWithDownloads(desk: Desk): Promise<void> {
  await desk.boot();
  await desk.during(desk.engine.open(order.link));
  await desk.during(desk.engine.setDestination('downloads'));
  await desk.during(desk.engine.setLimits({ connections: 1 }));
  await desk.during(desk.engine.start(order.order));
}

async function deliver(desk: Desk): Promise<void> {
  await startWithDownloads(desk);
  await desk.until(() => [0, 1, 2].every((file) => desk.row(file).status === 'verified'));
  await handOver(desk);
  await desk.reach('done');
}

it('keeps what was handed over until the user found it, then frees it, also over a kill', async () => {
  const desk = new Desk([order]);
  const { parts } = desk.computer;
  await deliver(desk);
  const size = a + b + c;
  const kept = { filesHandedOver: 3, filesUnconfirmed: 3, bytesUnconfirmed: size, bytesOnDisk: size };
  expect(desk.summary()).toMatchObject(kept);
  await desk.boot();
  expect(desk.engine.snapshot(true, undefined).downloads).toBe(true);
  expect(desk.summary()).toMatchObject({ state: 'done', ...kept });
  expect(parts.used()).toBe(size);

  await desk.during(desk.engine.confirmHandedOver(order.order));
  const freed = { state: 'done', filesHandedOver: 3, filesUnconfirmed: 0, bytesUnconfirmed: 0, bytesOnDisk: 0 };
  expect(desk.summary()).toMatchObject(freed);
  expect(parts.disk.size).toBe(0);
  await desk.boot();
  expect(desk.summary()).toMatchObject(freed);
  expect(desk.row(0).status).toBe('handed-over');
});

it('removes at the next start what a kill left of a confirmed file', async () => {
  const desk = new Desk([order]);
  await deliver(desk);
  await desk.boot((ports) => ({ ...ports, parts: { ...ports.parts, remove: () => new Promise(() => undefined) } }));
  void desk.engine.confirmHandedOver(order.order);
  await desk.until(() => desk.summary().filesUnconfirmed === 2);
  await desk.pass(1_000);
  await desk.boot();
  expect(desk.summary().filesUnconfirmed).toBe(2);
  expect([...desk.computer.parts.disk.keys()]).toEqual([`${order.order}/1`, `${order.order}/2`]);
});

it('frees a part first where the disk is so full that the journal takes nothing', async () => {
  const desk = new Desk([order]);
  await deliver(desk);
  const { parts } = desk.computer;
  await desk.boot((ports) => ({
    ...ports,
    journal: {
      ...ports.journal,
      putFile: (record, durability) =>
        parts.used() === a + b + c
          ? Promise.reject(new AppError('disk-full', 'simulated'))
          : ports.journal.putFile(record, durability),
    },
  }));
  await desk.during(desk.engine.confirmHandedOver(order.order));
  expect(parts.disk.size).toBe(0);
  await desk.boot();
  expect(desk.summary().filesUnconfirmed).toBe(0);
});

it('asks for the hand-overs when the disk is full, begins nothing meanwhile, and goes on when they are confirmed', async () => {
  const desk = new Desk([order]);
  desk.computer.parts.room = a + b + PIECE / 2;
  await startWithDownloads(desk);
  await desk.until(() => desk.row(0).status === 'verified' && desk.row(1).status === 'verified');
  await handOver(desk);
  await desk.until(() => desk.summary().reason !== undefined);
  expect(desk.summary()).toMatchObject({
    state: 'attention',
    reason: { code: 'downloads-unconfirmed', detail: { files: 2, bytes: a + b } },
  });
  const asked = desk.asked.length;
  await desk.pass(15_000);
  expect(desk.asked.length, 'it looks again every 20 s').toBe(asked);
  await desk.during(desk.engine.confirmHandedOver(order.order));
  await desk.until(() => desk.row(2).status === 'verified');
  await handOver(desk);
  await desk.reach('done');
});
