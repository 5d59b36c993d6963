import { createHash } from 'node:crypto';

/** What makes a published file the same one again: its path in the order, its size in bytes, its time of change in ms. */
export interface FileIdentity {
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
}

/** A store's keys take at most this many bytes in UTF-8. */
export const MAX_KEY_BYTES = 1024;

/** SHA-256 of an order's key, hexadecimal: the only thing that the store knows of it. */
export function keyHash(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** The keys of an order's objects below a prefix of the store. `docs/formats.md` describes the layout. */
export class Layout {
  readonly prefix: string;

  /** `prefix` is where the orders are kept: empty, or the name of a folder in the store. */
  constructor(prefix = '') {
    const trimmed = prefix.replace(/^\/+|\/+$/g, '');
    this.prefix = trimmed === '' ? '' : `${trimmed}/`;
  }

  /** Everything that belongs to all orders. */
  get orders(): string {
    return `${this.prefix}orders/`;
  }

  manifests(order: string): string {
    return `${this.orders}${order}/manifests/`;
  }

  manifest(order: string, sha256: string): string {
    return `${this.manifests(order)}${sha256}.json`;
  }

  keys(order: string): string {
    return `${this.orders}${order}/keys/`;
  }

  /** The record of an order's key; only the key's SHA-256 is kept. */
  key(order: string, key: string): string {
    return this.keyRecord(order, keyHash(key));
  }

  /** The record of the key with this SHA-256. */
  keyRecord(order: string, hash: string): string {
    return `${this.keys(order)}${hash}.json`;
  }

  revocations(order: string): string {
    return `${this.orders}${order}/revoked/`;
  }

  /** Being there is what revokes the key with this SHA-256. */
  revocation(order: string, hash: string): string {
    return `${this.revocations(order)}${hash}.json`;
  }

  receipts(order: string): string {
    return `${this.orders}${order}/receipts/`;
  }

  /** `digest` is a SHA-256 of what the batch says, and of who says it. */
  receiptBatch(order: string, digest: string): string {
    return `${this.receipts(order)}${digest}.json`;
  }

  /** What a static link leads to; `name` says of which key. */
  staticGrants(order: string, name: string): string {
    return `${this.orders}${order}/static/${name}/grants.json`;
  }

  files(order: string): string {
    return `${this.orders}${order}/files/`;
  }

  get audit(): string {
    return `${this.prefix}audit/`;
  }

  /** The same for each publishing of the same file, so that nothing is uploaded twice or overwritten. */
  file(order: string, file: FileIdentity): string {
    const fingerprint = createHash('sha256')
      .update(JSON.stringify([file.path, file.size, Math.floor(file.mtimeMs)]))
      .digest('hex')
      .slice(0, 12);
    return this.fileAt(order, fingerprint, file.path);
  }

  /** `fingerprint`: 12 hexadecimal digits that differ where the content does. */
  fileAt(order: string, fingerprint: string, path: string): string {
    return `${this.files(order)}${fingerprint}/${path}`;
  }

  /** The order that an object belongs to; undefined for one that was published in place, or was never published. */
  orderOf(key: string): string | undefined {
    return key.startsWith(this.orders) ? key.slice(this.orders.length).split('/', 1)[0] : undefined;
  }

  /** True for everything that Holdfast itself keeps: records, manifests, files of orders, the audit log. */
  isOwn(key: string): boolean {
    return key.startsWith(this.orders) || key.startsWith(this.audit);
  }

  /** True for a key of an order's file; records, settings, dotfiles and anything that leaves the folder are none. */
  isFile(key: string): boolean {
    if (!key.startsWith(this.orders) || /[\p{Cc}\\]/u.test(key)) return false;
    const parts = key.slice(this.orders.length).split('/');
    return (
      parts.length >= 4 &&
      parts[1] === 'files' &&
      /^[0-9a-f]{12}$/.test(parts[2] ?? '') &&
      parts.every((part) => part !== '' && !part.startsWith('.'))
    );
  }
}
