import type { Hasher } from '../ports.ts';

/** Hashes on the spot, for tests without workers. */
export const plainHasher: Hasher = {
  async hash(length, fill) {
    const bytes = new Uint8Array(length);
    fill(bytes);
    return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  },
};
