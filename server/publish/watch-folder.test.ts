import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { openStore } from '../store/open-store.ts';
import type { PublishedOrder } from './publish-order.ts';
import { watchFolder } from './watch-folder.ts';

const base = await mkdtemp(join(tmpdir(), 'holdfast-watch-'));
afterAll(() => rm(base, { recursive: true }));

it('publishes each finished folder once, again when it changed, and says what it cannot', async () => {
  const folder = join(base, 'orders');
  await mkdir(join(folder, 'A-1'), { recursive: true });
  await mkdir(join(folder, 'no id'));
  await writeFile(join(folder, 'A-1', 'a'), 'one');
  await writeFile(join(folder, 'no id', 'a'), 'one');
  const target = await openStore({ store: join(base, 'store') });
  const published: PublishedOrder[] = [];
  const problems: string[] = [];
  const run = (): { stop: () => Promise<void> } => {
    const ended = new AbortController();
    const watching = watchFolder({
      folder,
      target,
      settle: 200,
      expiresIn: 60_000,
      urlExpiresIn: 60,
      signal: ended.signal,
      onPublished: (order) => published.push(order),
      onProblem: (name) => problems.push(name),
    });
    return { stop: () => (ended.abort(), watching) };
  };

  const first = run();
  await vi.waitFor(() => expect(published.map(({ order }) => order)).toEqual(['A-1']), 20_000);
  await vi.waitFor(() => expect(problems).toEqual(['no id']), 20_000);
  await writeFile(join(folder, 'A-1', 'b'), 'two');
  await vi.waitFor(() => expect(published[1]?.earlier?.added).toEqual(['b']), 20_000);
  await first.stop();

  // the next run knows from the store what is published
  const second = run();
  await mkdir(join(folder, 'B-2'));
  await writeFile(join(folder, 'B-2', 'a'), 'one');
  await vi.waitFor(() => expect(published.map(({ order }) => order)).toEqual(['A-1', 'A-1', 'B-2']), 20_000);
  await second.stop();
});
