import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/order/errors.ts';
import { collect, type ObjectStore } from './object-store.ts';

async function* chunksOf(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

/** What a listing gives, to its end. */
export async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

/** What every adapter of `ObjectStore` does. `open` gives an empty store, each time another one. */
export function objectStoreContract(open: () => Promise<ObjectStore>): void {
  describe('as an object store', () => {
    it('gives back what was uploaded, empty and odd lengths too', async () => {
      const store = await open();
      for (const size of [0, 1, 100_001, 20 * 1024 * 1024 + 7]) {
        const bytes = randomBytes(size);
        const key = `files/晶片 ${size}#?%20.bin`;
        await store.upload(key, size, chunksOf(bytes, 1_000_003));
        expect(await store.head(key)).toMatchObject({ size });
        expect(Buffer.compare(await collect(store.read(key)), bytes)).toBe(0);
      }
    });

    it('answers a probe', async () => {
      await (await open()).probe();
    });

    it('never overwrites a record', async () => {
      const store = await open();
      expect(await store.putNew('a/record.json', Buffer.from('one'), 'application/json')).toBe(true);
      expect(await store.putNew('a/record.json', Buffer.from('two'), 'application/json')).toBe(false);
      expect(Buffer.from((await store.get('a/record.json'))!).toString()).toBe('one');
    });

    it('knows nothing of what is not there', async () => {
      const store = await open();
      expect(await store.head('none')).toBeUndefined();
      expect(await store.get('none/at/all')).toBeUndefined();
      await expect(collect(store.read('none'))).rejects.toMatchObject({ code: 'source-vanished' });
      expect(await all(store.list('none/'))).toEqual([]);
    });

    it('lists by prefix, ordered by key', async () => {
      const store = await open();
      for (const key of ['b/2', 'b/1', 'b/c/3', 'a/4']) await store.putNew(key, Buffer.from(key), 'text/plain');
      const found = await all(store.list('b/'));
      expect(found).toEqual([
        { key: 'b/1', size: 3 },
        { key: 'b/2', size: 3 },
        { key: 'b/c/3', size: 5 },
      ]);
    });

    it('shows what a folder would show as its folders', async () => {
      const store = await open();
      for (const key of ['o/b/1', 'o/a/1', 'o/a/c/2', 'o/file', 'p/1'])
        await store.putNew(key, Buffer.from(key), 'text/plain');
      expect(await all(store.folders('o/'))).toEqual(['a', 'b']);
      expect(await all(store.folders('none/'))).toEqual([]);
    });

    it('shows nothing of an upload that broke off, and takes it again', async () => {
      const store = await open();
      const bytes = randomBytes(40 * 1024 * 1024);
      async function* broken(): AsyncGenerator<Uint8Array> {
        yield* chunksOf(bytes.subarray(0, 36 * 1024 * 1024), 1024 * 1024);
        throw new AppError('source-vanished', 'gone');
      }
      await expect(store.upload('big', bytes.length, broken())).rejects.toMatchObject({ code: 'source-vanished' });
      expect(await store.head('big')).toBeUndefined();
      expect(await all(store.list('big'))).toEqual([]);
      await store.upload('big', bytes.length, chunksOf(bytes, 777_777));
      expect(Buffer.compare(await collect(store.read('big')), bytes)).toBe(0);
    });

    it('says what became of an upload, and never writes over what is there', async () => {
      const store = await open();
      for (const size of [0, 5000, 20 * 1024 * 1024 + 7]) {
        const [bytes, others] = [randomBytes(size), randomBytes(size)];
        const key = `files/${size}`;
        expect(await store.upload(key, size, chunksOf(bytes, 1_000_003))).toBe('sent');
        expect(await store.upload(key, size, chunksOf(bytes, 777_777))).toBe('there');
        if (size > 0) expect(await store.upload(key, size, chunksOf(others, 1_000_003))).toBe('other');
        expect(await store.upload(key, size + 1, chunksOf(randomBytes(size + 1), 1_000_003))).toBe('other');
        expect(Buffer.compare(await collect(store.read(key)), bytes)).toBe(0);
        expect(Math.abs((await store.head(key))!.changedAt - Date.now())).toBeLessThan(60_000);
      }
    });

    it('refuses a source of another length', async () => {
      const store = await open();
      await expect(store.upload('short', 5, chunksOf(Buffer.from('four'), 2))).rejects.toMatchObject({
        code: 'input-invalid',
      });
      expect(await store.head('short')).toBeUndefined();
    });

    it('grants URLs of its own origin', async () => {
      const store = await open();
      const url = await store.grant('x/晶片 #1.bin', { expiresIn: 60, fileName: '晶片 #1.bin' });
      expect(new URL(url).origin).toBe(store.grantOrigin);
      expect(decodeURIComponent(new URL(url).pathname).endsWith('x/晶片 #1.bin')).toBe(true);
    });
  });
}
