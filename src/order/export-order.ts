import { AppError } from './errors.ts';
import { safePaths } from './file-name.ts';
import type { Manifest, ManifestFile } from './manifest.ts';

/** One file for another client than the page. */
export interface ExportFile {
  /** Relative, safe on every system, `/` between its parts, below a folder of the order's id. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of the whole file, hexadecimal; undefined when the sender gave none. */
  readonly sha256: string | undefined;
  /** SHA-256 of each piece; none when the sender gave none. */
  readonly pieces: readonly string[];
  /** Where the file begins in what the URLs lead to, in bytes. */
  readonly offset: number;
  /** True when the URLs lead to a bundle of several files. */
  readonly isBundled: boolean;
  /** Presigned, the first one preferred. */
  readonly urls: readonly string[];
}

/** What other clients need of an order. */
export interface ExportOrder {
  readonly id: string;
  readonly title: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** Bytes. */
  readonly pieceLength: number;
  readonly files: readonly ExportFile[];
}

/** A manifest and the URLs of each of its files. */
export function exportOrder(manifest: Manifest, urls: readonly (readonly string[])[]): ExportOrder {
  const { id, title, createdAt, pieceLength, files } = manifest;
  const paths = safePaths(files.map(({ path }) => path));
  const describe = ({ size, sha256, pieces, offset }: ManifestFile, index: number): ExportFile => ({
    path: `${id}/${paths[index] ?? index}`,
    size,
    sha256,
    pieces,
    offset: offset ?? 0,
    isBundled: offset !== undefined,
    urls: urls[index] ?? [],
  });
  return { id, title, createdAt, pieceLength, files: files.map(describe) };
}

/** Refuses bundled files for a format that can only fetch whole objects. Throws `input-invalid`. */
export function refuseBundles({ files }: ExportOrder, format: string): void {
  const bundled = files.find(({ isBundled }) => isBundled);
  if (bundled) {
    const message = `${bundled.path} is part of a bundle, and ${format} can only fetch whole objects. Use the format curl or powershell.`;
    throw new AppError('input-invalid', message, { path: bundled.path });
  }
}

/** The first lines of a script, as comments: what it is, and how long it works. */
export function scriptHeading({ id, title, files }: ExportOrder, usage: string): string[] {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  return [
    `# ${title === id ? id : `${id}: ${title}`} (${files.length} files, ${bytes} bytes)`,
    `# ${usage}`,
    '# It holds presigned URLs: whoever has it can fetch the files until they expire. Keep it to yourself.',
  ].map((line) => line.replaceAll(/[\r\n]/g, ' '));
}
