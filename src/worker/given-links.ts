import * as v from 'valibot';
import { OrderId } from '../order/link.ts';
import type { MetalinkFile } from '../order/metalink.ts';
import { MAX_PIECE_LENGTH, MIN_PIECE_LENGTH } from '../order/pieces.ts';
import { identityOf, looksLikeMetalink, parseShareLinks, type ShareLink } from '../order/share-links.ts';

/** A file that the user gave a URL of, and what else is known of it. `name` is its path. */
export interface GivenLink extends ShareLink {
  /** Further URLs that give the same bytes. */
  readonly mirrors?: string[];
  /** Bytes. */
  readonly size?: number;
  /** SHA-256 of the whole file, hexadecimal. */
  readonly sha256?: string;
  /** SHA-256 of each piece, and their length in bytes. */
  readonly pieces?: { readonly length: number; readonly hashes: string[] };
}

/** What a text has in it: files, and the id of the order that they are, where it has one. */
export interface GivenLinks {
  readonly id?: string | undefined;
  readonly links: readonly GivenLink[];
}

/** Reads what the user pasted, dropped or opened: a Metalink, or presigned URLs in any text. Throws `links-invalid`. */
export async function readGivenLinks(text: string): Promise<GivenLinks> {
  if (!looksLikeMetalink(text)) return { links: parseShareLinks(text) };
  const { parseMetalink } = await import('../order/metalink.ts');
  return fromMetalink(parseMetalink(text));
}

/** An exported order has all its files in one folder, which is its id. */
function fromMetalink(files: readonly MetalinkFile[]): GivenLinks {
  const folders = new Set(files.map(({ path }) => (path.includes('/') ? path.slice(0, path.indexOf('/')) : '')));
  const [folder] = folders;
  const id = folders.size === 1 && v.is(OrderId, folder) ? folder : undefined;
  const taken = new Set<string>();
  const links = files.map((file): GivenLink => {
    const [url = '', ...mirrors] = file.urls;
    const name = id === undefined ? file.path : file.path.slice(id.length + 1);
    let identity = identityOf(new URL(url));
    // addresses that differ in their query only are files of their own here
    if (taken.has(identity)) identity += `#${name}`;
    taken.add(identity);
    const { size, sha256 } = file;
    const pieces = file.pieces ? { ...file.pieces, hashes: [...file.pieces.hashes] } : asOnePiece(file);
    return {
      url,
      identity,
      name,
      ...(mirrors.length > 0 && { mirrors }),
      ...(size !== undefined && { size }),
      ...(sha256 !== undefined && { sha256 }),
      ...(pieces && { pieces }),
    };
  });
  return { id, links };
}

/** A file that fits into one piece has its own hash for that: it is checked as any other. */
function asOnePiece({ size, sha256 }: MetalinkFile): GivenLink['pieces'] {
  if (size === undefined || size === 0 || size > MAX_PIECE_LENGTH || sha256 === undefined) return undefined;
  return { length: Math.max(MIN_PIECE_LENGTH, 2 ** Math.ceil(Math.log2(size))), hashes: [sha256] };
}
