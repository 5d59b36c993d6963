import { AppError, type ErrorCode } from '../../order/errors.ts';
import type { Destination } from '../ports.ts';
import { simFile } from './sim-file.ts';
import type { Machine } from './sim-machine.ts';

/** Files that were closed less than this long ago, in ms, may be lost when the power fails. */
const YOUNG = 30_000;

/** The user's folder: a file is whole when `write` returns; cut short it leaves nothing, an empty file, the browser's swap file, or both. */
export class SimFolder {
  readonly files = new Map<string, Uint8Array>();
  /** Names that are folders, where the order has files. */
  readonly folders = new Set<string>();
  /** What a step (`existing`, `discard`, `create`, `close`) throws of itself, besides the machine's faults. */
  fault: (step: string, path: string) => ErrorCode | undefined = () => undefined;

  /** When files were closed, in ms: a power cut may take the young ones back. */
  private readonly closed = new Map<string, number>();

  constructor(private readonly machine: Machine) {
    machine.add(this);
  }

  crash(kind: 'kill' | 'power'): void {
    const young = [...this.closed].filter(([, at]) => performance.now() - at < YOUNG);
    if (kind === 'power') for (const [path] of young) this.takeBack(path);
    this.closed.clear();
  }

  private takeBack(path: string): void {
    const bytes = this.files.get(path);
    if (!bytes || this.machine.chance(0.5)) return;
    if (this.machine.chance(0.5)) this.files.delete(path);
    else this.files.set(path, bytes.slice(0, this.machine.pick(bytes.length)));
  }

  /** The folder of an order in it: names begin with `prefix`. */
  destination(life: number, prefix = ''): Destination {
    const { machine } = this;
    const check = (step: string, path: string): void => {
      const code = this.fault(step, path);
      // what fails leaves nothing, when it is not the machine's doing
      if (code && step === 'close' && this.files.get(path)?.length === 0) this.files.delete(path);
      if (code) throw new AppError(code, `simulated, at ${step} ${path}`);
    };
    const step = <T>(what: string, path: string, errors: readonly ErrorCode[], effect: () => T, torn?: () => void) =>
      machine.async(
        life,
        `folder.${what} ${path}`,
        errors,
        () => {
          check(what, path);
          return effect();
        },
        torn,
      );
    return {
      pathOf: () => Promise.resolve(undefined),
      existing: (name) =>
        step('existing', prefix + name, ['save-refused', 'folder-missing', 'folder-permission'], () => {
          const path = prefix + name;
          if (this.folders.has(path)) return 'folder' as const;
          const bytes = this.files.get(path);
          return bytes && simFile(machine, life, () => bytes);
        }),
      discard: (name) =>
        step('discard', prefix + name, ['save-refused', 'folder-permission'], () => {
          const path = prefix + name;
          this.files.delete(`${path}.crswap`);
          if (this.files.get(path)?.length === 0) this.files.delete(path);
        }),
      write: async (name, chunks) => {
        const path = prefix + name;
        const leave = (): void => {
          if (!this.files.has(path) && machine.chance(0.5)) this.files.set(path, new Uint8Array());
          if (machine.chance(0.5)) this.files.set(`${path}.crswap`, new Uint8Array(1));
        };
        const errors = ['save-refused', 'folder-full', 'folder-missing', 'folder-permission'] as const;
        const create = (): void => {
          if (!this.files.has(path)) this.files.set(path, new Uint8Array());
        };
        await step('create', path, errors, create, leave);
        const written: Uint8Array[] = [];
        for await (const chunk of chunks) written.push(await bytesOf(chunk));
        const close = (): void => {
          this.files.delete(`${path}.crswap`);
          this.files.set(path, joined(written));
          this.closed.set(path, performance.now());
        };
        await step('close', path, errors, close, leave);
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
