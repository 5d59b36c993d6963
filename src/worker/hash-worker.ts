import { trustedUrl } from '../trusted-url.ts';
// eslint-disable-next-line import/default -- Vite answers `?worker&url` with the address of the bundled worker
import address from './hash-thread.ts?worker&url';
import type { HashReply, HashRequest } from './hash-thread.ts';
import type { Hasher } from './ports.ts';

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

  return {
    hash(length, fill) {
      const buffer = borrow(length);
      fill(new Uint8Array(buffer, 0, length));
      return new Promise((resolve) => {
        const request: HashRequest = { id: ++next, buffer, length };
        pending.set(request.id, resolve);
        worker.postMessage(request, [buffer]);
      });
    },
  };
}
