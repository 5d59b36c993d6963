import type { OrderSummary, Snapshot } from '../engine-api.ts';
import { canPickFolder } from './destination-picker.ts';

/**
 * Chromium says of every disk of 10 GiB or more that 10 GiB are free, whatever there is: a page must not tell private windows by it
 * (https://chromestatus.com/feature/4977371751645184). Bytes.
 */
const SAME_FOR_ALL = 10 * 1024 ** 3;

/** Bytes that the browser says it would still let the app keep, undefined when it does not tell. A guess. */
export function freeBytes({ storage }: Snapshot): number | undefined {
  if (storage?.quota === undefined) return undefined;
  return Math.max(0, storage.quota - (storage.usage ?? 0));
}

/** True when files will be saved into a folder, also where it is still to be picked. */
export function goesToFolder({ folder, downloads }: Snapshot): boolean {
  return folder !== undefined || (canPickFolder() && !downloads);
}

/**
 * Disk space that an order takes at once beside the finished files, in bytes. Without a folder all of it is kept here as well, until the
 * user has found it in the browser's downloads.
 */
export function diskNeeded(summary: OrderSummary, snapshot: Snapshot): number {
  return goesToFolder(snapshot) ? summary.diskNeeded : summary.bytes;
}

/** True when the browser's number is too small and means something. */
export function mayBeShort(summary: OrderSummary, snapshot: Snapshot): boolean {
  const free = freeBytes(snapshot);
  if (free === undefined || free >= diskNeeded(summary, snapshot)) return false;
  const isChromium = 'userAgentData' in navigator;
  return !isChromium || free < SAME_FOR_ALL;
}
