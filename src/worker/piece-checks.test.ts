import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import type { AppError } from '../order/errors.ts';
import { PieceChecks } from './piece-checks.ts';
import type { FileRun } from './order-run.ts';
import type { Journal } from './ports.ts';
import { memoryPart, MIB, orderOf } from './testing/fakes.ts';
import { plainHasher } from './testing/plain-hasher.ts';

const right = new Uint8Array(MIB).fill(7);
const wrong = Uint8Array.from(right).fill(8, 100, 200);

/** A file of one piece that is on the disk like this, and its checks. */
function checked(bytes: Uint8Array<ArrayBuffer>): { file: FileRun; checks: PieceChecks; problems: AppError[] } {
  const hashes = new Uint8Array(createHash('sha256').update(right).digest());
  const [file] = orderOf([MIB], { hashes }).files as [FileRun];
  file.part = memoryPart(bytes);
  const problems: AppError[] = [];
  const journal = { putFile: () => Promise.resolve() } as Partial<Journal> as Journal;
  const onProblem = (_: FileRun, error: AppError): void => void problems.push(error);
  const events = { onComplete: () => undefined, onProblem, onChecked: () => undefined };
  return { file, checks: new PieceChecks(journal, plainHasher, events), problems };
}

it('row 17: a piece that goes on from bytes of before a crash gets no strike when it is wrong', async () => {
  const { file, checks, problems } = checked(wrong);
  file.continued.add(0);
  void checks.check(file, 0);
  await checks.settle(file);
  expect(file.verified.has(0)).toBe(false);
  expect([...file.damaged]).toEqual([]);
  expect(problems).toEqual([]);
  // the next arrival is the source's alone
  void checks.check(file, 0);
  await checks.settle(file);
  expect([...file.damaged]).toEqual([[0, 1]]);
  expect(problems.map(({ code }) => code)).toEqual(['piece-damaged']);
});

it('row 17: the third wrong arrival is the last, and a right one forgives the others', async () => {
  const { file, checks, problems } = checked(wrong);
  for (let arrival = 0; arrival < 3; arrival++) {
    void checks.check(file, 0);
    await checks.settle(file);
  }
  expect(problems.map(({ code }) => code)).toEqual(['piece-damaged', 'piece-damaged', 'source-damaged']);
  file.part = memoryPart(right);
  void checks.check(file, 0);
  await checks.settle(file);
  expect([...file.damaged]).toEqual([]);
  expect(file.verified.has(0)).toBe(true);
});
