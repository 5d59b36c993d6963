import { AppError, type ErrorCode } from '../../order/errors.ts';
import type { Destination } from '../ports.ts';
import { simFile } from './sim-file.ts';
import type { Machine } from './sim-machine.ts';

/** The user's folder: a file is whole when `write` returns; cut short it leaves nothing, an empty file, the browser's swap file, or both. */
export class SimFolder {
  readonly files = new Map<string, Uint8Array>();
  /** What a step (`existing`, `discard`, `create`, `close`) throws of itself, besides the machine's faults. */
  fault: (step: string, path: string) => ErrorCode | undefined = () => undefined;

  constructor(private readonly machine: Machine) {}

  destination(life: number): Destination {
    const { machine } = this;
    const check = (step: string, path: string): void => {
      const code = this.fault(step, path);
      if (code) throw new AppError(code, `simulated, at ${step} ${path}`);
    };
    return {
      existing: (path) =>
        machine.async(life, `folder.existing ${path}`, ['save-refused', 'folder-permission'], () => {
          check('existing', path);
          const bytes = this.files.get(path);
          return bytes && simFile(machine, life, () => bytes);
        }),
      discard: (path) =>
        machine.async(life, `folder.discard ${path}`, ['save-refused', 'folder-permission'], () => {
          check('discard', path);
          this.files.delete(`${path}.crswap`);
          if (this.files.get(path)?.length === 0) this.files.delete(path);
        }),
      write: async (path, chunks) => {
        const leave = (): void => {
          if (!this.files.has(path) && machine.chance(0.5)) this.files.set(path, new Uint8Array());
          if (machine.chance(0.5)) this.files.set(`${path}.crswap`, new Uint8Array(1));
        };
        const errors = ['save-refused', 'folder-full', 'folder-permission'] as const;
        const step = (name: string, effect: () => void): Promise<void> =>
          machine.async(life, `folder.${name} ${path}`, errors, effect, leave);
        await step('create', () => {
          check('create', path);
          if (!this.files.has(path)) this.files.set(path, new Uint8Array());
        });
        const written: Uint8Array[] = [];
        for await (const chunk of chunks) written.push(await bytesOf(chunk));
        await step('close', () => {
          check('close', path);
          this.files.delete(`${path}.crswap`);
          this.files.set(path, joined(written));
        });
      },
    };
  }
}

async function bytesOf(chunk: Blob | BufferSource): Promise<Uint8Array> {
  if ('arrayBuffer' in chunk) return new Uint8Array(await chunk.arrayBuffer());
  return ArrayBuffer.isView(chunk)
    ? new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength).slice()
    : new Uint8Array(chunk).slice();
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
