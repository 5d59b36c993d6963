import type { Machine } from './sim-machine.ts';

/** A `File` of the simulated computer, as far as the engine reads one: `size`, `slice` and `arrayBuffer`. */
export function simFile(machine: Machine, life: number, read: () => Uint8Array): File {
  const { length } = read();
  const range = (start: number, end: number): Blob =>
    ({
      size: Math.max(0, Math.min(end, length) - start),
      slice: (from = 0, to = end - start) => range(start + from, Math.min(end, start + to)),
      async arrayBuffer() {
        await machine.delay(life, 5);
        return read().slice(start, end).buffer;
      },
    }) as Partial<Blob> as Blob;
  return range(0, length) as File;
}
