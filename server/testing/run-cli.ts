import { vi } from 'vitest';
import { main } from '../cli.ts';

/** What the command line prints, and its exit code. */
export async function runCli(...args: readonly string[]): Promise<{ out: string; err: string; code: number }> {
  const texts = { out: '', err: '' };
  const catching = (name: keyof typeof texts) => (text: string | Uint8Array) => ((texts[name] += String(text)), true);
  const out = vi.spyOn(process.stdout, 'write').mockImplementation(catching('out'));
  const err = vi.spyOn(process.stderr, 'write').mockImplementation(catching('err'));
  process.exitCode = undefined;
  try {
    await main(args);
    return { ...texts, code: Number(process.exitCode ?? 0) };
  } finally {
    out.mockRestore();
    err.mockRestore();
    process.exitCode = undefined;
  }
}
