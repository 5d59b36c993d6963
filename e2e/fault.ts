/** What a request for bytes gets instead of the truth. Counts and places are bytes of this answer's body. */
export type Fault =
  /** Another status, with an S3 error as its body. */
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** 200 and HTML, as a hotel's network answers before one has signed in. */
  | { readonly kind: 'login-page' }
  /** 200 and the whole object, whatever range was asked for. */
  | { readonly kind: 'whole-file' }
  /** Another `Content-Range` than the truth, which it gets. */
  | { readonly kind: 'content-range'; readonly change: (truth: string) => string }
  | { readonly kind: 'etag'; readonly etag: string }
  /** Compressed on the way, or said to be. */
  | { readonly kind: 'encoded'; readonly as: 'gzip' | 'x-other' }
  /** The store answers a foreign page, but lets it read these headers only (and `Last-Modified`, which is always
   * readable: `modified`, or none) / not read the answer. */
  | { readonly kind: 'cors-exposes'; readonly headers: readonly string[]; readonly modified?: string | undefined }
  | { readonly kind: 'no-cors' }
  /** One bit flipped. */
  | { readonly kind: 'corrupt'; readonly at: number }
  /** Other bytes from there on: the object was replaced. */
  | { readonly kind: 'replaced'; readonly from: number }
  /** The connection ends in the middle of the body: closed (FIN), reset (RST), or silent for good. */
  | { readonly kind: 'drop' | 'reset' | 'stall'; readonly after: number }
  /** A whole answer with so many bytes too few, or too many. */
  | { readonly kind: 'short' | 'long'; readonly by: number }
  /** So many bytes a second. */
  | { readonly kind: 'drip'; readonly rate: number };

/** What a request to the service gets instead of the truth. */
export type ServiceFault =
  | { readonly kind: 'status'; readonly status: number; readonly body?: string }
  | { readonly kind: 'drop' }
  /** The answer's text, changed. */
  | { readonly kind: 'edit'; readonly edit: (body: string) => string };

/** A request for bytes. */
export interface Asked {
  /** The object, without the signature. */
  readonly object: string;
  /** The range that was asked for, `[start, end)`; undefined when there was none. */
  readonly range: { readonly start: number; readonly end: number } | undefined;
  /** How many requests for this object came before. */
  readonly before: number;
}

/** `0-9` and `0-` of a `Range` header. */
export function readRange(header: string | undefined): { start: number; end: number } | undefined {
  const [, start, last] = /^bytes=(\d+)-(\d*)$/.exec(header ?? '') ?? [];
  return start === undefined ? undefined : { start: Number(start), end: last ? Number(last) + 1 : Infinity };
}
