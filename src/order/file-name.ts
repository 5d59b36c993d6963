import filenamify from 'filenamify/browser';

/** Most file systems hold 255 bytes a name; the rest is for ` (12)` and the browser's own `.crswap`. */
const MAX_NAME_BYTES = 230;
/** Chrome refuses these endings in a picked folder: they can run or point elsewhere (File System Access, section 6.3). */
const REFUSED = /\.(lnk|scf|url|local|crswap)$/i;

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

/** Splits `name` before its last extension: `['a.tar', '.gz']`; no extension gives `['a', '']`. */
function splitExtension(name: string): [string, string] {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
}

function cutToBytes(text: string, bytes: number): string {
  let cut = Array.from(text);
  while (bytesOf(cut.join('')) > bytes) cut = cut.slice(0, -1);
  return cut.join('');
}

/** A name that Windows, macOS, Linux and Chrome accept for one part of a path. */
export function safeName(name: string): string {
  let safe = filenamify(name.normalize('NFC'), { replacement: '_', maxLength: 1000 }).replace(/[. ~]+$/, '_');
  if (safe === '') safe = '_';
  if (REFUSED.test(safe)) safe += '_';
  if (bytesOf(safe) <= MAX_NAME_BYTES) return safe;
  const [stem, extension] = splitExtension(safe);
  const kept = bytesOf(extension) < 32 ? extension : '';
  return cutToBytes(stem, MAX_NAME_BYTES - bytesOf(kept)) + kept;
}

/** `name (n)` before the extension, as file managers do. */
export function numberedName(name: string, n: number): string {
  const [stem, extension] = splitExtension(name);
  return `${stem} (${n})${extension}`;
}

/** Safe paths for all files of an order, in their order; two that would be the same file on a system that ignores case get a number. */
export function safePaths(paths: readonly string[]): string[] {
  const taken = new Set<string>();
  return paths.map((path) => {
    const safe = path.split('/').map(safeName).join('/');
    const cut = safe.lastIndexOf('/') + 1;
    let candidate = safe;
    for (let n = 1; taken.has(candidate.toLowerCase()); n++) {
      candidate = safe.slice(0, cut) + numberedName(safe.slice(cut), n);
    }
    taken.add(candidate.toLowerCase());
    return candidate;
  });
}
