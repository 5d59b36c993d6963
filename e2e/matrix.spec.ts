import { createHash } from 'node:crypto';
import { MIB, type Delivery } from './delivery.ts';
import type { Fault } from './fault.ts';
import { expect, test } from './fixtures.ts';
import { NodeEngine } from './node-engine.ts';

// The faults of a body over real HTTP, without a browser: the real scheduler and transfer against the fault server, at the first, a
// middle and the last piece, with one connection and with four. All others are in src/worker/faults.test.ts, over a simulated network.
const PIECE = 8 * MIB;
const SIZES = { 'a.7z': 2 * PIECE + MIB, 'b.7z': MIB };

interface Row {
  readonly name: string;
  readonly fault: (inPiece: number) => Fault;
  /** Bytes that may come twice. */
  readonly twice?: ((piece: number) => number) | undefined;
}
const rows: readonly Row[] = [
  { name: '15: a body that is too short', fault: () => ({ kind: 'short', by: MIB / 2 }) },
  { name: '16: a body that is too long', fault: () => ({ kind: 'long', by: 1000 }) },
  {
    name: '17: a flipped byte',
    fault: (inPiece) => ({ kind: 'corrupt', at: inPiece }),
    twice: (piece) => (piece === 2 ? MIB : PIECE),
  },
  { name: '26: a connection that is closed', fault: (inPiece) => ({ kind: 'drop', after: inPiece }) },
  { name: '26: a connection that is reset', fault: (inPiece) => ({ kind: 'reset', after: inPiece }) },
];

/** The fault once, for the first request that covers the byte `at` of a.7z. */
function hitOnce({ faults }: Delivery, at: number, fault: Row['fault']): void {
  let hit = false;
  faults.fault = (path, { range }) => {
    if (hit || !path.includes('a.7z') || !range || range.start > at || range.end <= at) return undefined;
    hit = true;
    return fault(at - range.start);
  };
}

test('rows 15 to 26 over real HTTP, at the first, a middle and the last piece, with one connection and with four', async ({
  deliver,
}) => {
  test.setTimeout(300_000);
  const delivery = await deliver(SIZES);
  for (const { name, fault, twice } of rows) {
    await test.step(name, async () => {
      for (const piece of [0, 1, 2]) {
        for (const connections of [1, 4]) await follow(delivery, { fault, twice }, piece, connections);
      }
    });
  }
});

async function follow(
  delivery: Delivery,
  { fault, twice }: Pick<Row, 'fault' | 'twice'>,
  piece: number,
  connections: number,
): Promise<void> {
  hitOnce(delivery, piece * PIECE + 300_000, fault);
  const end = await NodeEngine.deliver(delivery.link, delivery.app, connections);
  const where = `piece ${piece}, ${connections} connections`;
  expect(end.summary.state, where).toBe('done');
  for (const [path, hash] of delivery.hashes) {
    const bytes = end.saved.get(path) ?? new Uint8Array();
    expect(createHash('sha256').update(bytes).digest('hex'), `${where}, ${path}`).toBe(hash);
  }
  expect(end.receivedTwice, where).toBe(twice?.(piece) ?? 0);
}
