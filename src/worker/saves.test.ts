import { createHash } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import type * as pieces from '../order/pieces.ts';
import { otherPicked } from './testing/sim-computer.ts';
import { Desk } from './testing/sim-desk.ts';
import { content, PIECE, publish, type SimOrder } from './testing/sim-order.ts';
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
  { path: 'empty.txt', bytes: new Uint8Array() },
]);
const bytesOf = (file: number, of: SimOrder = order): Uint8Array => of.files[file]?.bytes ?? new Uint8Array();
const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);
const bytes = (written: string): Uint8Array => new TextEncoder().encode(written);
const sums = (...files: readonly (readonly [string, Uint8Array])[]): string =>
  files
    .map(([name, of]) => `${createHash('sha256').update(of).digest('hex')}  ${name}\n`)
    .sort()
    .join('');

/** A customer to whom the order is delivered. */
async function delivered(): Promise<Desk> {
  const desk = new Desk([order]);
  await desk.boot();
  await desk.start();
  await desk.reach('done');
  desk.asked.length = 0;
  return desk;
}

describe('a check of the copy', () => {
  it('changes nothing where the folder is gone', async () => {
    const desk = await delivered();
    desk.computer.folder.fault = () => 'folder-missing';
    await expect(desk.during(desk.engine.checkFile(order.order, 0))).rejects.toMatchObject({ code: 'folder-missing' });
    await expect(desk.during(desk.engine.repairFile(order.order, 0))).rejects.toMatchObject({ code: 'folder-missing' });
    expect(desk.summary()).toMatchObject({ state: 'done', filesSaved: 3 });
  });

  it('tells of bytes that were added at the end; repaired, nothing is fetched', async () => {
    const desk = await delivered();
    const { files } = desk.computer.folder;
    files.set('a.7z', new Uint8Array([...bytesOf(0), 1, 2, 3]));
    const check = await desk.during(desk.engine.checkFile(order.order, 0));
    expect(check).toEqual({ copy: 'changed', damaged: [] });
    await desk.during(desk.engine.repairFile(order.order, 0));
    await desk.reach('done');
    expect(files.get('a.7z')).toEqual(bytesOf(0));
    expect(desk.asked).toEqual([]);
  });

  it('tells of an empty file that is gone; it is repaired after a restart, too', async () => {
    const desk = await delivered();
    const { files } = desk.computer.folder;
    files.delete('empty.txt');
    expect(await desk.during(desk.engine.checkFile(order.order, 2))).toEqual({ copy: 'gone', damaged: [] });
    await desk.during(desk.engine.pause(order.order));
    await desk.during(desk.engine.repairFile(order.order, 2));
    await desk.boot();
    await desk.during(desk.engine.start(order.order));
    await desk.reach('done');
    expect(files.get('empty.txt')).toEqual(new Uint8Array());
  });

  it('leaves an edited copy alone until it is to be repaired; then one piece is fetched', async () => {
    const desk = await delivered();
    const { files } = desk.computer.folder;
    const edited = bytesOf(0).map((byte, at) => (at === PIECE + 3 ? byte ^ 1 : byte));
    files.set('a.7z', edited);
    expect(await desk.during(desk.engine.checkFile(order.order, 0))).toEqual({ copy: 'changed', damaged: [1] });
    await desk.pass(60_000);
    expect(files.get('a.7z')).toBe(edited);
    await desk.during(desk.engine.repairFile(order.order, 0));
    await desk.reach('done');
    expect(files.get('a.7z')).toEqual(bytesOf(0));
    expect(desk.asked).toEqual([`0 ${PIECE}-${2 * PIECE - 1}`]);
    expect([...files.keys()].sort()).toEqual(['SHA256SUMS', 'a.7z', 'b.7z', 'empty.txt']);
  });
});

