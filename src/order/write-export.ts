import { writeAria2Input } from './aria2-input.ts';
import { writeCurlScript } from './curl-script.ts';
import type { ExportOrder } from './export-order.ts';
import { writeMetalink } from './metalink.ts';
import { writePowerShellScript } from './powershell-script.ts';
import { writeRcloneScript } from './rclone-script.ts';

interface Writer {
  readonly extension: string;
  readonly write: (order: ExportOrder) => string;
  /** True when it can fetch a part of an object. */
  readonly takesBundles: boolean;
}

const writers = {
  metalink: { extension: 'meta4', write: writeMetalink, takesBundles: false },
  aria2: { extension: 'aria2.txt', write: writeAria2Input, takesBundles: false },
  curl: { extension: 'sh', write: writeCurlScript, takesBundles: true },
  powershell: { extension: 'ps1', write: writePowerShellScript, takesBundles: true },
  rclone: { extension: 'rclone.sh', write: writeRcloneScript, takesBundles: false },
} as const satisfies Record<string, Writer>;

export type ExportFormat = keyof typeof writers;

/** All formats, for menus and help. */
export const exportFormats = Object.keys(writers) as readonly ExportFormat[];

/** True when a format can fetch files out of bundles; the others refuse such an order. */
export function canTakeBundles(format: ExportFormat): boolean {
  return writers[format].takesBundles;
}

/** An order for another client: the text, and what its file is called. Throws `input-invalid`. */
export function writeExport(
  order: ExportOrder,
  format: ExportFormat,
): { readonly name: string; readonly text: string } {
  const { extension, write } = writers[format];
  return { name: `${order.id}.${extension}`, text: write(order) };
}
