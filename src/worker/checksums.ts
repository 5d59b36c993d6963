import type { FileRun, OrderRun } from './order-run.ts';
import type { Destination } from './ports.ts';

const NAME = 'SHA256SUMS';

/** True when all that can be saved is saved, and `SHA256SUMS` does not list it yet: also when a crash came in between. */
export function checksumsAreDue(order: OrderRun): boolean {
  if (order.files.some((file) => !file.isDelivered && file.state.kind !== 'failed')) return false;
  const count = checksumCount(order);
  if (count === 0 || count === order.record.listed) return false;
  return !order.files.some((file) => file.safePath.toLowerCase() === NAME.toLowerCase());
}

/** How many files `SHA256SUMS` can list: those saved whose hash was checked. */
export function checksumCount(order: OrderRun): number {
  return order.files.filter(isListed).length;
}

/** Writes `SHA256SUMS` beside the saved files, for `sha256sum -c`; returns how many it lists. Only files whose hash was checked go in. */
export async function writeChecksums(order: OrderRun, to: Destination): Promise<number> {
  const lines = order.files.flatMap(({ spec, state }) =>
    state.kind === 'saved' && spec.sha256 !== undefined ? [`${spec.sha256}  ${state.name}\n`] : [],
  );
  await to.write(NAME, oneChunk(new TextEncoder().encode(lines.sort().join(''))));
  return lines.length;
}

function isListed({ spec, state }: FileRun): boolean {
  return state.kind === 'saved' && spec.sha256 !== undefined;
}

async function* oneChunk(bytes: Uint8Array<ArrayBuffer>): AsyncGenerator<BufferSource> {
  yield bytes;
}
