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
import { isHtml, signInNeeded, whyUnreachable } from './reachability.ts';

/** A server that asks for patience is given at most this much, in ms. */
const MAX_RETRY_AFTER = 300_000;

/** Ms for an answer: with the look at the own origin after it, the page says within 30 s what is the matter. */
const PATIENCE = 20_000;

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
  const response =
    access.at === undefined
      ? await askService(manifestPath(link.id, link.manifest), access, {})
      : await askStore((await readStatic(access.at, link.manifest)).manifestUrl);
  return readManifest(response);
}

/** The body, as far as a manifest may be long, whatever its headers say. */
async function readManifest({ body }: Response): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = body?.getReader();
  for (;;) {
    const { done, value } = (await reader?.read().catch(lost)) ?? { done: true, value: undefined };
    if (done) break;
    chunks.push(value);
    length += value.length;
    if (length > MAX_MANIFEST_BYTES) {
      await reader?.cancel();
      throw new AppError('manifest-invalid', "The order's description is larger than 16 MiB.", { reason: '> 16 MiB' });
    }
  }
  const manifest = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    manifest.set(chunk, at);
    at += chunk.length;
  }
  return manifest;
}

function lost(error: unknown): never {
  throw new AppError('offline', "The connection was lost while the order's description came.", {}, { cause: error });
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
  const response = await askService(path, access, { method: 'POST', body });
  const reply = v.safeParse(schema, await response.json().catch(() => undefined));
  if (reply.success) return reply.output;
  throw new AppError('service-unavailable', 'The order service answered something unexpected.');
}

async function askService(path: string, { key, password }: OrderAccess, init: RequestInit): Promise<Response> {
  const headers = {
    Authorization: `Bearer ${key ?? ''}`,
    ...(password !== undefined && { [PASSWORD_HEADER]: toBase64Url(password) }),
    ...(init.body ? { 'Content-Type': 'application/json' } : {}),
  };
  const response = await request(path, { ...init, headers });
  if (response.ok) return response;
  const reply = v.safeParse(ErrorReply, await response.json().catch(() => undefined));
  const known = reply.success && reply.output.code in errorRules;
  if (known && response.status < 500) {
    const seconds = Number(response.headers.get('Retry-After') ?? 0);
    const retryAfter = Math.min(MAX_RETRY_AFTER, seconds * 1000) || 0;
    throw new AppError(reply.output.code as ErrorCode, reply.output.message, { retryAfter });
  }
  throw new AppError('service-unavailable', `The order service answered ${response.status}.`);
}

/** What a static link leads to. The store says `403` when its life is over: nobody but the sender can renew it. */
async function readStatic(at: string, manifest: string): Promise<StaticGrants> {
  const response = await askStore(at);
  const grants = v.safeParse(StaticGrants, await response.json().catch(() => undefined));
  if (grants.success && grants.output.manifest === manifest) return grants.output;
  throw new AppError('link-invalid', 'The link leads to something that is not this order.');
}

async function askStore(url: string): Promise<Response> {
  const init = { credentials: 'omit', referrerPolicy: 'no-referrer' } as const;
  const response = await request(url, init);
  if (response.ok) return response;
  const gone = response.status >= 400 && response.status < 500 && response.status !== 429;
  if (gone) throw new AppError('link-expired', 'The link has expired. Everything received is kept.');
  throw new AppError('service-unavailable', `The store answered ${response.status}.`);
}

async function request(url: string, init: RequestInit): Promise<Response> {
  const signal = AbortSignal.timeout(PATIENCE);
  const response = await fetch(url, { ...init, cache: 'no-store', signal }).catch(async (error: unknown) => {
    const why = await whyUnreachable(url);
    // the own origin answers, only not to this: the service behind it is away
    if (why.code !== 'source-unreachable' || !url.startsWith('/')) throw why;
    throw new AppError('service-unavailable', 'The order service cannot be reached.', {}, { cause: error });
  });
  if (response.ok && isHtml(response)) {
    await response.body?.cancel();
    throw signInNeeded();
  }
  return response;
}

function toBase64Url(text: string): string {
  const binary = String.fromCharCode(...new TextEncoder().encode(text));
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
