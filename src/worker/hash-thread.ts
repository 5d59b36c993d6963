/** What the engine's worker lends: the first `length` bytes of `buffer` are hashed, then it goes back. */
export interface HashRequest {
  readonly id: number;
  readonly buffer: ArrayBuffer;
  readonly length: number;
}

/** SHA-256, 32 bytes, and the buffer to use again. */
export interface HashReply {
  readonly id: number;
  readonly buffer: ArrayBuffer;
  readonly hash: ArrayBuffer;
}

self.addEventListener('message', (event: MessageEvent<HashRequest>) => void answer(event.data));

async function answer({ id, buffer, length }: HashRequest): Promise<void> {
  try {
    const hash = await crypto.subtle.digest('SHA-256', new Uint8Array(buffer, 0, length));
    const reply: HashReply = { id, buffer, hash };
    self.postMessage(reply, { transfer: [buffer] });
  } catch (error) {
    // thrown outside of any promise, it reaches the engine's worker, which cannot go on without hashes
    setTimeout(() => {
      throw error;
    });
  }
}
