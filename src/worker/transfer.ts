import { parseContentRange } from '../order/content-range.ts';
import { AppError, type ErrorDetail } from '../order/errors.ts';
import { isHtml, proxyWantsPassword, signInNeeded } from './reachability.ts';
import { StallTimer } from './stall-timer.ts';

/** The longest `Retry-After` that is honoured, in ms. */
const MAX_RETRY_AFTER = 300_000;
/** Bytes read at a time: large reads cost the fewest copies (BYOB, where the browser has it). */
const READ_SIZE = 2 * 1024 * 1024;
/** Small reads are gathered to this many bytes before a write, but not for longer than so many ms: each OPFS write costs up to a millisecond. */
const GATHER = 1024 * 1024;
const GATHER_FOR = 1_000;
/** From this many bytes on a read is written as it is. */
const LARGE_READ = 256 * 1024;

/** One HTTP request for bytes `[start, end)` of an object. */
export interface RangeRequest {
  readonly url: string;
  readonly start: number;
  readonly end: number;
  /** Size of the whole object in bytes, when it is known. */
  readonly total: number | undefined;
  /** True when piece hashes decide what is right; otherwise size, `Content-Range`, and ETag or `Last-Modified` bind. */
  readonly hashes: boolean;
  readonly etag: string | undefined;
  /** `Last-Modified`, where the ETag is hidden from this page. */
  readonly modified: string | undefined;
  /** True to ask for the whole object: for a server that knows no ranges, where piece hashes decide. */
  readonly whole: boolean;
  readonly signal: AbortSignal;
}

/**
 * Fetches a range and gives its bytes to `sink` in order, exactly `end - start` of them at most. Checks status, `Content-Range` and
 * encoding before it believes anything. `sink` may return a promise to hold the stream back; the chunk is only valid until then.
 * Throws an `AppError` whose code says what to do; bytes given to `sink` before that are good to keep.
 */
export async function fetchRange(
  request: RangeRequest,
  sink: (chunk: Uint8Array) => Promise<void> | void,
): Promise<void> {
  const stall = new StallTimer();
  const signal = AbortSignal.any([stall.signal, request.signal]);
  try {
    const response = await fetch(request.url, {
      headers: request.whole ? {} : { Range: `bytes=${request.start}-${request.end - 1}` },
      cache: 'no-store', // the HTTP cache queues requests for one URL, and has delivered truncated ranges
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      signal,
    }).catch((error: unknown) => {
      throw networkError(error, stall);
    });
    await checkResponse(response, request);
    let left = request.end - request.start;
    let excess = Number(response.headers.get('Content-Length') ?? 0) > left;
    const each = async (bytes: Uint8Array): Promise<boolean> => {
      // a body that is too long is cut at the expected byte
      if (bytes.length > left) excess = true;
      if (excess && !request.hashes && bytes.length >= left) throw tooLong();
      const chunk = bytes.length > left ? bytes.subarray(0, left) : bytes;
      left -= chunk.length;
      const held = sink(chunk);
      if (held) {
        stall.stop();
        await held;
        stall.reset();
      }
      return left > 0;
    };
    const broken = (error: unknown): AppError => networkError(error, stall);
    await readBody(response, left, { each, alive: () => stall.reset(), broken });
    if (left > 0) throw new AppError('connection-lost', 'The answer ended early. What came is kept.');
    if (excess) throw tooLong();
  } finally {
    stall.end();
  }
}

function networkError(error: unknown, { stalled }: StallTimer): AppError {
  if (stalled) return new AppError('stalled', 'No byte came for 20 seconds. Trying a new connection.');
  return new AppError('connection-lost', 'The connection was lost. What came is kept.', {}, { cause: error });
}

async function checkResponse(response: Response, request: RangeRequest): Promise<void> {
  const error = answerError(response, request);
  if (!error) return;
  await response.body?.cancel();
  throw error;
}

function answerError(response: Response, request: RangeRequest): AppError | undefined {
  const { status, headers } = response;
  if (status !== (request.whole ? 200 : 206)) return statusError(response, request);
  const encoding = response.headers.get('Content-Encoding');
  if (encoding !== null && encoding !== 'identity') {
    return new AppError('encoding-refused', `A proxy on the way changes the bytes (Content-Encoding: ${encoding}).`);
  }
  if (request.whole) return wholeError(response, request);
  return versionError(headers, request) ?? rangeError(headers, request);
}

/** Without hashes only the ETag, or what stands in for it, keeps two versions of an object apart. */
function versionError(headers: Headers, { hashes, etag, modified }: RangeRequest): AppError | undefined {
  if (hashes) return undefined;
  const [name, promised] = etag === undefined ? ['Last-Modified', modified] : ['ETag', etag];
  const found = headers.get(name);
  if (found === null || promised === undefined) return headerHidden('The server', 'ETag');
  return found === promised ? undefined : new AppError('changed-by-sender', 'The sender has changed this file.');
}

/** A header is missing without which nothing could tell wrong bytes. `server` begins the message. */
export function headerHidden(server: string, header: string, detail: ErrorDetail = {}): AppError {
  return new AppError('header-hidden', `${server} hides ${header} from this page (CORS).`, { ...detail, header });
}

/** A 200 is only believed with the length of the file: a login page must never be taken for it. */
function wholeError(response: Response, request: RangeRequest): AppError | undefined {
  const length = response.headers.get('Content-Length');
  if (Number(length) === request.total) return undefined;
  if (isHtml(response)) return signInNeeded();
  return new AppError('range-ignored', 'The server sends whole files only, and this one has another length.', {
    whole: 1,
  });
}

