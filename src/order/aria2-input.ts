import { refuseBundles, scriptHeading, type ExportFile, type ExportOrder } from './export-order.ts';

/** A file for `aria2c -i`: every URL, the name and the SHA-256. Throws `input-invalid` for bundled files. */
export function writeAria2Input(order: ExportOrder): string {
  refuseBundles(order, 'an aria2 input file');
  // aria2 reads a line's options until the next line that does not begin with a blank (its manual, "Input File")
  const entry = ({ path, sha256, urls }: ExportFile): string[] => [
    urls.join('\t'),
    `  out=${path}`,
    ...(sha256 === undefined ? [] : [`  checksum=sha-256=${sha256}`]),
  ];
  const usage = 'aria2c --continue --allow-overwrite=false -i this-file; the Metalink also repairs damaged pieces.';
  return `${[...scriptHeading(order, usage), ...order.files.flatMap(entry)].join('\n')}\n`;
}
