import { createHash } from 'node:crypto';

/** The hashes of one file, lower-case hexadecimal. */
export interface FileHashes {
  readonly sha256: string;
  readonly pieces: readonly string[];
}

/** SHA-256 of a whole file and of each of its pieces, in one pass. */
export class PieceHasher {
  readonly #whole = createHash('sha256');
  #piece = createHash('sha256');
  readonly #pieces: string[] = [];
  #filled = 0;
  /** Bytes taken so far. */
  count = 0;

  /** `pieceLength` in bytes. */
  constructor(readonly pieceLength: number) {}

  update(chunk: Uint8Array): void {
    this.#whole.update(chunk);
    this.count += chunk.length;
    for (let at = 0; at < chunk.length;) {
      const step = Math.min(chunk.length - at, this.pieceLength - this.#filled);
      this.#piece.update(chunk.subarray(at, at + step));
      at += step;
      this.#filled += step;
      if (this.#filled === this.pieceLength) this.#endPiece();
    }
  }

  /** To be called once, at the end. */
  digest(): FileHashes {
    if (this.#filled > 0) this.#endPiece();
    return { sha256: this.#whole.digest('hex'), pieces: this.#pieces };
  }

  #endPiece(): void {
    this.#pieces.push(this.#piece.digest('hex'));
    this.#piece = createHash('sha256');
    this.#filled = 0;
  }
}
