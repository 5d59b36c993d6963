import { mkdtempSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MEMORY = '/dev/shm';
/** What must be free there, in bytes: a spec needs some ten megabytes of it, and a container may have 64 MiB in all. */
const ENOUGH = 4 * 1024 ** 3;

/**
 * A new folder for a browser's profile or a service's files; the caller removes it. It is in memory where Linux has room for it:
 * thousands of small files that are gone after some seconds cost a disk's file system a tenth of a spec's work.
 */
export function tempFolder(name: string): string {
  return mkdtempSync(join(hasRoom() ? MEMORY : tmpdir(), `holdfast-${name}-`));
}

function hasRoom(): boolean {
  if (process.platform !== 'linux') return false;
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize >= ENOUGH;
}
