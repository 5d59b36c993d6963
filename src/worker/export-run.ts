import type { OrderExport } from '../engine-api.ts';
import { AppError } from '../order/errors.ts';
import type { ExportFile } from '../order/export-order.ts';
import { toHex } from '../order/hex.ts';
import { DEFAULT_PIECE_LENGTH } from '../order/pieces.ts';
import { presignedEnd } from '../order/presigned-end.ts';
import { MAX_GRANTS } from '../order/service-api.ts';
import { fetchGrants } from './access.ts';
import type { FileRun, OrderRun } from './order-run.ts';

/** An order for another program: what is known of each file, with fresh URLs. Throws what `fetchGrants` throws. */
export async function exportRun(run: OrderRun): Promise<OrderExport> {
  const { id, title, addedAt } = run.record;
  const urls = await urlsOf(run);
  const pieceLength = run.files[0]?.spec.pieceLength ?? DEFAULT_PIECE_LENGTH;
  const ends = urls.flatMap(([first = '']) => presignedEnd(first) ?? []);
  return {
    order: {
      id,
      title,
      createdAt: new Date(addedAt).toISOString(),
      pieceLength,
      files: run.files.map((file) => exportFile(file, pieceLength, urls[file.index] ?? [])),
    },
    // not by `Math.min(…)`, which cannot take a hundred thousand arguments everywhere
    endsAt: ends.length === 0 ? undefined : ends.reduce((least, each) => Math.min(least, each)),
  };
}

/** A file whose pieces have another length than those of the order (it came in a Metalink) is checked as a whole. */
function exportFile({ order, safePath, spec }: FileRun, pieceLength: number, urls: readonly string[]): ExportFile {
  const { size, sha256, offset } = spec;
  const hashes = spec.pieceLength === pieceLength ? spec.hashes : undefined;
  const pieces = Array.from({ length: (hashes?.length ?? 0) / 32 }, (_, piece) =>
    toHex(hashes!.subarray(piece * 32, piece * 32 + 32)),
  );
  const path = `${order.record.id}/${safePath}`;
  return { path, size, sha256, pieces, offset: offset ?? 0, isBundled: offset !== undefined, urls };
}

/** The URLs of each file: those that the user gave, or fresh ones. */
async function urlsOf({ record, files }: OrderRun): Promise<readonly (readonly string[])[]> {
  if (files.every(({ spec }) => spec.urls)) return files.map(({ spec }) => spec.urls ?? []);
  const urls: (readonly string[])[] = [];
  for (let begin = 0; begin < files.length; begin = urls.length) {
    const wanted = files.slice(begin, begin + MAX_GRANTS).map(({ index }) => index);
    for (const grant of await fetchGrants(record, wanted)) urls[grant.file] = grant.urls;
    if (urls.length <= begin)
      throw new AppError('service-unavailable', 'The order service gave no access to the files.');
  }
  return urls;
}
