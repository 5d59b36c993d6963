import { createHash } from 'node:crypto';
import { makeZip, predictLength } from 'client-zip';
import type { Layout } from '../store/layout.ts';
import type { SourceFile } from './source-file.ts';

/** Takes each chunk of a file as it is read. */
type Tap = (source: SourceFile, chunk: Uint8Array) => void;

/** One object that is written to the store: a file, or a zip of several that only stores. */
export interface Parcel {
  readonly key: string;
  /** Bytes of the object. */
  readonly size: number;
  /** True when the object is in the store already and is only read to be hashed. */
  readonly stored: boolean;
  readonly files: readonly {
    readonly source: SourceFile;
    /** Where the file begins in the object, in bytes; left out when the object is the file. */
    readonly offset?: number;
  }[];
  /** Another key for it; `fingerprint` as `Layout.fileAt` wants it. Undefined for an object that stays where it is. */
  readonly keyFor?: (fingerprint: string) => string;
  /** The object's bytes; `tap` sees those of each file. */
  read(tap: Tap): AsyncIterable<Uint8Array>;
}

/** One object for each file, or with `bundleLength` (bytes) zips of about that size. */
export function pack(
  sources: readonly SourceFile[],
  bundleLength: number | undefined,
  order: string,
  layout: Layout,
): Parcel[] {
  return bundleLength === undefined
    ? sources.map((source) => single(source, order, layout))
    : bundle(sources, bundleLength, order, layout);
}

/** One object that is one file. */
export function single(source: SourceFile, order: string, layout: Layout): Parcel {
  const { key, size, stored, path } = source;
  const keyFor = (fingerprint: string): string => layout.fileAt(order, fingerprint, path);
  return { key, size, stored, files: [{ source }], ...(!stored && { keyFor }), read: (tap) => tapped(source, tap) };
}

/** A file that is larger than `bundleLength` stays an object of its own. */
function bundle(sources: readonly SourceFile[], bundleLength: number, order: string, layout: Layout): Parcel[] {
  const parcels: Parcel[] = [];
  let members: SourceFile[] = [];
  let filled = 0;
  let number = 0;
  const close = (): void => {
    if (members.length > 0) parcels.push(zip(members, `${order}-${++number}.zip`, order, layout));
    members = [];
    filled = 0;
  };
  for (const source of sources) {
    if (source.stored || source.size >= bundleLength) {
      parcels.push(single(source, order, layout));
      continue;
    }
    if (filled + source.size > bundleLength) close();
    members.push(source);
    filled += source.size;
  }
  close();
  return parcels;
}

/** PKWARE's APPNOTE, section 4.3.7: a local header is 30 bytes and the name; client-zip writes no extra field into it. */
const LOCAL_HEADER = 30;
/** Section 4.3.9: signature, CRC-32 and both sizes behind each file, of 8 bytes from 4 GiB on. */
const descriptor = (size: number): number => (size >= 0xffff_ffff ? 24 : 16);

function zip(members: readonly SourceFile[], name: string, order: string, layout: Layout): Parcel {
  let at = 0;
  const files = members.map((source) => {
    const offset = at + LOCAL_HEADER + Buffer.byteLength(source.path);
    at = offset + source.size + descriptor(source.size);
    return { source, offset };
  });
  // the members' own keys tell path, size and time: the same files make the same zip, byte for byte, and it can be continued
  const identity = createHash('sha256').update(JSON.stringify(members.map(({ key }) => key)));
  const entries = members.map(({ path, size, mtimeMs }) => ({
    name: path,
    size,
    lastModified: zipDate(mtimeMs ?? 0),
  }));
  const keyFor = (fingerprint: string): string => layout.fileAt(order, fingerprint, name);
  const key = keyFor(identity.digest('hex').slice(0, 12));
  const size = Number(predictLength(entries));
  return { key, size, stored: false, files, keyFor, read: (tap) => zipped(members, entries, tap) };
}

/** A zip's dates go from 1980 to 2107 (APPNOTE, section 4.4.6); one day less, for any time zone. `ms` since the epoch. */
function zipDate(ms: number): Date {
  return new Date(Math.min(Math.max(ms, Date.UTC(1980, 0, 2)), Date.UTC(2107, 11, 30)));
}

async function* zipped(
  members: readonly SourceFile[],
  entries: readonly { readonly name: string; readonly size: number; readonly lastModified: Date }[],
  tap: Tap,
): AsyncGenerator<Uint8Array> {
  const inputs = members.map((source, index) => ({ ...entries[index]!, input: tapped(source, tap) }));
  yield* makeZip(inputs) as unknown as AsyncIterable<Uint8Array>;
}

async function* tapped(source: SourceFile, tap: Tap): AsyncGenerator<Uint8Array> {
  for await (const chunk of source.read()) {
    tap(source, chunk);
    yield chunk;
  }
}
