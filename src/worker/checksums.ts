import type { OrderRun } from './order-run.ts';
import type { Destination } from './ports.ts';

/** Writes `SHA256SUMS` beside the saved files, for `sha256sum -c`. Only files whose hash was checked go in. */
export async function writeChecksums(order: OrderRun, to: Destination): Promise<void> {
  const lines = order.files.flatMap(({ spec, state }) =>
    state.kind === 'saved' && spec.sha256 !== undefined ? [`${spec.sha256}  ${state.name}\n`] : [],
  );
  const taken = order.files.some((file) => file.safePath.toLowerCase() === 'sha256sums');
  if (lines.length === 0 || taken) return;
  const bytes = new TextEncoder().encode(lines.sort().join(''));
  await to.write('SHA256SUMS', oneChunk(bytes));
}

async function* oneChunk(bytes: Uint8Array<ArrayBuffer>): AsyncGenerator<BufferSource> {
  yield bytes;
}
