import type { PreviewBytes } from '../engine-api.ts';
import { AppError } from '../order/errors.ts';
import { previewType } from '../order/preview-type.ts';
import type { FileRun } from './order-run.ts';
import { sameBytes } from './piece-checks.ts';
import type { Destination, Hasher, PartStore } from './ports.ts';

/** A viewer waits this long, in ms, for a piece that is being fetched, and asks again then. */
const WAIT = 20_000;

/** What showing files needs of the engine. */
export interface PreviewPorts {
  readonly parts: PartStore;
  readonly hasher: Hasher;
  /** Where a saved file is. Throws `folder-permission`. */
  readonly folder: (file: FileRun) => Destination;
  /** Somebody looks at this piece: it is fetched before all others. */
  readonly urge: (file: FileRun, piece: number) => void;
}

/** Gives the bytes of files to whoever looks at them, while the rest still arrives. Only bytes whose hash is right, now. */
export class Previews {
  private readonly waiting = new Set<() => void>();

  constructor(private readonly ports: PreviewPorts) {}

  /**
   * The bytes from `start` to the end of their piece. One that is not there yet is fetched first and waited for; undefined when it has
   * not come in time. Throws `request-invalid` for a kind of file that is not shown, `copy-changed`, `piece-damaged`,
   * `folder-permission`, and why the file failed.
   */
  async read(file: FileRun, start: number): Promise<PreviewBytes | undefined> {
    const type = previewType(file.spec.path);
    if (!type) throw new AppError('request-invalid', 'Files of this kind are not shown in the app.');
    const { size } = file.spec;
    const { mediaType } = type;
    if (start >= size) return { mediaType, size, body: new Blob([]) };
    const piece = Math.floor(start / file.spec.pieceLength);
    this.ports.urge(file, piece);
    if (!isThere(file, piece) && !(await this.comes(file, piece))) return undefined;
    const bytes = await this.verifiedPiece(file, piece);
    return bytes && { mediaType, size, body: new Blob([bytes.subarray(start - file.span(piece).start)]) };
  }

  /** Something changed: the pieces that are waited for may have come. */
  changed(): void {
    for (const look of this.waiting) look();
  }

  /** True when the piece came in time. Throws why the file failed. */
  private comes(file: FileRun, piece: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.waiting.delete(look);
      };
      const look = (): void => {
        if (isThere(file, piece)) {
          end();
          resolve(true);
        } else if (file.state.kind === 'failed') {
          const { code, message, detail } = file.state.error;
          end();
          reject(new AppError(code, message, detail));
        }
      };
      const timer = setTimeout(() => {
        end();
        resolve(false);
      }, WAIT);
      this.waiting.add(look);
      look();
    });
  }

  /** Undefined while the bytes cannot be read: the part is just being opened, closed or saved, or recovery is still to come. */
  private async verifiedPiece(file: FileRun, piece: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { isDelivered } = file;
    const bytes = await this.bytesOf(file, piece);
    const expected = file.expected(piece);
    if (bytes && expected) {
      const hash = await this.ports.hasher.hash(bytes.length, (buffer) => buffer.set(bytes));
      if (sameBytes(expected, hash)) return bytes;
    }
    if (isDelivered)
      throw new AppError('copy-changed', `${file.spec.path} is not where it was put, or was changed there.`);
    if (bytes) throw new AppError('piece-damaged', `Piece ${piece + 1} of ${file.spec.path} changed on disk.`);
    return undefined;
  }

  private async bytesOf(file: FileRun, piece: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { start, end } = file.span(piece);
    if (file.part) {
      const bytes = new Uint8Array(end - start);
      return file.part.read(bytes, start) === bytes.length ? bytes : undefined;
    }
    const blob = await this.blobOf(file);
    if (!blob || blob.size < end) return undefined;
    // it may be written, saved or removed meanwhile, and cannot be read then
    return blob
      .slice(start, end)
      .arrayBuffer()
      .then((bytes) => new Uint8Array(bytes))
      .catch(() => undefined);
  }

  private async blobOf(file: FileRun): Promise<Blob | undefined> {
    if (file.state.kind !== 'saved') {
      return this.ports.parts.blob(file.order.record.order, file.index).catch(() => undefined);
    }
    const there = await this.ports.folder(file).existing(file.state.name);
    return there === 'folder' ? undefined : there;
  }
}

function isThere(file: FileRun, piece: number): boolean {
  return file.isDelivered || file.verified.has(piece);
}
