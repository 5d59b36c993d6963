import { trustedUrl } from '../trusted-url.ts';
// eslint-disable-next-line import/default -- Vite answers `?worker&url` with the address of the bundled worker
import address from './hash-thread.ts?worker&url';
import type { HashReply, HashRequest } from './hash-thread.ts';
import type { Hasher } from './ports.ts';

/** What a file is read in to be hashed as a whole, in bytes. */
const CHUNK = 4 * 1024 * 1024;

/**
 * A second worker for hashing: Chromium computes `digest` on the thread that asks (8 ms for 8 MiB, measured in Chromium 156), and
 * the engine's thread has enough to do with receiving and writing. Buffers are lent and come back, since fresh memory costs
 * as much as hashing.
 */
export function createHashWorker(): Hasher {
  const worker = new Worker(trustedUrl(address), { type: 'module', name: 'holdfast-hash' });
  const pending = new Map<number, (hash: Uint8Array) => void>();
  const free: ArrayBuffer[] = [];
  let next = 0;
  // without it nothing can be verified: the page notices that the engine is gone, and starts another
  worker.addEventListener('error', () => self.close());
  worker.addEventListener('message', ({ data }: MessageEvent<HashReply>) => {
    free.push(data.buffer);
    pending.get(data.id)?.(new Uint8Array(data.hash));
    pending.delete(data.id);
  });
  const borrow = (length: number): ArrayBuffer => {
    const buffer = free.pop();
    return buffer && buffer.byteLength >= length ? buffer : new ArrayBuffer(length);
  };

  const ask = (
    length: number,
    fill: (buffer: Uint8Array) => void,
    stream?: NonNullable<HashRequest['stream']>,
  ): Promise<Uint8Array> => {
    const buffer = borrow(length);
    fill(new Uint8Array(buffer, 0, length));
    return new Promise((resolve) => {
      const request: HashRequest = { id: ++next, buffer, length, ...(stream && { stream }) };
      pending.set(request.id, resolve);
      worker.postMessage(request, [buffer]);
    });
  };

  return {
    hash: (length, fill) => ask(length, fill),
    async hashAll(size, fill) {
      const id = ++next;
      let hash: Uint8Array = new Uint8Array();
      for (let at = 0; at < size; at += CHUNK) {
        const length = Math.min(CHUNK, size - at);
        hash = await ask(length, (buffer) => fill(buffer, at), { id, last: at + length === size });
      }
      return hash;
    },
  };
}
