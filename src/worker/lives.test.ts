import { describe, expect, it, vi } from 'vitest';
import { AppError } from '../order/errors.ts';
import type * as pieces from '../order/pieces.ts';
import type { PartFile } from './ports.ts';
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
  { path: 'faulty.bin', bytes: content(21, 6 * PIECE - 100) },
  { path: 'second.bin', bytes: content(22, 2 * PIECE) },
]);
const { order, files } = published;

/** A customer whose folder is not allowed yet, who starts the order with so many connections. */
async function started(connections: number): Promise<Desk> {
  const desk = new Desk([published]);
  desk.computer.permitted = () => false;
  await desk.boot();
  await desk.during(desk.engine.setLimits({ connections }));
  await desk.start();
  return desk;
}

async function expectDelivered(desk: Desk): Promise<void> {
  await desk.reach('done');
  for (const { path, bytes } of files) expect(desk.computer.folder.files.get(path), path).toEqual(bytes);
}

// The faults that need a second life of the engine; all others are in faults.test.ts.
describe.each([1, 4])('with %i connections', (connections) => {
  describe.each([
    ['first', 0],
    ['middle', 3],
    ['last', 5],
  ] as const)('in the %s piece', (_, piece) => {
    const { start, end } = { start: piece * PIECE, end: Math.min((piece + 1) * PIECE, files[0]!.bytes.length) };

    it('18: a verified byte that changes on the disk is found before saving, and only its piece is fetched again', async () => {
      const desk = await started(connections);
      await desk.until(() => [0, 1].every((file) => desk.row(file).status === 'verified'));
      desk.kill();
      const part = desk.computer.parts.disk.get(`${order}/0`)!;
      desk.computer.parts.rotten.add(`${order}/0`);
      part.durable = part.now = part.now.map((byte, at) => (at === start + 7 ? byte ^ 1 : byte));
      desk.asked.length = 0;
      desk.computer.permitted = () => true;
      await desk.boot();
      await expectDelivered(desk);
      // a broken connection goes on where it was
      for (const asked of desk.asked) expect(asked).toMatch(new RegExp(`^0 \\d+-${end - 1}$`));
      expect(desk.asked[0]).toBe(`0 ${start}-${end - 1}`);
      expect(desk.summary().bytesFetchedTwice).toBe(end - start);
    });

    it('2: a part that is lost in the middle of a run, as on a full disk, is found to be gone, and only it is fetched again', async () => {
      const desk = new Desk([published]);
      const { parts } = desk.computer;
      let lost = false;
      await desk.boot((ports) => ({
        ...ports,
        parts: {
          ...ports.parts,
          async open(id, file) {
            const part = await ports.parts.open(id, file);
            const read: PartFile['read'] = (buffer, at) => {
              if (file !== 0 || at !== start || lost) return part.read(buffer, at);
              lost = parts.disk.delete(`${order}/0`);
              parts.rotten.add(`${order}/0`);
              throw new AppError('storage-failed', 'simulated');
            };
            return { ...part, read };
          },
        },
      }));
      await desk.during(desk.engine.setLimits({ connections }));
      await desk.start();
      await expectDelivered(desk);
      expect(lost).toBe(true);
      expect(desk.summary()).toMatchObject({ filesSaved: 2, filesFailed: 0 });
    });

    it('40: an engine that dies while the piece comes is started again, and fetches nothing that is kept', async () => {
      const desk = await started(connections);
      desk.computer.permitted = () => true;
      await desk.until(() => desk.row(0).bytesReceived > start + 100);
      const { bytesVerified } = desk.summary();
      await desk.boot(); // kills the one that runs; the computer tells of every byte that is fetched again although it was kept
      expect(desk.summary().bytesVerified).toBeGreaterThanOrEqual(bytesVerified);
      expect(desk.summary().state, 'with no hand').toBe('running');
      await expectDelivered(desk);
    });
  });
});
