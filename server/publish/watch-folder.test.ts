import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openStore, type OpenStore } from '../store/open-store.ts';
import type { PublishedOrder } from './publish-order.ts';
import { watchFolder } from './watch-folder.ts';

const base = await mkdtemp(join(tmpdir(), 'holdfast-watch-'));
afterAll(() => rm(base, { recursive: true }));

/** One file in a folder of `folder`, both made when they are not there. */
async function put(folder: string, path: string, text = 'one'): Promise<void> {
  await mkdir(join(folder, path, '..'), { recursive: true });
  await writeFile(join(folder, path), text);
}

describe('watching a folder', { timeout: 60_000 }, () => {
  let folder: string;
  let target: OpenStore;
  let published: PublishedOrder[];
  let problems: string[];
  let ended: AbortController;
  let watching: Promise<void>;
  beforeEach(async () => {
    folder = await mkdtemp(join(base, 'orders-'));
    target = await openStore({ store: `${folder}-store` });
    published = [];
    problems = [];
  });
  afterEach(stop);

  function start(more: { readonly doneFile?: string } = {}): void {
    ended = new AbortController();
    watching = watchFolder({
      folder,
      target,
      settle: 200,
      expiresIn: 60_000,
      urlExpiresIn: 60,
      signal: ended.signal,
      onPublished: (order) => published.push(order),
      onProblem: (name, message) => problems.push(`${name}: ${message}`),
      ...more,
    });
  }
  async function stop(): Promise<void> {
    ended.abort();
    await watching;
  }
  const until = (check: () => void): Promise<void> => vi.waitFor(check, 20_000);
  const names = (): string[] => published.map(({ order }) => order);

  it('publishes each finished folder once, again when it changed, and what an earlier run published not again', async () => {
    await put(folder, 'A-1/a');
    start();
    await until(() => expect(names()).toEqual(['A-1']));
    await put(folder, 'A-1/b', 'two');
    await until(() => expect(published[1]?.earlier?.added).toEqual(['b']));
    await stop();

    start();
    await put(folder, 'B-2/a');
    await until(() => expect(names()).toEqual(['A-1', 'A-1', 'B-2']));
    expect(problems).toEqual([]);
  });

  it('says once what it cannot publish, and why: a name, a stray file, a link to nothing; the others go on', async () => {
    await put(folder, 'no id/a');
    await put(folder, 'stray.txt');
    await symlink('/nowhere', join(folder, 'lost'));
    await put(folder, 'C-3/a');
    await symlink('/nowhere', join(folder, 'C-3', 'b'));
    await put(folder, 'Z-9/a');
    start();
    await until(() => expect(names()).toEqual(['Z-9']));
    await until(() =>
      expect(problems.toSorted()).toEqual([
        expect.stringMatching(/^C-3: .*C-3\/b leads to nothing/),
        expect.stringContaining('lost: is no folder'),
        expect.stringContaining('no id: the folder’s name is no order id'),
        expect.stringContaining('stray.txt: is no folder'),
      ]),
    );
    await rm(join(folder, 'C-3', 'b'));
    await until(() => expect(names()).toEqual(['Z-9', 'C-3']));
    expect(problems).toHaveLength(4);
  });

  it('goes on after a failure that nobody foresaw, and after the folder itself was away', async () => {
    await put(folder, 'A-1/a');
    const head = vi.spyOn(target.store, 'head').mockRejectedValueOnce(new TypeError('surprise'));
    start();
    await until(() =>
      expect(problems).toEqual([expect.stringContaining('A-1: failed unexpectedly (TypeError: surprise)')]),
    );
    await until(() => expect(names()).toEqual(['A-1']));
    head.mockRestore();
    await rename(folder, `${folder}-away`);
    await until(() => expect(problems[1]).toContain('It is looked for again'));
    await rename(`${folder}-away`, folder);
    await put(folder, 'B-2/a');
    await until(() => expect(names()).toEqual(['A-1', 'B-2']));
    expect(problems).toHaveLength(2);
  });

  it('waits for the file that says that a folder is complete, which is not part of the order', async () => {
    await put(folder, 'A-1/a');
    await put(folder, 'B-2/a');
    await put(folder, 'B-2/COMPLETE', '');
    start({ doneFile: 'COMPLETE' });
    await until(() => expect(names()).toEqual(['B-2']));
    await put(folder, 'A-1/b');
    await put(folder, 'A-1/COMPLETE', '');
    await until(() => expect(names()).toEqual(['B-2', 'A-1']));
    expect(published.map(({ files }) => files.map(({ path }) => path))).toEqual([['a'], ['a', 'b']]);
    await stop();
    start({ doneFile: 'COMPLETE' });
    await put(folder, 'C-3/a');
    await put(folder, 'C-3/COMPLETE', '');
    await until(() => expect(names()).toEqual(['B-2', 'A-1', 'C-3']));
  });
});
