import { createHash } from 'node:crypto';
import type { Hasher } from '../ports.ts';

const CHUNK = 65_536;

/** Hashes on the spot, for tests without workers. */
export const plainHasher: Hasher = {
  async hash(length, fill) {
    const bytes = new Uint8Array(length);
    fill(bytes);
    return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  },
  async hashAll(size, fill) {
    const hash = createHash('sha256');
    for (let at = 0; at < size; at += CHUNK) {
      const bytes = new Uint8Array(Math.min(CHUNK, size - at));
      fill(bytes, at);
      hash.update(bytes);
      await Promise.resolve();
    }
    return hash.digest();
  },
};
