import { createHash } from 'node:crypto';
import { formatOrderLink } from '../../order/link.ts';
import { seededRandom } from './random.ts';

/** Bytes of a piece in the model; tests lower the limit of the manifest to it. */
export const PIECE = 8192;

/** One file of a simulated order. */
export interface SimSource {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** An order that is published in the simulation. */
export interface SimOrder {
  readonly id: string;
  readonly files: readonly SimSource[];
  readonly manifest: Uint8Array<ArrayBuffer>;
  /** Its key in the journal: the SHA-256 of the manifest. */
  readonly order: string;
  readonly link: string;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Random bytes, none of them zero but in `zeros`, which recovery takes for bytes that were never written. */
export function content(seed: number, size: number, zeros: readonly (readonly [number, number])[] = []): Uint8Array {
  const random = seededRandom(seed);
  const bytes = Uint8Array.from({ length: size }, () => 1 + Math.floor(random() * 255));
  for (const [from, to] of zeros) bytes.fill(0, from, to);
  return bytes;
}

/** Publishes an order of these files, under an id. */
export function publish(files: readonly SimSource[], id = 'A-1'): SimOrder {
  const manifest = new TextEncoder().encode(
    JSON.stringify({
      version: 1,
      id,
      title: '',
      createdAt: '2026-01-01T00:00:00Z',
      pieceLength: PIECE,
      files: files.map(({ path, bytes }) => ({
        path,
        size: bytes.length,
        sha256: sha256(bytes),
        pieces: Array.from({ length: Math.ceil(bytes.length / PIECE) }, (_, i) =>
          sha256(bytes.subarray(i * PIECE, (i + 1) * PIECE)),
        ),
      })),
    }),
  );
  const order = sha256(manifest);
  const link = formatOrderLink('https://app.test', { id, key: 'k'.repeat(43), manifest: order });
  return { id, files, manifest, order, link };
}
