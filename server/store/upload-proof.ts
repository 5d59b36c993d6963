import { createHash } from 'node:crypto';

/** MD5 of `bytes`, as S3 writes it: bytes, hexadecimal, base64. */
function md5(bytes: Uint8Array): Buffer {
  return createHash('md5').update(bytes).digest();
}

/** What was read of an object on its way to a store: cut into parts, and what a store that took it can be held to. */
export class UploadProof {
  /** Bytes. */
  size = 0;
  readonly #whole = createHash('sha256');
  readonly #parts: Buffer[] = [];

  /** Reads `source` to its end, in parts of `length` bytes; the last one is shorter. */
  async *parts(source: AsyncIterable<Uint8Array>, length: number): AsyncGenerator<UploadPart> {
    let bytes = Buffer.allocUnsafe(length);
    let filled = 0;
    for await (const chunk of source) {
      this.#whole.update(chunk);
      for (let at = 0; at < chunk.length;) {
        const step = Math.min(chunk.length - at, length - filled);
        bytes.set(chunk.subarray(at, at + step), filled);
        at += step;
        filled += step;
        if (filled < length) continue;
        yield this.#add(bytes);
        bytes = Buffer.allocUnsafe(length);
        filled = 0;
      }
    }
    // an empty object has one empty part
    if (filled > 0 || this.size === 0) yield this.#add(bytes.subarray(0, filled));
  }

  /** The ETag that S3 gives the object when it is encrypted with no key of its own, without quotes. To be asked at the end. */
  get etag(): string {
    const [first = md5(Buffer.alloc(0)), ...rest] = this.#parts;
    if (rest.length === 0) return first.toString('hex');
    return `${md5(Buffer.concat(this.#parts)).toString('hex')}-${this.#parts.length}`;
  }

  /** Hexadecimal. To be asked once, at the end. */
  sha256(): string {
    return this.#whole.digest('hex');
  }

  #add(bytes: Uint8Array): UploadPart {
    const hash = md5(bytes);
    this.#parts.push(hash);
    this.size += bytes.length;
    return { number: this.#parts.length, bytes, md5: hash };
  }
}

/** One part of an object. */
export interface UploadPart {
  /** From 1. */
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly md5: Buffer;
}