function rangeError(headers: Headers, request: RangeRequest): AppError | undefined {
  const header = headers.get('Content-Range');
  if (header === null) {
    // not exposed by CORS: the piece hashes decide, but without hashes nothing would
    if (request.hashes) return undefined;
    return headerHidden('The server', 'Content-Range');
  }
  const range = parseContentRange(header);
  if (range?.first !== request.start || range.last !== request.end - 1) {
    return new AppError('range-wrong', 'The server answered other bytes than it was asked for (Content-Range).');
  }
  if (request.total !== undefined && range.total !== undefined && range.total !== request.total) {
    return wrongSize(request, { size: range.total });
  }
  return undefined;
}

/** Without hashes, another size is another file. With hashes it may be a fault on the way: it gets its strikes. */
function wrongSize(request: RangeRequest, detail: ErrorDetail): AppError {
  const code = request.hashes ? 'range-wrong' : 'changed-by-sender';
  return new AppError(code, 'The file on the server has another size than the order says.', detail);
}

function tooLong(): AppError {
  return new AppError('range-wrong', 'The server sent more bytes than it was asked for.', { excess: 1 });
}

function statusError(response: Response, request: RangeRequest): AppError {
  const { status } = response;
  const detail = { status };
  if (status === 200 && isHtml(response) && Number(response.headers.get('Content-Length')) !== request.total) {
    return signInNeeded();
  }
  if (status === 200) return new AppError('range-ignored', 'The server ignores the Range header.', detail);
  if (status === 400 || status === 401 || status === 403) {
    return new AppError('grant-expired', 'The access to this file has run out.', detail);
  }
  if (status === 404 || status === 410) return new AppError('not-found', 'The server does not have this file.', detail);
  if (status === 416) return wrongSize(request, { ...detail, size: -1 });
  if (status === 429 || status === 503) {
    const after = Math.min(retryAfter(response.headers.get('Retry-After')), MAX_RETRY_AFTER);
    return new AppError('server-busy', 'The server asks for patience.', { status, retryAfter: after });
  }
  // RFC 6585: the network itself wants something first; what it answers may be anything
  if (status === 511) return signInNeeded();
  if (status === 407) return proxyWantsPassword(request.url);
  if (status >= 500) return new AppError('server-error', `The server failed (${status}).`, detail);
  return new AppError('unexpected-status', `The server answered ${status} where 206 was due.`, detail);
}

/** Ms to wait by a `Retry-After` header (RFC 9110, section 10.2.3), 0 when there is none. Dates are left: clocks differ. */
function retryAfter(header: string | null): number {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : 0;
}

/** Who reads a body. */
interface BodyReader {
  /** Takes bytes, which are only valid until it returns; false when no more are wanted. */
  readonly each: (bytes: Uint8Array) => Promise<boolean>;
  /** Told at every sign of life. */
  readonly alive: () => void;
  /** What a body that breaks off is reported as. */
  readonly broken: (error: unknown) => AppError;
}

/**
 * Reads `length` bytes of a body, or all of them where there are fewer: its end is reported some ms after its last byte. When it breaks
 * off, everything that came before is given to `each` first.
 */
async function readBody(response: Response, length: number, { each, alive, broken }: BodyReader): Promise<void> {
  const { body } = response;
  if (!body) throw new AppError('connection-lost', 'The answer has no body.');
  const { read, cancel } = openBody(body);
  const gather = new Gathered();
  try {
    for (let left = length; ;) {
      const bytes = await read().catch((error: unknown) => broken(error));
      if (bytes instanceof AppError) {
        if (gather.length > 0) await each(gather.take());
        throw bytes;
      }
      alive();
      left -= bytes?.length ?? left;
      for (const chunk of gather.add(bytes, left <= 0)) if (chunk.length > 0 && !(await each(chunk))) return;
      if (!bytes) return;
    }
  } finally {
    await cancel().catch(() => undefined);
  }
}

/** Small chunks, gathered into one. */
class Gathered {
  length = 0;
  private bytes: Uint8Array | undefined;
  private since = 0;

  /** What is to be given on now, in order; everything, when that was the `last`. */
  *add(chunk: Uint8Array = new Uint8Array(), last = false): Generator<Uint8Array> {
    const large = chunk.length >= LARGE_READ;
    if (large || this.length + chunk.length > GATHER) yield this.take();
    if (large) return yield chunk;
    const now = performance.now();
    if (this.length === 0) this.since = now;
    this.bytes ??= new Uint8Array(GATHER);
    this.bytes.set(chunk, this.length);
    this.length += chunk.length;
    if (last || this.length === GATHER || now - this.since >= GATHER_FOR) yield this.take();
  }

  take(): Uint8Array {
    const taken = this.bytes?.subarray(0, this.length) ?? new Uint8Array();
    this.length = 0;
    return taken;
  }
}

interface Body {
  /** The next bytes, valid until the next call; undefined at the end. */
  readonly read: () => Promise<Uint8Array | undefined>;
  readonly cancel: () => Promise<void>;
}

/** Where the browser has it, the body is read into one buffer again and again (BYOB: Chrome 89, Firefox 102, Safari 26.4). */
function openBody(body: ReadableStream<Uint8Array<ArrayBuffer>>): Body {
  let byob: ReadableStreamBYOBReader;
  try {
    byob = body.getReader({ mode: 'byob' });
  } catch {
    const reader = body.getReader();
    return { read: async () => (await reader.read()).value, cancel: () => reader.cancel() };
  }
  let buffer = new ArrayBuffer(READ_SIZE);
  return {
    async read() {
      const { done, value } = await byob.read(new Uint8Array(buffer));
      if (value) ({ buffer } = value);
      return done ? undefined : value;
    },
    cancel: () => byob.cancel(),
  };
}
