import { scriptHeading, type ExportFile, type ExportOrder } from './export-order.ts';

const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** Bytes are appended to `<path>.part`: curl's own --continue-at cannot fetch a part of a bundle. */
const FUNCTION = String.raw`set -u
failed=0
if command -v sha256sum >/dev/null; then sum() { sha256sum -- "$1" | cut -c 1-64; }
else sum() { shasum -a 256 -- "$1" | cut -c 1-64; }; fi

get() { # path size sha256 offset url...
  path=$1 size=$2 sha256=$3 offset=$4; shift 4
  if [ -f "$path" ]; then echo "there already: $path"; return; fi
  mkdir -p -- "$(dirname -- "$path")" && : >>"$path.part" || { failed=1; return; }
  tries=0
  while have=$(($(wc -c <"$path.part"))); [ "$have" -lt "$size" ]; do
    tries=$((tries + 1))
    if [ "$tries" -gt 10 ]; then echo "not complete: $path (run this again)" >&2; failed=1; return; fi
    url=$1; shift; set -- "$@" "$url"
    curl --fail --silent --show-error --location --range "$((offset + have))-$((offset + size - 1))" "$url" >>"$path.part" ||
      { [ "$(($(wc -c <"$path.part")))" -gt "$have" ] && tries=0; sleep 1; }
  done
  if [ "$have" -gt "$size" ] || { [ -n "$sha256" ] && [ "$(sum "$path.part")" != "$sha256" ]; }; then
    rm -f -- "$path.part"; echo "damaged, fetch it again: $path" >&2; failed=1; return
  fi
  mv -- "$path.part" "$path" && echo "received: $path"
}
`;

/** A POSIX shell script: goes on where it stopped, checks every file, never shows a half one under its name. */
export function writeCurlScript(order: ExportOrder): string {
  const call = ({ path, size, sha256 = '', offset, urls }: ExportFile): string =>
    ['get', quote(path), size, quote(sha256), offset, ...urls.map(quote)].join(' ');
  const usage = 'sh this-file; run it again and it goes on where it stopped.';
  return ['#!/bin/sh', ...scriptHeading(order, usage), FUNCTION, ...order.files.map(call), '', 'exit $failed', ''].join(
    '\n',
  );
}
