import type { Stats } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, join, resolve, sep } from 'node:path';
import { AppError } from '../../src/order/errors.ts';

/** A file found on this computer. */
export interface LocalFile {
  /** Path in the order: relative, NFC, `/` between its parts. */
  readonly path: string;
  /** Where it is on the disk. */
  readonly absolute: string;
  /** Bytes. */
  readonly size: number;
  readonly mtimeMs: number;
}

const READ_LENGTH = 1024 * 1024;

/** What `findLocalFiles` leaves out beside dotfiles. */
export interface LeftOut {
  /** A folder: where the store is. */
  readonly folder?: string | undefined;
  /** A path of the order: the mark that a sender sets when a folder is complete. */
  readonly path?: string | undefined;
}

/**
 * The files below a folder, ordered by path, or the one file that `source` is. Names that begin with a dot are left out,
 * and so is `leftOut`. Throws `input-invalid`.
 */
export async function findLocalFiles(source: string, leftOut: LeftOut = {}): Promise<LocalFile[]> {
  const root = resolve(source);
  const found = await stat(root).catch(() => undefined);
  if (!found) throw invalid(`${source}: there is no such file or folder. Nothing was published.`);
  if (found.isFile()) return [entry(basename(root), root, found)];
  if (!found.isDirectory()) throw invalid(`${source} is neither a file nor a folder. Nothing was published.`);
  const files = await listFolder(root, leftOut);
  if (files.length === 0) throw invalid(`${source} holds no files. Nothing was published.`);
  return files;
}

/** As `findLocalFiles`, of a folder that may be empty. */
export async function listFolder(root: string, { folder, path }: LeftOut = {}): Promise<LocalFile[]> {
  const files: LocalFile[] = [];
  await walk(resolve(root), '', folder === undefined ? undefined : resolve(folder), files);
  return files.filter((file) => file.path !== path).sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function walk(folder: string, prefix: string, exclude: string | undefined, files: LocalFile[]): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw invalid(`${folder} cannot be read (${codeOf(error)}). Nothing was published.`);
  });
  for (const found of entries) {
    const { name } = found;
    const absolute = join(folder, name);
    if (name.startsWith('.') || absolute === exclude) continue;
    if (found.isDirectory()) await walk(absolute, `${prefix}${name}/`, exclude, files);
    // a link to a file counts as that file; a link to a folder may lead in a circle and is left out
    const target = await stat(absolute).catch(() => undefined);
    if (!target)
      throw invalid(`${absolute} leads to nothing that can be read. Nothing was published; mend or remove it.`);
    if (target.isFile()) files.push(entry(`${prefix}${name}`, absolute, target));
  }
}

function entry(path: string, absolute: string, { size, mtimeMs }: Stats): LocalFile {
  return { path: path.split(sep).join('/').normalize('NFC'), absolute, size, mtimeMs };
}

/** The file's bytes. Throws `source-vanished` when it is gone, `input-invalid` when it is not what was found any more. */
export async function* readLocalFile(file: LocalFile): AsyncGenerator<Uint8Array> {
  const handle = await open(file.absolute, 'r').catch((error: unknown) => {
    throw unreadable(file, error);
  });
  try {
    let count = 0;
    // one new buffer a read: the receiver may keep it
    for (;;) {
      const buffer = Buffer.allocUnsafe(READ_LENGTH);
      const { bytesRead } = await handle.read(buffer, 0, READ_LENGTH).catch((error: unknown) => {
        throw unreadable(file, error);
      });
      if (bytesRead === 0) break;
      count += bytesRead;
      if (count > file.size) throw changed(file);
      yield buffer.subarray(0, bytesRead);
    }
    const { mtimeMs } = await handle.stat();
    if (count !== file.size || mtimeMs !== file.mtimeMs) throw changed(file);
  } finally {
    await handle.close();
  }
}

const KEPT = 'No link was made; what was uploaded is kept. Run the same command again: it goes on from there.';

function unreadable(file: LocalFile, cause: unknown): AppError {
  const code = codeOf(cause);
  const detail = { path: file.path };
  if (code === 'ENOENT')
    return new AppError('source-vanished', `${file.path} vanished while it was published. ${KEPT}`, detail, { cause });
  return new AppError('input-invalid', `${file.path} cannot be read (${code}). ${KEPT}`, detail, { cause });
}

function codeOf(cause: unknown): string {
  return cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : String(cause);
}

function changed(file: LocalFile): AppError {
  return new AppError('input-invalid', `${file.path} changed while it was published. ${KEPT}`, { path: file.path });
}

function invalid(message: string): AppError {
  return new AppError('input-invalid', message);
}
