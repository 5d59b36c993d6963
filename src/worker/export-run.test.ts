import { afterEach, expect, it, vi } from 'vitest';
import { exportRun } from './export-run.ts';
import { summarize } from './snapshots.ts';
import { orderOf } from './testing/fakes.ts';

afterEach(() => vi.unstubAllGlobals());

/** A service that grants what it is asked, and notes how many files that were each time. */
function stubService(): number[] {
  const asked: number[] = [];
  vi.stubGlobal('fetch', (_url: string, { body }: { body: string }) => {
    const { files } = JSON.parse(body) as { files: number[] };
    asked.push(files.length);
    const url = (file: number): string => `https://app.example/store/${file}?expires=${2_000_000_000 + file}`;
    const grants = files.map((file) => ({
      file,
      url: url(file),
      mirrors: [`https://mirror.example/${file}`],
      expiresIn: 60_000,
    }));
    return Promise.resolve(Response.json({ grants }));
  });
  return asked;
}

it('gives another program every file, its pieces and all its URLs, and says when the first of them ends', async () => {
  const asked = stubService();
  const { order, endsAt } = await exportRun(orderOf([...new Array<number>(249).fill(1), 3_000_000]));
  expect(asked).toEqual([100, 100, 50]);
  expect(order.files).toHaveLength(250);
  expect(order.files[249]).toMatchObject({ path: 'A-1/file-249', size: 3_000_000, isBundled: false, offset: 0 });
  expect(order.files[249]?.pieces).toEqual(new Array(3).fill('0'.repeat(64)));
  expect(order.files[249]?.urls).toEqual([
    'https://app.example/store/249?expires=2000000249',
    'https://mirror.example/249',
  ]);
  expect(endsAt).toBe(2_000_000_000_000);
});

it('takes pasted links as they are', async () => {
  const asked = stubService();
  const run = orderOf([1], { urls: ['https://s3.example/a'], sha256: undefined, hashes: undefined });
  run.record = { ...run.record, kind: 'links' };
  const { order, endsAt } = await exportRun(run);
  expect([asked, endsAt]).toEqual([[], undefined]);
  expect(order.files[0]).toMatchObject({ urls: ['https://s3.example/a'], pieces: [], sha256: undefined });
});

it('says of an order that its link is static, and when that ends', () => {
  const run = orderOf([1]);
  expect(summarize(run, { now: 0, blocked: undefined, saving: undefined, connections: 0 }, [])).toMatchObject({
    isStatic: false,
    endsAt: undefined,
  });
  run.record = { ...run.record, at: 'https://s3.example/g?X-Amz-Date=20261126T000000Z&X-Amz-Expires=3600' };
  expect(summarize(run, { now: 0, blocked: undefined, saving: undefined, connections: 0 }, [])).toMatchObject({
    isStatic: true,
    endsAt: Date.UTC(2026, 10, 26, 1),
  });
});
