import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { AppError } from '../order/errors.ts';
import type { FileRun } from './order-run.ts';
import { PieceChecks } from './piece-checks.ts';
import type { FileRecord, Hasher, Journal } from './ports.ts';
import { memoryPart, MIB, orderOf } from './testing/fakes.ts';
import { plainHasher } from './testing/plain-hasher.ts';

const right = new Uint8Array(2 * MIB + 5).fill(7);
const sha256 = createHash('sha256').update(right).digest('hex');

/** A file of which only the hash of the whole is known, received with these bytes. */
function received(bytes: Uint8Array, hasher: Hasher = plainHasher) {
  const [file] = orderOf([right.length], { hashes: undefined, sha256 }).files as [FileRun];
  file.part = memoryPart(bytes.slice());
  file.apply({ kind: 'begin' });
  const told: (string | AppError)[] = [];
  const records: FileRecord[] = [];
  const journal = { putFile: (record: FileRecord) => Promise.resolve(void records.push(record)) } as unknown as Journal;
  const checks = new PieceChecks(journal, hasher, {
    onComplete: () => told.push('complete'),
    onProblem: (_, error) => told.push(error),
    onChecked: () => undefined,
  });
  const arrive = async (): Promise<void> => {
    for (let piece = 0; piece < file.pieces; piece++) void checks.check(file, piece);
    await checks.settle(file);
  };
  return { file, checks, told, records, arrive };
}

describe('a file of which only the whole hash is known', () => {
  it('is verified once that is right', async () => {
    const { file, told, records, arrive } = received(right);
    await arrive();
    expect(told).toEqual(['complete']);
    expect(file.state.kind).toBe('verified');
    expect(records.at(-1)?.state.kind).toBe('verified');
  });

  it('is fetched again when it is wrong, and fails the third time, with a text for the sender', async () => {
    const wrong = right.slice();
    wrong[MIB] = 8;
    const { file, told, records, arrive } = received(wrong);
    await arrive();
    expect(told).toMatchObject([{ code: 'piece-damaged' }]);
    expect(file.verified.size).toBe(0);
    expect(records.some(({ state }) => state.kind === 'verified')).toBe(false);
    await arrive();
    await arrive();
    expect(told.at(-1)).toMatchObject({ code: 'source-damaged', detail: { expected: sha256 } });
    expect(file.fetchedTwice).toBe(3 * right.length);
  });

  it('is proven when it is opened again, where it was stopped before', async () => {
    const stopping: Hasher = {
      ...plainHasher,
      hashAll: (size, fill) => {
        file.abort.abort();
        return plainHasher.hashAll(size, fill);
      },
    };
    const { file, told, arrive } = received(right, stopping);
    await arrive();
    expect([told, file.state.kind, file.verified.full]).toEqual([[], 'downloading', true]);
    const again = received(right);
    for (let piece = 0; piece < file.pieces; piece++) again.file.verified.add(piece);
    await again.checks.complete(again.file);
    expect(again.told).toEqual(['complete']);
  });
});
