import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from '@playwright/test';

/** Bit of CAP_SYS_ADMIN in the kernel's set of a process's rights: the one that mounting needs (capabilities(7)). */
const MAY_MOUNT = 1n << 21n;

/**
 * Makes `folder` a disk of `size` (as tmpfs reads it, `14m`) for as long as `use` runs; `resize` gives it another size. Where this
 * process has no right to mount, the test is skipped; with the right, in CI, a mount that fails is a failure.
 */
export async function onSmallDisk(
  folder: string,
  size: string,
  use: (resize: (size: string) => void) => Promise<void>,
): Promise<void> {
  const refused = mount(['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]);
  const excused = process.env['CI'] !== 'true' || !mayMount();
  test.skip(refused !== undefined && excused, `a small disk is made by mounting one, which fails here: ${refused}`);
  if (refused !== undefined) throw new Error(`This process has the right to mount, and yet: ${refused}`);
  try {
    await use((other) => {
      const failed = mount(['-o', `remount,size=${other}`, folder]);
      if (failed !== undefined) throw new Error(failed);
    });
  } finally {
    spawnSync('umount', ['-l', folder]);
  }
}

/** Another program's file takes all of a disk but `left` bytes; what is returned removes it. */
export function fillDisk(folder: string, left: number): () => void {
  const { bavail, bsize } = statfsSync(folder);
  const ballast = join(folder, 'ballast');
  writeFileSync(ballast, new Uint8Array(bavail * bsize - left));
  return () => rmSync(ballast);
}

/** Why it did not mount, undefined when it did. */
function mount(options: readonly string[]): string | undefined {
  const { status, stderr, error } = spawnSync('mount', options, { encoding: 'utf8' });
  return status === 0 ? undefined : (error?.message ?? stderr.trim());
}

function mayMount(): boolean {
  try {
    const rights = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    return rights !== undefined && (BigInt(`0x${rights}`) & MAY_MOUNT) !== 0n;
  } catch {
    return false; // no Linux
  }
}