describe('another folder, picked in the middle of an order', () => {
  /** `a.7z` is in the first folder, which is full then; `b.7z` is still to be saved. */
  async function fullFolder(): Promise<Desk> {
    const desk = new Desk([order]);
    desk.computer.folder.fault = (step, path) => (step === 'close' && path === 'b.7z' ? 'folder-full' : undefined);
    await desk.boot();
    await desk.start();
    await desk.until(() => desk.summary().reason?.code === 'folder-full' && desk.row(0).status === 'saved');
    return desk;
  }

  it('gets the rest; each folder gets the list of what is in it, and the page names both', async () => {
    const desk = await fullFolder();
    const { folder, other } = desk.computer;
    await desk.during(desk.engine.setDestination(otherPicked));
    await desk.reach('done');
    expect(folder.files.get('a.7z')).toEqual(bytesOf(0));
    expect(other.files.get('b.7z')).toEqual(bytesOf(1));
    const where = [folder, other].map(({ files }) => ['a.7z', 'b.7z', 'empty.txt'].filter((name) => files.has(name)));
    for (const [i, { files }] of [folder, other].entries()) {
      const names = (where[i] ?? []).map((name) => [name, files.get(name) ?? new Uint8Array()] as const);
      expect(text(files.get('SHA256SUMS'))).toBe(sums(...names));
    }
    expect(desk.summary().folders).toEqual(['picked / A-1', 'other / A-1']);
    expect([...folder.files.keys()], 'no empty file where the save was begun').not.toContain('b.7z');
    for (const file of [0, 1]) {
      expect(await desk.during(desk.engine.checkFile(order.order, file))).toMatchObject({ copy: 'whole' });
    }
  });

  it('is remembered over a restart, and picked again it is the same', async () => {
    const desk = await fullFolder();
    await desk.during(desk.engine.setDestination(otherPicked));
    await desk.reach('done');
    await desk.boot();
    expect(desk.summary().folders).toEqual(['picked / A-1', 'other / A-1']);
    await desk.during(desk.engine.setDestination(otherPicked));
    expect(desk.engine.foldersFor(order.order).map(({ name }) => name)).toEqual(['picked', 'other']);
  });

  it('keeps what a stranger has there under the names that were begun in the first', async () => {
    const desk = await fullFolder();
    desk.computer.folder.fault = () => undefined;
    const { other } = desk.computer;
    other.files.set('b.7z', new Uint8Array());
    await desk.during(desk.engine.setDestination(otherPicked));
    await desk.reach('done');
    expect(other.files.get('b.7z')).toEqual(new Uint8Array());
    expect(other.files.get('b (1).7z')).toEqual(bytesOf(1));
  });

  it('never has a file replaced there that was damaged in the first', async () => {
    const desk = await delivered();
    const { folder, other } = desk.computer;
    folder.files.set('a.7z', bytes('edited'));
    other.files.set('a.7z', bytes('mine'));
    await desk.during(desk.engine.setDestination(otherPicked));
    await desk.during(desk.engine.repairFile(order.order, 0));
    await desk.reach('done');
    expect(text(other.files.get('a.7z'))).toBe('mine');
    expect(folder.files.get('a.7z'), 'it is replaced where it is').toEqual(bytesOf(0));
  });
});

