import { numberedName } from '../order/file-name.ts';
import { usedFolders } from './folders.ts';
import type { FileRun, OrderRun } from './order-run.ts';
import type { OrderFolder } from './ports.ts';
import { placeOf, type SavePorts } from './save.ts';

const NAME = 'SHA256SUMS';
/** Longer than any list of ours, in bytes: what is longer is not read. */
const LONGEST = 64 * 1024 * 1024;

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

/**
 * Writes `SHA256SUMS` beside the saved files, for `sha256sum -c`: in each folder a list of what is there. Only files whose hash was
 * checked go in. Returns how many there are. A folder that cannot be reached any more stays without its list.
 */
export async function writeChecksums(order: OrderRun, to: OrderFolder, ports: SavePorts): Promise<number> {
  const count = checksumCount(order);
  for (const folder of usedFolders(order)) {
    const there = folder === to.folder ? to : ports.folderOf(order, folder);
    if (!there) continue;
    const list = listOf(order, folder);
    await writeList(list, order, there, ports).catch((error: unknown) => {
      if (there === to) throw error;
    });
  }
  return count;
}

function isListed({ spec, state }: FileRun): boolean {
  return state.kind === 'saved' && spec.sha256 !== undefined;
}

function listOf(order: OrderRun, folder: number): string {
  const lines = order.files.flatMap(({ spec, state, folder: where }) =>
    state.kind === 'saved' && spec.sha256 !== undefined && where === folder ? [`${spec.sha256}  ${state.name}\n`] : [],
  );
  return lines.sort().join('');
}

/** Under the first name that is free, or has a list of this order. */
async function writeList(list: string, order: OrderRun, to: OrderFolder, ports: SavePorts): Promise<void> {
  const tryName = async (name: string): Promise<boolean> => {
    const there = await to.existing(name);
    if (there === 'folder' || (there && there.size > LONGEST)) return false;
    const text = there && new TextDecoder().decode(await there.arrayBuffer());
    if (text !== undefined && !isOurs(text, order)) return false;
    if (text !== list) await to.write(name, oneChunk(new TextEncoder().encode(list)));
    return true;
  };
  for (let n = 0, done = list === ''; !done; n++) {
    const name = n === 0 ? NAME : numberedName(NAME, n);
    done = await ports.names.take(placeOf(to, name), () => tryName(name));
  }
}

/** True for a list of nothing but files of this order, under names that they get here, whole or cut short. Any other is somebody's own. */
function isOurs(text: string, order: OrderRun): boolean {
  const known = new Set(order.files.map(({ spec, safePath }) => `${spec.sha256}  ${safePath}`));
  const isKnown = (line: string): boolean => known.has(line) || known.has(line.replace(/ \(\d+\)(\.[^./]*)?$/, '$1'));
  const lines = text.split('\n');
  // a power cut can leave the beginning of a line
  const begun = lines.pop()?.slice(0, 64) ?? '';
  return lines.every(isKnown) && (begun === '' || order.files.some(({ spec }) => spec.sha256?.startsWith(begun)));
}

async function* oneChunk(bytes: Uint8Array<ArrayBuffer>): AsyncGenerator<BufferSource> {
  yield bytes;
}
