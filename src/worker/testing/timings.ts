import type { EnginePorts } from '../engine.ts';
import type { Destination, PartFile } from '../ports.ts';

/** What took time. `write`, `read` and `flush` keep the engine's thread busy; the others only take their time beside it. */
export type Work = 'write' | 'read' | 'flush' | 'hash' | 'journal' | 'save' | 'close';

/** One piece of work for one file, from and to in ms (`performance.now()`). */
export interface Timing {
  readonly work: Work;
  readonly file: string;
  readonly from: number;
  readonly to: number;
}

/**
 * The ports of a build that says where its time goes (`vite build --mode timings`, for the bench): everything is noted in
 * `globalThis.timings`.
 */
export function withTimings(ports: EnginePorts): EnginePorts {
  const timings: Timing[] = [];
  Object.assign(globalThis, { timings });
  const note = (work: Work, file: string, from: number): void => {
    timings.push({ work, file, from, to: performance.now() });
  };
  const now = <T>(work: Work, file: string, task: () => T): T => {
    const from = performance.now();
    try {
      return task();
    } finally {
      note(work, file, from);
    }
  };
  const later = async <T>(work: Work, file: string, task: () => Promise<T>): Promise<T> => {
    const from = performance.now();
    try {
      return await task();
    } finally {
      note(work, file, from);
    }
  };

  const timedPart = (part: PartFile, file: string): PartFile => ({
    write: (bytes, at) => now('write', file, () => part.write(bytes, at)),
    read: (buffer, at) => now('read', file, () => part.read(buffer, at)),
    flush: () => now('flush', file, () => part.flush()),
    size: () => part.size(),
    close: () => part.close(),
  });
  const timedDestination = (to: Destination): Destination => ({
    ...to,
    async write(path, chunks) {
      const begin = performance.now();
      let written = begin;
      const told = async function* (): AsyncGenerator<Blob | BufferSource> {
        yield* chunks;
        note('save', path, begin);
        written = performance.now();
      };
      await to.write(path, told());
      note('close', path, written);
    },
  });

  return {
    ...ports,
    hasher: { ...ports.hasher, hash: (length, fill) => later('hash', '', () => ports.hasher.hash(length, fill)) },
    journal: {
      ...ports.journal,
      putFile: (record, durability) =>
        later('journal', String(record.file), () => ports.journal.putFile(record, durability)),
    },
    parts: {
      ...ports.parts,
      open: async (order, file) => timedPart(await ports.parts.open(order, file), String(file)),
    },
    destinationIn: (picked, id) => timedDestination(ports.destinationIn(picked, id)),
  };
}
