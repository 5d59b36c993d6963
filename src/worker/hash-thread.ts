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

self.addEventListener('message', (event: MessageEvent<HashRequest>) => {
  const { id, buffer, length } = event.data;
  void crypto.subtle.digest('SHA-256', new Uint8Array(buffer, 0, length)).then((hash) => {
    const reply: HashReply = { id, buffer, hash };
    self.postMessage(reply, { transfer: [buffer] });
  });
});
