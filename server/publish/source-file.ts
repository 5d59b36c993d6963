/** One file that is being published: bytes on this computer, or an object that is in the store already. */
export interface SourceFile {
  /** Path in the order: relative, NFC, `/` between its parts. */
  readonly path: string;
  /** Bytes, as found before reading. */
  readonly size: number;
  /** Where the file's bytes are, or will be, in the store. */
  readonly key: string;
  /** When the file was changed last, in ms since the epoch; left out for an object in the store. */
  readonly mtimeMs?: number;
  /** The object's version, when it is in a versioned bucket. */
  readonly version?: string;
  /** True when the bytes are at `key` already and are only read to be hashed. */
  readonly stored: boolean;
  /** The bytes. Throws `source-vanished` or `input-invalid` when they are not what was found before. */
  read(): AsyncIterable<Uint8Array>;
}
