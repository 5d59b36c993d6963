import { refuseBundles, scriptHeading, type ExportFile, type ExportOrder } from './export-order.ts';

const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/**
 * A POSIX shell script of `rclone copyurl`, for those who fetch into another store; rclone fetches a file that broke off
 * from its beginning. `sh this-file remote:folder`. Throws `input-invalid` for bundled files.
 */
export function writeRcloneScript(order: ExportOrder): string {
  refuseBundles(order, 'rclone');
  const copy = ({ path, urls: [url = ''] }: ExportFile): string => `get ${quote(url)} ${quote(path)}`;
  const sums = order.files.flatMap(({ path, sha256 }) =>
    sha256 === undefined ? [] : [`${sha256}  ${path.slice(order.id.length + 1)}`],
  );
  return [
    '#!/bin/sh',
    ...scriptHeading(order, 'sh this-file remote:folder; what is there already is not fetched again.'),
    'to=${1:-.} failed=0',
    'get() { [ -n "$(rclone lsf "$to/$2" 2>/dev/null)" ] || rclone copyurl "$1" "$to/$2" || failed=1; }',
    ...order.files.map(copy),
    // a file: older versions read no sums from their input
    `sums=$(mktemp) && cat >"$sums" <<'SHA256SUMS'`,
    ...sums,
    'SHA256SUMS',
    `rclone hashsum sha256 --download --checkfile "$sums" "$to/${order.id}" || failed=1`,
    'rm -f -- "$sums"',
    'exit $failed',
    '',
  ].join('\n');
}
