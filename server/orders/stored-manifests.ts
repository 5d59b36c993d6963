import { parseManifest, type Manifest, type ManifestFile } from '../../src/order/manifest.ts';
import type { OpenStore } from '../store/open-store.ts';
import { readRecords, type OnDamaged } from '../store/records.ts';

/** A manifest of an order in the store. */
export interface StoredManifest {
  /** SHA-256 of its bytes. */
  readonly sha256: string;
  readonly manifest: Manifest;
}

/** All manifests of an order, the newest first; damaged ones are left out and told. Throws what the store throws. */
export async function readManifests(
  { store, layout }: OpenStore,
  order: string,
  onDamaged?: OnDamaged,
): Promise<StoredManifest[]> {
  const found: StoredManifest[] = [];
  for await (const { key, record } of readRecords(store, layout.manifests(order), parseManifest, onDamaged)) {
    const sha256 = /([0-9a-f]{64})\.json$/.exec(key)?.[1];
    if (sha256 !== undefined) found.push({ sha256, manifest: record });
  }
  return found.sort((a, b) => (a.manifest.createdAt < b.manifest.createdAt ? 1 : -1));
}

/** Which files differ between two manifests, by their paths. */
export interface Changes {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

/** Compares content, not places. */
export function compareFiles(before: readonly ManifestFile[], after: readonly ManifestFile[]): Changes {
  const old = new Map(before.map((file) => [file.path, file.sha256]));
  const paths = new Set(after.map(({ path }) => path));
  return {
    added: after.filter(({ path }) => !old.has(path)).map(({ path }) => path),
    removed: before.filter(({ path }) => !paths.has(path)).map(({ path }) => path),
    changed: after.filter(({ path, sha256 }) => old.has(path) && old.get(path) !== sha256).map(({ path }) => path),
  };
}
