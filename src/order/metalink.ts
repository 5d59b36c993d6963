import { parse, stringify, type TNode } from 'txml/txml';
import { AppError } from './errors.ts';
import { Sha256 } from './link.ts';
import { isSafePath } from './manifest.ts';
import { MAX_PIECE_LENGTH, MIN_PIECE_LENGTH, pieceCount } from './pieces.ts';
import { refuseBundles, type ExportFile, type ExportOrder } from './export-order.ts';
import * as v from 'valibot';

const NAMESPACE = 'urn:ietf:params:xml:ns:metalink';
/** A Metalink is at most so large, in bytes, as a manifest is; and names at most so many files. */
const MAX_LENGTH = 16 * 1024 * 1024;
const MAX_FILES = 100_000;

const node = (tagName: string, attributes: TNode['attributes'], ...children: TNode['children']): TNode => ({
  tagName,
  attributes,
  children,
});

/** Metalink 4 (RFC 5854), with the SHA-256 of every piece. Throws `input-invalid` for bundled files. */
export function writeMetalink(order: ExportOrder): string {
  refuseBundles(order, 'Metalink');
  const file = ({ path, size, sha256, pieces, urls }: ExportFile): TNode =>
    node(
      'file',
      { name: path },
      node('size', {}, String(size)),
      ...(sha256 === undefined ? [] : [node('hash', { type: 'sha-256' }, sha256)]),
      ...(pieces.length === 0
        ? []
        : [
            node(
              'pieces',
              { length: String(order.pieceLength), type: 'sha-256' },
              ...pieces.map((hash) => node('hash', {}, hash)),
            ),
          ]),
      ...urls.map((url, index) => node('url', { priority: String(index + 1) }, url)),
    );
  const root = node(
    'metalink',
    { xmlns: NAMESPACE },
    node('generator', {}, 'Holdfast'),
    node('published', {}, order.createdAt),
    ...order.files.map(file),
  );
  const text = stringify([root], { encodeEntities: true });
  return `<?xml version="1.0" encoding="UTF-8"?>\n${text}\n`;
}

/** One file of a Metalink. What cannot be used is left out: then the whole hash protects it, or nothing but its size. */
export interface MetalinkFile {
  readonly path: string;
  /** Bytes; undefined when it is not said. */
  readonly size: number | undefined;
  /** SHA-256 of the whole file, hexadecimal. */
  readonly sha256: string | undefined;
  /** SHA-256 of the pieces, where their length is one that Holdfast has, too. */
  readonly pieces: { readonly length: number; readonly hashes: readonly string[] } | undefined;
  /** http and https only, the preferred one first. */
  readonly urls: readonly string[];
}

/** Reads a Metalink 4. Throws `links-invalid` when it is none, or has an unsafe path or a file without a URL. */
export function parseMetalink(text: string): MetalinkFile[] {
  if (text.length > MAX_LENGTH) throw invalid('it is larger than 16 MiB');
  const root = parseXml(text).find((each) => typeof each !== 'string' && each.tagName === 'metalink');
  if (typeof root !== 'object' || root.attributes['xmlns'] !== NAMESPACE) throw invalid('it is not version 4');
  const files = childrenOf(root, 'file').map(readFile);
  if (files.length === 0) throw invalid('it names no file');
  if (files.length > MAX_FILES) throw invalid(`it names more than ${MAX_FILES} files`);
  return files;
}

function parseXml(text: string): (TNode | string)[] {
  try {
    return parse(text, { decodeEntities: true, skipXmlDeclaration: true, selfClosingTags: [] }) as (TNode | string)[];
  } catch {
    throw invalid('it is not XML');
  }
}

function readFile(file: TNode): MetalinkFile {
  const path = (file.attributes['name'] ?? '').normalize('NFC');
  if (path === '' || path.length > 1024 || !isSafePath(path)) throw invalid(`${JSON.stringify(path)} is no safe path`);
  const sizeText = textOf(childrenOf(file, 'size')[0]);
  const size = /^\d{1,15}$/.test(sizeText) ? Number(sizeText) : undefined;
  const urls = childrenOf(file, 'url')
    .map((url) => ({ url: textOf(url), priority: Number(url.attributes['priority'] ?? 999_999) }))
    .filter(({ url }) => /^https?:\/\//i.test(url) && URL.canParse(url))
    .sort((a, b) => a.priority - b.priority)
    .map(({ url }) => url);
  if (urls.length === 0) throw invalid(`${path} has no address that begins with https://`);
  const whole = childrenOf(file, 'hash').find(isSha256);
  const sha256 = whole && textOf(whole).toLowerCase();
  return { path, size, sha256: v.is(Sha256, sha256) ? sha256 : undefined, pieces: readPieces(file, size), urls };
}

function readPieces(file: TNode, size: number | undefined): MetalinkFile['pieces'] {
  const pieces = childrenOf(file, 'pieces').find(isSha256);
  const length = Number(pieces?.attributes['length']);
  if (!pieces || size === undefined || !Number.isInteger(Math.log2(length))) return undefined;
  if (length < MIN_PIECE_LENGTH || length > MAX_PIECE_LENGTH) return undefined;
  const hashes = childrenOf(pieces, 'hash').map((hash) => textOf(hash).toLowerCase());
  if (hashes.length !== pieceCount(size, length) || !hashes.every((hash) => v.is(Sha256, hash))) return undefined;
  return { length, hashes };
}

function isSha256({ attributes }: TNode): boolean {
  return attributes['type']?.toLowerCase() === 'sha-256';
}

function childrenOf(parent: TNode, name: string): TNode[] {
  return parent.children.filter((child): child is TNode => typeof child !== 'string' && child.tagName === name);
}

function textOf(element: TNode | undefined): string {
  return (element?.children.filter((child) => typeof child === 'string').join('') ?? '').trim();
}

function invalid(reason: string): AppError {
  return new AppError('links-invalid', `This Metalink cannot be used: ${reason}. Nothing was stored.`, { reason });
}
