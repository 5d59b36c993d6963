import { createHash, randomFillSync } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const MIB = 1024 * 1024;

/** A dozen files of different sizes: an empty one, odd lengths, Chinese letters, a sub-folder; 150 MB together. Sizes in bytes. */
export const SAMPLE_FILES: readonly (readonly [path: string, size: number])[] = [
  ['empty.log', 0],
  ['notes.txt', 1],
  ['summary.csv', 4096],
  ['lot-7/wafer-map.png', 700_001],
  ['lot-7/traces.bin', 3 * MIB],
  ['lot-7/masks/layer-1.gds', 8 * MIB],
  ['lot-7/masks/layer-2.gds', 8 * MIB + 1],
  ['晶片报告.pdf', 5_300_017],
  ['chip-1.gds', 16 * MIB],
  ['chip-2.gds', 24 * MIB - 1],
  ['chip-3.gds', 32 * MIB],
  ['chip-4.gds', 47 * MIB + 12_345],
];

/** Makes the sample files of random bytes in `folder`, unless they are there already. */
export async function makeSample(folder: string): Promise<void> {
  if ((await readdir(folder).catch(() => [])).length > 0) return;
  const draft = `${folder}.new`;
  await rm(draft, { recursive: true, force: true });
  for (const [path, size] of SAMPLE_FILES) {
    await mkdir(dirname(join(draft, path)), { recursive: true });
    const handle = await open(join(draft, path), 'w');
    try {
      for (let left = size; left > 0; left -= MIB)
        await handle.appendFile(randomFillSync(Buffer.alloc(Math.min(MIB, left))));
    } finally {
      await handle.close();
    }
  }
  await rm(folder, { recursive: true, force: true });
  await rename(draft, folder);
}

/** An order id made of a folder's name: its plain letters and digits, and the day. */
export function orderIdFor(name: string, day: Date): string {
  const plain = name
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '')
    .slice(0, 40)
    .replace(/[^A-Za-z0-9]+$/, '');
  // a name without any plain letter still gets an id of its own
  const stem = plain === '' ? `order-${createHash('sha256').update(name).digest('hex').slice(0, 6)}` : plain;
  return `${stem}-${day.toISOString().slice(0, 10)}`;
}
