import { AppError } from '../../src/order/errors.ts';
import { FolderStore } from '../store/folder-store.ts';
import type { Layout } from '../store/layout.ts';
import { parseS3Address, type OpenStore } from '../store/open-store.ts';
import type { S3Store } from '../store/s3-store.ts';
import { findLocalFiles, readLocalFile, type LocalFile } from './local-source.ts';
import type { SourceFile } from './source-file.ts';

/**
 * Finds what `source` names: a file or folder on this computer, or `s3://bucket/prefix` for objects that are in the store
 * already; without the path `leftOut`. Throws `input-invalid`, `store-unreachable`.
 */
export async function findSources(
  source: string,
  order: string,
  { store, layout }: OpenStore,
  leftOut?: string,
): Promise<SourceFile[]> {
  const address = parseS3Address(source);
  if (!address) {
    const folder = store instanceof FolderStore ? store.root : undefined;
    return localSources(await findLocalFiles(source, { folder, path: leftOut }), order, layout);
  }
  if (store instanceof FolderStore || store.bucket !== address.bucket) {
    const message = `The objects of ${source} stay where they are, so --store must be the same bucket. Nothing was published.`;
    throw new AppError('input-invalid', message);
  }
  return storedSources(address.prefix, store, layout);
}

function localSources(files: readonly LocalFile[], order: string, layout: Layout): SourceFile[] {
  return files.map((file) => ({
    path: file.path,
    size: file.size,
    mtimeMs: file.mtimeMs,
    key: layout.file(order, file),
    stored: false,
    read: () => readLocalFile(file),
  }));
}

async function storedSources(prefix: string, store: S3Store, layout: Layout): Promise<SourceFile[]> {
  const sources: SourceFile[] = [];
  const single = prefix === '' || prefix.endsWith('/') ? undefined : await store.head(prefix);
  const folder = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
  const keys = single ? [prefix] : await listKeys(folder, store, layout);
  for (const key of keys) {
    const path = single ? (prefix.split('/').pop() ?? prefix) : key.slice(folder.length);
    const info = single ?? (await store.head(key));
    if (!info) throw new AppError('source-vanished', `${key} vanished from ${store.name}. No link was made.`, { key });
    const { size, version } = info;
    sources.push({
      path: path.normalize('NFC'),
      size,
      key,
      ...(version !== undefined && { version }),
      stored: true,
      read: () => store.read(key, version),
    });
  }
  if (sources.length > 0) return sources;
  throw new AppError(
    'input-invalid',
    `${store.name} holds nothing under ${folder || 'its root'}. Nothing was published.`,
  );
}

/** Keys below `folder`, without our own records, dotfiles and the empty objects that stand for folders. */
async function listKeys(folder: string, store: S3Store, layout: Layout): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(folder)) {
    const hidden = key
      .slice(folder.length)
      .split('/')
      .some((part) => part.startsWith('.'));
    if (!hidden && !key.endsWith('/') && (!key.startsWith(layout.orders) || folder.startsWith(layout.orders)))
      keys.push(key);
  }
  return keys;
}
