/** How a file is shown. */
export type PreviewKind = 'image' | 'video' | 'audio' | 'text';

export interface PreviewType {
  readonly kind: PreviewKind;
  /** The media type it is answered with, whatever the sender says. */
  readonly mediaType: string;
}

const TEXT: PreviewType = { kind: 'text', mediaType: 'text/plain' };

/**
 * What can be looked at in the app. A short list on purpose: pictures, films and sound that a browser decodes without running
 * anything, and text that is shown as it is written. HTML, SVG and PDF can act, and are never shown.
 */
const TYPES: ReadonlyMap<string, PreviewType> = new Map([
  ['png', { kind: 'image', mediaType: 'image/png' }],
  ['jpg', { kind: 'image', mediaType: 'image/jpeg' }],
  ['jpeg', { kind: 'image', mediaType: 'image/jpeg' }],
  ['gif', { kind: 'image', mediaType: 'image/gif' }],
  ['webp', { kind: 'image', mediaType: 'image/webp' }],
  ['avif', { kind: 'image', mediaType: 'image/avif' }],
  ['mp4', { kind: 'video', mediaType: 'video/mp4' }],
  ['webm', { kind: 'video', mediaType: 'video/webm' }],
  ['mp3', { kind: 'audio', mediaType: 'audio/mpeg' }],
  ['ogg', { kind: 'audio', mediaType: 'audio/ogg' }],
  ['wav', { kind: 'audio', mediaType: 'audio/wav' }],
  ['txt', TEXT],
  ['log', TEXT],
  ['csv', TEXT],
  ['md', TEXT],
  ['json', TEXT],
]);

/** How the file at `path` is shown, by its extension alone; undefined when it is not. */
export function previewType(path: string): PreviewType | undefined {
  return TYPES.get(/\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? '');
}

/** True for a media type that a preview may be answered with. */
export function isPreviewMediaType(mediaType: string): boolean {
  return [...TYPES.values()].some((type) => type.mediaType === mediaType);
}
