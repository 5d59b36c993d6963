import { OrderRun } from '../order-run.ts';
import type { FileSpec } from '../order-spec.ts';
import type { OrderRecord, PartFile } from '../ports.ts';

export const MIB = 1024 * 1024;

/** A part in memory. */
export function memoryPart(initial = new Uint8Array()): PartFile & { bytes: Uint8Array } {
  return {
    bytes: initial,
    write(chunk, at) {
      const grown = new Uint8Array(Math.max(this.bytes.length, at + chunk.length));
      grown.set(this.bytes);
      grown.set(chunk, at);
      this.bytes = grown;
    },
    read(buffer, at) {
      const there = this.bytes.subarray(at, at + buffer.length);
      buffer.set(there);
      return there.length;
    },
    size() {
      return this.bytes.length;
    },
    flush: () => undefined,
    close: () => undefined,
  };
}

/** An order of files of these sizes (bytes), started, with pieces of 1 MiB. `hashes` are all zero unless given. */
export function orderOf(sizes: readonly number[], overrides: Partial<FileSpec> = {}): OrderRun {
  const record: OrderRecord = {
    order: 'a'.repeat(64),
    kind: 'order',
    id: 'A-1',
    title: 'A-1',
    addedAt: 0,
    will: 'started',
    files: sizes.length,
    bytes: sizes.reduce((sum, size) => sum + size, 0),
  };
  const files = sizes.map((size, i): FileSpec => ({
    path: `file-${i}`,
    size,
    pieceLength: MIB,
    sha256: 'b'.repeat(64),
    hashes: new Uint8Array(Math.ceil(size / MIB) * 32),
    offset: undefined,
    urls: undefined,
    etag: undefined,
    modified: undefined,
    ...overrides,
  }));
  return new OrderRun(record, { receipts: false, files }, []);
}
