import type { sha256 } from '@noble/hashes/sha2.js';

/** What the engine's worker lends: the first `length` bytes of `buffer` are hashed, then it goes back. */
export interface HashRequest {
  readonly id: number;
  readonly buffer: ArrayBuffer;
  readonly length: number;
  /** The bytes continue those of earlier requests with this number; WebCrypto cannot do that. */
  readonly stream?: { readonly id: number; readonly last: boolean };
}

/** SHA-256, 32 bytes (of a stream that is not at its end: none), and the buffer to use again. */
export interface HashReply {
  readonly id: number;
  readonly buffer: ArrayBuffer;
  readonly hash: ArrayBufferLike;
}

const streams = new Map<number, ReturnType<(typeof sha256)['create']>>();

self.addEventListener('message', (event: MessageEvent<HashRequest>) => void answer(event.data));

async function answer({ id, buffer, length, stream }: HashRequest): Promise<void> {
  try {
    const bytes = new Uint8Array(buffer, 0, length);
    const hash = await (stream ? hashOn(bytes, stream) : crypto.subtle.digest('SHA-256', bytes));
    const reply: HashReply = { id, buffer, hash };
    self.postMessage(reply, { transfer: [buffer] });
  } catch (error) {
    // thrown outside of any promise, it reaches the engine's worker, which cannot go on without hashes
    setTimeout(() => {
      throw error;
    });
  }
}

/** Loaded only for files of which nothing but the whole hash is known. The sender of a stream waits for each answer. */
async function hashOn(bytes: Uint8Array, { id, last }: NonNullable<HashRequest['stream']>): Promise<ArrayBufferLike> {
  const hash = streams.get(id) ?? (await import('@noble/hashes/sha2.js')).sha256.create();
  hash.update(bytes);
  if (!last) {
    streams.set(id, hash);
    return new ArrayBuffer();
  }
  streams.delete(id);
  return hash.digest().buffer;
}
