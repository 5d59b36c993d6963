import { writeAria2Input } from './aria2-input.ts';
import { writeCurlScript } from './curl-script.ts';
import type { ExportOrder } from './export-order.ts';
import { writeMetalink } from './metalink.ts';
import { writePowerShellScript } from './powershell-script.ts';
import { writeRcloneScript } from './rclone-script.ts';

const writers = {
  metalink: { extension: 'meta4', write: writeMetalink },
  aria2: { extension: 'aria2.txt', write: writeAria2Input },
  curl: { extension: 'sh', write: writeCurlScript },
  powershell: { extension: 'ps1', write: writePowerShellScript },
  rclone: { extension: 'rclone.sh', write: writeRcloneScript },
} as const satisfies Record<string, { readonly extension: string; readonly write: (order: ExportOrder) => string }>;

export type ExportFormat = keyof typeof writers;

/** All formats, for menus and help. */
export const exportFormats = Object.keys(writers) as readonly ExportFormat[];

/** An order for another client: the text, and what its file is called. Throws `input-invalid`. */
export function writeExport(
  order: ExportOrder,
  format: ExportFormat,
): { readonly name: string; readonly text: string } {
  const { extension, write } = writers[format];
  return { name: `${order.id}.${extension}`, text: write(order) };
}
