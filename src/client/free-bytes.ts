import type { Snapshot } from '../engine-api.ts';

/** Bytes the browser would still let the app keep, undefined when it does not tell. */
export function freeBytes({ storage }: Snapshot): number | undefined {
  if (storage?.quota === undefined) return undefined;
  return Math.max(0, storage.quota - (storage.usage ?? 0));
}
