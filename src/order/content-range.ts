/** Bytes `first`–`last` (inclusive) of a representation of `total` bytes; `total` is undefined for `*`. */
export interface ContentRange {
  readonly first: number;
  readonly last: number;
  readonly total: number | undefined;
}

/** Parses a `Content-Range: bytes a-b/c` header (RFC 9110, section 14.4); undefined when it is not one. */
export function parseContentRange(header: string): ContentRange | undefined {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/i.exec(header.trim());
  if (!match) return undefined;
  const first = Number(match[1]);
  const last = Number(match[2]);
  const total = match[3] === '*' ? undefined : Number(match[3]);
  if (last < first || (total !== undefined && last >= total)) return undefined;
  return { first, last, total };
}

/** The total of an unsatisfied range, `bytes *` + `/c` (RFC 9110, section 14.4); undefined when it is not one. */
export function parseUnsatisfiedRange(header: string): number | undefined {
  const match = /^bytes \*\/(\d{1,15})$/i.exec(header.trim());
  return match ? Number(match[1]) : undefined;
}

/**
 * Bytes `[start, end)` that a `Range` header asks for, `end` Infinity for `bytes=a-`; undefined for none, and for one that may be
 * ignored: several ranges, or the last bytes (RFC 9110, section 14.2).
 */
export function parseRequestedRange(header: string): { readonly start: number; readonly end: number } | undefined {
  const [, first, last] = /^bytes=(\d{1,15})-(\d{0,15})$/i.exec(header.trim()) ?? [];
  if (first === undefined || (last && Number(last) < Number(first))) return undefined;
  return { start: Number(first), end: last ? Number(last) + 1 : Infinity };
}
