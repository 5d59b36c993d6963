import { toAppError } from '../order/errors.ts';
import type { FileRun, OrderRun } from './order-run.ts';
import type { Journal, PartStore } from './ports.ts';

/** What freeing disk space needs of the engine. */
export interface FreePorts {
  readonly journal: Journal;
  readonly parts: PartStore;
}

/** The user found the files in the browser's downloads: removes the parts of all that were handed over so far. */
export async function confirmHandedOver(order: OrderRun, ports: FreePorts): Promise<void> {
  for (const file of order.files) {
    if (!file.isUnconfirmed) continue;
    file.apply({ kind: 'confirm' });
    await freePart(file, ports);
  }
}

/**
 * Journals a file whose part is not needed any more, then removes the part. A crash in between is repaired at the next start. Where
 * the disk is so full that the journal takes nothing either, the part goes first: recovery believes no piece that a part lacks.
 */
export async function freePart(file: FileRun, { journal, parts }: FreePorts): Promise<void> {
  const put = (): Promise<void> => journal.putFile(file.record(), 'strict');
  const remove = (): Promise<void> => parts.remove(file.order.record.order, file.index);
  try {
    await put();
    // a part that could not be removed is removed at the next start
    await remove().catch(() => undefined);
  } catch (error) {
    if (toAppError(error, 'storage-failed').code !== 'disk-full') throw error;
    await remove();
    await put();
  }
}