describe('what is in the folder already', () => {
  it('stays clean where a file is refused for good and handed over', async () => {
    const desk = new Desk([order]);
    const { folder } = desk.computer;
    folder.fault = (step, path) => (step === 'close' && path === 'a.7z' ? 'save-refused' : undefined);
    await desk.boot();
    await desk.start();
    await desk.until(() => desk.summary().filesRefused === 1);
    expect([...folder.files.keys()]).not.toContain('a.7z');
    folder.files.set('a.7z', new Uint8Array()); // as when it could not be reached in that moment
    await desk.during(desk.engine.handedOver(order.order, 0));
    expect([...folder.files.keys()]).not.toContain('a.7z');
  });

  it('is never chosen by two saves at once: two manifests of one id', async () => {
    const again = publish([
      { path: 'a.7z', bytes: content(7, PIECE) },
      { path: 'b.7z', bytes: content(8, PIECE) },
      { path: 'b (1).7z', bytes: content(9, 3 * PIECE) },
    ]);
    const desk = new Desk([order, again]);
    const { computer } = desk;
    await desk.boot();
    computer.permitted = () => false;
    await desk.start(order);
    await desk.start(again);
    const verified = (each: SimOrder): boolean =>
      each.files.every((_, file) => desk.row(file, each).status === 'verified');
    await desk.until(() => verified(order) && verified(again));
    // all are saved in the same moment
    computer.permitted = () => true;
    await desk.during(desk.engine.continueSaving());
    await desk.reach('done', order);
    await desk.reach('done', again);
    const there = [...computer.folder.files.values()];
    for (const each of [order, again]) {
      for (const { path, bytes: wanted } of each.files) {
        expect(
          there.some((found) => Buffer.compare(found, wanted) === 0),
          path,
        ).toBe(true);
      }
    }
  });

  it('keeps a SHA256SUMS of the user, and one of another manifest of the same id', async () => {
    const again = publish([{ path: 'a.7z', bytes: content(7, PIECE) }]);
    const desk = new Desk([order, again]);
    const { files } = desk.computer.folder;
    files.set('SHA256SUMS', bytes('0000  mine\n'));
    await desk.boot();
    await desk.start(order);
    await desk.reach('done', order);
    await desk.start(again);
    await desk.reach('done', again);
    expect(text(files.get('SHA256SUMS'))).toBe('0000  mine\n');
    const first = sums(['a.7z', bytesOf(0)], ['b.7z', bytesOf(1)], ['empty.txt', bytesOf(2)]);
    expect(text(files.get('SHA256SUMS (1)'))).toBe(first);
    expect(text(files.get('SHA256SUMS (2)'))).toBe(sums(['a (1).7z', bytesOf(0, again)]));
  });

  it('is found after the browser lost everything, under a numbered name too, and its list is not written twice', async () => {
    const desk = new Desk([order]);
    const { files } = desk.computer.folder;
    files.set('a.7z', bytes('mine'));
    files.set('a (1).7z', bytesOf(0));
    files.set('SHA256SUMS', bytes(sums(['a (1).7z', bytesOf(0)])));
    await desk.boot();
    await desk.start();
    await desk.reach('done');
    expect(desk.asked.filter((ask) => ask.startsWith('0'))).toEqual([]);
    expect([...files.keys()].sort()).toEqual(['SHA256SUMS', 'a (1).7z', 'a.7z', 'b.7z', 'empty.txt']);
    expect(text(files.get('SHA256SUMS'))).toContain('b.7z');
  });
});

it('saves an order whose id Windows keeps for itself into a folder that can be made there', async () => {
  const desk = new Desk([publish([{ path: 'a.7z', bytes: content(1, PIECE) }], 'CON')]);
  await desk.boot();
  await desk.start();
  await desk.reach('done');
  expect(desk.summary().folders).toEqual(['picked / CON_']);
});

describe('a power cut right after a save', () => {
  /** All files are saved; the power fails `ms` later, and the folder has lost `name`. */
  async function cut(ms: number, name: string, left?: Uint8Array): Promise<Desk> {
    const desk = await delivered();
    await desk.pass(ms);
    if (left) desk.computer.folder.files.set(name, left);
    else desk.computer.folder.files.delete(name);
    await desk.boot();
    return desk;
  }

  it.each([
    ['is gone', undefined],
    ['is empty', new Uint8Array()],
    ['is short', bytesOf(0).slice(0, 100)],
  ])('fetches again what %s', async (_, left) => {
    const desk = await cut(5_000, 'a.7z', left);
    await desk.until(() => desk.row(0).status !== 'saved');
    await desk.reach('done');
    expect(desk.computer.folder.files.get('a.7z')).toEqual(bytesOf(0));
    expect([...desk.computer.folder.files.keys()].sort()).toEqual(['SHA256SUMS', 'a.7z', 'b.7z', 'empty.txt']);
  });

  it('is no reason to fetch what the user moved away later', async () => {
    const desk = await cut(90_000, 'a.7z');
    await desk.pass(60_000);
    expect(desk.summary()).toMatchObject({ state: 'done', filesSaved: 3 });
    expect(desk.asked).toEqual([]);
  });

  it('writes the list of checksums again', async () => {
    const desk = await cut(5_000, 'SHA256SUMS');
    await desk.pass(20_000);
    await desk.reach('done');
    expect(desk.computer.folder.files.has('SHA256SUMS')).toBe(true);
  });

  it('is looked into once the folder may be used again', async () => {
    const desk = await delivered();
    desk.computer.permitted = () => false;
    desk.computer.folder.files.delete('a.7z');
    await desk.boot();
    await desk.pass(60_000);
    expect(desk.row(0).status).toBe('saved');
    desk.computer.permitted = () => true;
    await desk.during(desk.engine.continueSaving());
    await desk.until(() => desk.row(0).status !== 'saved');
    await desk.reach('done');
    expect(desk.computer.folder.files.get('a.7z')).toEqual(bytesOf(0));
  });
});
