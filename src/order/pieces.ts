/** 8 MiB, the default length of a piece in bytes. */
export const DEFAULT_PIECE_LENGTH = 8 * 1024 * 1024;
/** 32 MiB, the longest permitted piece in bytes. */
export const MAX_PIECE_LENGTH = 32 * 1024 * 1024;
/** 1 MiB, the shortest permitted piece in bytes. */
export const MIN_PIECE_LENGTH = 1024 * 1024;
/** Above this many pieces in one order the publisher doubles the piece length. */
const MANY_PIECES = 131_072;

/** Number of pieces of a file of `size` bytes; 0 for an empty file. */
export function pieceCount(size: number, pieceLength: number): number {
  return Math.ceil(size / pieceLength);
}

/** Bytes `[start, end)` of piece `index` within its file. */
export function pieceSpan(index: number, size: number, pieceLength: number): { start: number; end: number } {
  const start = index * pieceLength;
  return { start, end: Math.min(start + pieceLength, size) };
}

/** The piece length in bytes for an order of files of these sizes: 8 MiB, doubled while there are over 131,072 pieces. */
export function choosePieceLength(sizes: readonly number[]): number {
  let length = DEFAULT_PIECE_LENGTH;
  const total = (): number => sizes.reduce((sum, size) => sum + pieceCount(size, length), 0);
  while (length < MAX_PIECE_LENGTH && total() > MANY_PIECES) length *= 2;
  return length;
}

/** A fixed-length set of piece numbers, one bit each, stored as it is in the journal. */
export class PieceSet {
  readonly bytes: Uint8Array;
  #size = 0;

  constructor(
    readonly length: number,
    bytes?: Uint8Array,
  ) {
    this.bytes = new Uint8Array(Math.ceil(length / 8));
    if (bytes) this.bytes.set(bytes.subarray(0, this.bytes.length));
    if (length % 8 !== 0 && bytes) this.bytes[this.bytes.length - 1]! &= (1 << (length % 8)) - 1;
    if (bytes) for (let byte of this.bytes) for (; byte; byte &= byte - 1) this.#size++;
  }

  has(piece: number): boolean {
    return (this.bytes[piece >> 3]! & (1 << (piece & 7))) !== 0;
  }

  add(piece: number): void {
    if (this.has(piece)) return;
    this.bytes[piece >> 3]! |= 1 << (piece & 7);
    this.#size++;
  }

  delete(piece: number): void {
    if (!this.has(piece)) return;
    this.bytes[piece >> 3]! &= ~(1 << (piece & 7));
    this.#size--;
  }

  clear(): void {
    this.bytes.fill(0);
    this.#size = 0;
  }

  get size(): number {
    return this.#size;
  }

  get full(): boolean {
    return this.#size === this.length;
  }
}
