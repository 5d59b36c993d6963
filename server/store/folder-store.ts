import { createHash, randomBytes } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { access, copyFile, link, mkdir, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { AppError } from '../../src/order/errors.ts';
import {
  digest,
  type GrantOptions,
  type ListedObject,
  type ObjectInfo,
  type ObjectStore,
  type Uploaded,
} from './object-store.ts';
import { checkSignature, signUrl, type SignedQuery, type Verdict } from './signed-url.ts';
import { SETTINGS_FILE } from './store-settings.ts';

/** What a folder store is made of. */
export interface FolderStoreOptions {
  readonly root: string;
  /** 256 bits in base64url. */
  readonly signingSecret: string;
  /** The service's address, which presigned URLs begin with. */
  readonly publicUrl: string;
}

/** A store in a local folder. Its bytes are served by the order service. */
export class FolderStore implements ObjectStore {
  readonly name: string;
  readonly root: string;
  readonly grantOrigin: string;
  readonly #options: FolderStoreOptions;

  constructor(options: FolderStoreOptions) {
    this.root = resolve(options.root);
    this.name = this.root;
    this.grantOrigin = new URL(options.publicUrl).origin;
    this.#options = options;
  }

  async probe(): Promise<void> {
    // a folder alone may be the empty place where a disk should be mounted
    await access(join(this.root, SETTINGS_FILE), constants.R_OK).catch((error: unknown) => {
      throw storeError(this.root, error);
    });
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    const found = await this.#orUndefined(stat(this.#path(key)));
    if (!found?.isFile()) return undefined;
    const changedAt = Math.floor(found.mtimeMs);
    return { size: found.size, etag: `"${found.size.toString(16)}-${changedAt.toString(16)}"`, changedAt };
  }

  async *read(key: string): AsyncGenerator<Uint8Array> {
    try {
      yield* createReadStream(this.#path(key), { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>;
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw storeError(this.root, error);
      throw new AppError('source-vanished', `${key} is not in ${this.root} any more.`, { key });
    }
  }

  async get(key: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const bytes = await this.#orUndefined(readFile(this.#path(key)));
    return bytes && new Uint8Array(bytes);
  }

  async putNew(key: string, bytes: Uint8Array, _contentType: string): Promise<boolean> {
    return this.#write(key, async (write) => write(bytes));
  }

  async *folders(prefix: string): AsyncGenerator<string> {
    const entries = (await this.#orUndefined(readdir(this.#path(prefix), { withFileTypes: true }))) ?? [];
    const names = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name);
    yield* names.sort();
  }

  async *list(prefix: string): AsyncGenerator<ListedObject> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    const entries =
      (await this.#orUndefined(readdir(this.#path(folder), { recursive: true, withFileTypes: true }))) ?? [];
    const keys = entries
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
      .map((entry) =>
        join(entry.parentPath, entry.name)
          .slice(this.root.length + 1)
          .replaceAll('\\', '/'),
      )
      .filter((key) => key.startsWith(prefix))
      .sort();
    for (const key of keys) {
      const info = await this.head(key);
      if (info) yield { key, size: info.size };
    }
  }

  async upload(key: string, size: number, source: AsyncIterable<Uint8Array>): Promise<Uploaded> {
    const hash = createHash('sha256');
    let count = 0;
    const fill = async (write: (bytes: Uint8Array) => Promise<void>): Promise<void> => {
      for await (const chunk of source) {
        hash.update(chunk);
        await write(chunk);
        count += chunk.length;
      }
      if (count !== size)
        throw new AppError('input-invalid', `${key}: ${count} bytes came instead of ${size}.`, { key });
    };
    // what is there already is only compared
    if (await this.head(key)) await fill(() => Promise.resolve());
    else if (await this.#write(key, fill)) return 'sent';
    return (await digest(this.read(key))) === hash.digest('hex') ? 'there' : 'other';
  }

  async grant(key: string, { expiresIn, signedAt = new Date(), query }: GrantOptions): Promise<string> {
    const { publicUrl, signingSecret } = this.#options;
    const url = signUrl(publicUrl, signingSecret, key, Math.floor(signedAt.getTime() / 1000) + expiresIn);
    return query ? `${url}&${new URLSearchParams(query)}` : url;
  }

  /** Checks the query of a URL that `grant` made. `now` in ms since the epoch. */
  checkGrant(key: string, query: SignedQuery, now: number): Verdict {
    return checkSignature(this.#options.signingSecret, key, query, now);
  }

  async #orUndefined<T>(work: Promise<T>): Promise<T | undefined> {
    try {
      return await work;
    } catch (error) {
      if (['ENOENT', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG'].includes(codeOf(error) ?? '')) return undefined;
      throw storeError(this.root, error);
    }
  }

  #path(key: string): string {
    const path = resolve(this.root, key);
    if (path !== this.root && !path.startsWith(join(this.root, '/')))
      throw new AppError('input-invalid', `${key} is outside of the store.`, { key });
    return path;
  }

  /** Fills a hidden file, flushes it to the disk and gives it its name. False when the name is taken. */
  async #write(key: string, fill: (write: (bytes: Uint8Array) => Promise<void>) => Promise<void>): Promise<boolean> {
    const path = this.#path(key);
    const part = join(dirname(path), `.${randomBytes(8).toString('hex')}.part`);
    const local = async <T>(work: Promise<T>): Promise<T> => {
      return work.catch((error: unknown) => {
        throw storeError(this.root, error);
      });
    };
    await local(mkdir(dirname(path), { recursive: true }));
    const handle = await local(open(part, 'wx', 0o644));
    try {
      try {
        await fill((bytes) => local(handle.appendFile(bytes)));
        await local(handle.sync());
      } finally {
        await handle.close();
      }
      return await local(moveNew(part, path));
    } finally {
      await rm(part, { force: true });
    }
  }
}

/** Gives the file `from` the name `to`; false when that is taken. */
async function moveNew(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
  }
  // a file system without hard links (exFAT, some network shares): take the name first, then replace only our own empty file
  try {
    await (await open(to, 'wx')).close();
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
  await rename(from, to).catch(() => copyFile(from, to, constants.COPYFILE_FICLONE));
  return true;
}

function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error ? (thrown as NodeJS.ErrnoException).code : undefined;
}

function storeError(root: string, cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  const hint = codeOf(cause) === 'ENOSPC' ? ' The disk is full: free some space, then run the same command again.' : '';
  return new AppError('store-unreachable', `The folder store ${root} failed: ${reason}.${hint}`, {}, { cause });
}
