import * as v from 'valibot';
import { AppError, errorRules, toAppError, type ErrorCode } from '../order/errors.ts';
import type { OrderLink, StaticLink } from '../order/link.ts';
import { MAX_MANIFEST_BYTES } from '../order/manifest.ts';
import {
  ErrorReply,
  GrantReply,
  grantsPath,
  manifestPath,
  PASSWORD_HEADER,
  ReceiptReply,
  receiptsPath,
} from '../order/service-api.ts';
import { StaticGrants } from '../order/static-grants.ts';
import type { OrderRecord } from './ports.ts';
import { isHtml, proxyWantsPassword, signInNeeded, whyUnreachable } from './reachability.ts';
import { StallTimer } from './stall-timer.ts';

/** A server that asks for patience is given at most this much, in ms. */
const MAX_RETRY_AFTER = 300_000;

/** A static link's store says by these that the link's life is over, or that its document is gone: nobody but the sender can renew it. */
const GONE: ReadonlySet<number> = new Set([400, 401, 403, 404, 410]);

/** What opens an order: a key of the service, perhaps with a password, or the address of a static link's document. */
export type OrderAccess = Pick<OrderRecord, 'key' | 'password' | 'at'>;

/** Where a file's bytes are: the first URL, and further ones that give the same. */
export interface FileGrant {
  readonly file: number;
  readonly urls: readonly string[];
  /** Ms for which the URLs can be used; Infinity where only the store knows. */
  readonly expiresIn: number;
}

/** What a link says of the way in. */
export function accessOf(link: OrderLink | StaticLink, password?: string): OrderAccess {
  return 'at' in link ? { at: link.at } : { key: link.key, ...(password !== undefined && { password }) };
}

/** The bytes of an order's manifest, not yet checked. Throws `key-…`, `password-needed`, `link-expired`, `order-unknown`, `offline`, … */
export async function fetchManifest(
  link: OrderLink | StaticLink,
  access: OrderAccess,
): Promise<Uint8Array<ArrayBuffer>> {
  if (access.at === undefined) return askService(manifestPath(link.id, link.manifest), access, {}, MAX_MANIFEST_BYTES);
  return askStore((await readStatic(access.at, link.manifest)).manifestUrl, MAX_MANIFEST_BYTES);
}

/** Whether a new way into an order that is here already is open. An unreachable service is no reason to refuse it. Throws `key-…`, … */
export async function checkAccess(link: OrderLink | StaticLink, access: OrderAccess): Promise<void> {
  try {
    await fetchManifest(link, access);
  } catch (error) {
    const { rule } = toAppError(error, 'engine-failed');
    if (rule === 'ask' || rule === 'final') throw error;
  }
}

/** Fresh URLs for these files of an order; a static link gives those of all files. Throws as `fetchManifest`. */
export async function fetchGrants(record: OrderRecord, files: readonly number[]): Promise<FileGrant[]> {
  if (record.at !== undefined) {
    const { urls } = await readStatic(record.at, record.order);
    return urls.map((url, file) => ({ file, urls: [url], expiresIn: Infinity }));
  }
  const body = JSON.stringify({ manifest: record.order, files });
  const reply = await post(grantsPath(record.id), record, body, GrantReply);
  return reply.grants.map(({ file, url, expiresIn, mirrors = [] }) => ({ file, urls: [url, ...mirrors], expiresIn }));
}

/** Tells the service which files were verified and saved. Throws as `fetchManifest`. */
export async function sendReceipts(
  record: OrderRecord,
  files: readonly { readonly file: number; readonly sha256: string }[],
): Promise<void> {
  await post(receiptsPath(record.id), record, JSON.stringify({ manifest: record.order, files }), ReceiptReply);
}

async function post<T extends v.GenericSchema>(
  path: string,
  access: OrderAccess,
  body: string,
  schema: T,
): Promise<v.InferOutput<T>> {
  const reply = v.safeParse(schema, readJson(await askService(path, access, { method: 'POST', body })));
  if (reply.success) return reply.output;
  throw new AppError('service-unavailable', 'The order service answered something unexpected.');
}

/** An answer that was read whole. */
interface Answer {
  readonly response: Response;
  readonly body: Uint8Array<ArrayBuffer>;
}

async function askService(
  path: string,
  { key, password }: OrderAccess,
  init: RequestInit,
  most?: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const headers = {
    Authorization: `Bearer ${key ?? ''}`,
    ...(password !== undefined && { [PASSWORD_HEADER]: toBase64Url(password) }),
    ...(init.body ? { 'Content-Type': 'application/json' } : {}),
  };
  const { response, body } = await request(path, { ...init, headers }, most);
  if (response.ok) return body;
  const reply = v.safeParse(ErrorReply, readJson(body));
  const known = reply.success && reply.output.code in errorRules;
  if (known && response.status < 500) {
    const seconds = Number(response.headers.get('Retry-After') ?? 0);
    const retryAfter = Math.min(MAX_RETRY_AFTER, seconds * 1000) || 0;
    throw new AppError(reply.output.code as ErrorCode, reply.output.message, { retryAfter });
  }
  throw new AppError('service-unavailable', `The order service answered ${response.status}.`);
}

/** What a static link leads to. */
async function readStatic(at: string, manifest: string): Promise<StaticGrants> {
  const document = readJson(await askStore(at));
  // cut off, or an answer of something on the way: the store may give it whole the next time
  if (document === undefined) throw new AppError('service-unavailable', 'The store answered something unexpected.');
  const grants = v.safeParse(StaticGrants, document);
  if (grants.success && grants.output.manifest === manifest) return grants.output;
  throw new AppError('link-invalid', 'The link leads to something that is not this order.');
}

async function askStore(url: string, most?: number): Promise<Uint8Array<ArrayBuffer>> {
  const { response, body } = await request(url, { credentials: 'omit', referrerPolicy: 'no-referrer' }, most);
  const { ok, status } = response;
  if (ok) return body;
  if (status === 407) throw proxyWantsPassword(url);
  if (GONE.has(status)) throw new AppError('link-expired', 'The link has expired. Everything received is kept.');
  throw new AppError('service-unavailable', `The store answered ${status}.`);
}

/** Asks, and reads the whole answer. It may take long on a slow line; 20 s without a byte end it. */
async function request(url: string, init: RequestInit, most = Infinity): Promise<Answer> {
  const stall = new StallTimer();
  try {
    const response = await fetch(url, { ...init, cache: 'no-store', signal: stall.signal });
    if ((response.ok && isHtml(response)) || response.status === 511) throw signInNeeded();
    return { response, body: await readBody(response, most, stall) };
  } catch (error) {
    if (error instanceof AppError) throw error;
    const why = await whyUnreachable(url);
    // the own origin answers, only not to this: the service behind it is away
    if (why.code !== 'source-unreachable' || !url.startsWith('/')) throw why;
    throw new AppError('service-unavailable', 'The order service cannot be reached.', {}, { cause: error });
  } finally {
    stall.end();
  }
}

/** The body, `most` bytes of it, whatever its headers say: only a manifest has a limit. */
async function readBody({ body }: Response, most: number, stall: StallTimer): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = body?.getReader();
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done) break;
    stall.reset();
    chunks.push(value);
    length += value.length;
    if (length > most) {
      throw new AppError('manifest-invalid', "The order's description is larger than 16 MiB.", { reason: '> 16 MiB' });
    }
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** Undefined for what is no JSON. */
function readJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}

function toBase64Url(text: string): string {
  const binary = String.fromCharCode(...new TextEncoder().encode(text));
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
