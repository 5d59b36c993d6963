import type { PreviewBytes } from './engine-api.ts';

/**
 * What the service worker asks the window that an element belongs to: bytes of a file, from `start` on. The answer comes through
 * the port that is sent along.
 */
export interface PreviewAsk {
  readonly kind: 'preview';
  readonly order: string;
  readonly file: number;
  readonly start: number;
}

/** `later`: not there yet, to be asked again. `refused`: never. */
export type PreviewReply = PreviewBytes | 'later' | 'refused';

/** What a window tells the service worker to have its requests pass through it, when it was opened before it was there. */
export const CLAIM_CLIENTS = 'CLAIM_CLIENTS';

/** The address under which an element of the app gets a file's bytes. */
export function previewPath(order: string, file: number): string {
  return `/preview/${encodeURIComponent(order)}/${file}`;
}

/** Reads `previewPath`; undefined for any other path. */
export function parsePreviewPath(pathname: string): { readonly order: string; readonly file: number } | undefined {
  const [, order, file] = /^\/preview\/([\w-]+)\/(\d{1,6})$/.exec(pathname) ?? [];
  return order === undefined ? undefined : { order, file: Number(file) };
}
