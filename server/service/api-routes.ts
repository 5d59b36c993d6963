import { createHash } from 'node:crypto';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import * as v from 'valibot';
import { AppError } from '../../src/order/errors.ts';
import { MANIFEST_TYPE, type ManifestFile } from '../../src/order/manifest.ts';
import {
  GrantRequest,
  PASSWORD_HEADER,
  ReceiptRequest,
  type GrantReply,
  type ReceiptReply,
} from '../../src/order/service-api.ts';
import { shortId } from '../orders/order-keys.ts';
import type { AuditEvent, AuditLog } from '../orders/audit-log.ts';
import { keyHash, type Layout } from '../store/layout.ts';
import type { GrantOptions, ObjectStore } from '../store/object-store.ts';
import { toRecord, type ReceiptRecord } from '../store/records.ts';
import type { Metrics } from './metrics.ts';
import { networkOf } from './network-of.ts';
import { keyOf, type Access, type OrderAccess } from './order-access.ts';
import { publicError, replyError } from './reply-error.ts';

/** Makes URLs of objects: a store, or a gateway in front of one. */
export interface Granter {
  grant(key: string, options: GrantOptions): Promise<string>;
}

/** What the API needs. */
export interface ApiOptions {
  readonly store: ObjectStore;
  readonly layout: Layout;
  readonly granter: Granter;
  /** Further stores that hold the same objects. */
  readonly mirrors: readonly Granter[];
  readonly access: OrderAccess;
  readonly audit: AuditLog;
  readonly metrics: Metrics;
  /** Life of a grant in seconds. */
  readonly grantExpiresIn: number;
  /** The time in ms since the epoch. */
  readonly now: () => number;
}

/** By address, behind which there may be a whole company; and by key. */
const ADDRESS_REQUESTS_A_MINUTE = 600;
const KEY_REQUESTS_A_MINUTE = 300;
/** By key and network, so that whoever knows it can go on while another one guesses; and by key over all of them. */
const PASSWORDS_A_MINUTE = 10;
const PASSWORDS_AN_HOUR = 100;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Who asks is counted for so many addresses and keys, some hundred bytes each; the plugin's own 5,000 are soon flooded. */
const COUNTED = 100_000;

/** Refusals of a key that there is; with the others it may be anything. */
const KEY_IS_KNOWN: readonly string[] = ['key-expired', 'key-revoked', 'password-needed'];

type OrderRequest = FastifyRequest<{ Params: { readonly id: string; readonly sha256: string } }>;

/** Adds the order service's requests, as `src/order/service-api.ts` describes them. */
export async function addApiRoutes(app: FastifyInstance, options: ApiOptions): Promise<void> {
  const { access, audit, metrics, granter, mirrors, grantExpiresIn } = options;
  await app.register(rateLimit, {
    max: ADDRESS_REQUESTS_A_MINUTE,
    timeWindow: MINUTE,
    cache: COUNTED,
    // IPv6 is counted by networks of 64 bits, as `networkOf` does
    errorResponseBuilder: (_request, { ttl }) => tooMany('requests from this address', ttl),
  });
  const keyLimit = limiter(app, 'requests with this link', KEY_REQUESTS_A_MINUTE, MINUTE, requestKey);
  const guess = 'tries of the password';
  const from = (request: FastifyRequest): string => `${requestKey(request)} ${networkOf(request.ip)}`;
  const nearLimit = limiter(app, guess, PASSWORDS_A_MINUTE, MINUTE, from);
  const farLimit = limiter(app, guess, PASSWORDS_AN_HOUR, HOUR, requestKey);
  const passwordLimit = async (request: FastifyRequest): Promise<void> => {
    // one network alone does not use up what there is for all
    await nearLimit(request);
    await farLimit(request);
  };
  const note = (
    request: FastifyRequest,
    event: Omit<AuditEvent, 'time' | 'address' | 'request'>,
    kind?: string,
  ): void => {
    audit.add({ ...event, address: request.ip, request: request.id }, kind);
    request.log.info({ audit: event }, 'order used');
  };
  app.addHook('onSend', async (_request, reply) => void reply.header('cache-control', 'no-store'));
  app.setErrorHandler((thrown: Error, request, reply) => {
    const { code } = publicError(thrown);
    metrics.refused.inc({ code });
    const known = KEY_IS_KNOWN.includes(code) ? keyOf(request.headers.authorization) : undefined;
    const order = ((request as OrderRequest).params.id ?? '').slice(0, 64);
    const key = known && shortId(keyHash(known));
    // who floods the service with refusals fills neither the log nor its memory: what they made up makes no new event
    const kind = [code, networkOf(request.ip), ...(key ? [order, key] : [])].join(' ');
    note(request, { action: 'refused', order, code, ...(key && { key }) }, kind);
    return replyError(thrown, request, reply);
  });
  const open = async (request: FastifyRequest, id: string, sha256: string): Promise<Access> => {
    await keyLimit(request);
    const password = request.headers[PASSWORD_HEADER];
    const credentials = {
      authorization: request.headers.authorization,
      password: typeof password === 'string' ? password : undefined,
    };
    return access.open(id, sha256, credentials, () => passwordLimit(request));
  };

  app.get('/api/orders/:id/manifests/:sha256', async (request: OrderRequest, reply) => {
    const { id, sha256 } = request.params;
    const { bytes, keyId } = await open(request, id, sha256);
    note(request, { action: 'manifest', order: id, key: keyId });
    return reply.type(MANIFEST_TYPE).send(Buffer.from(bytes.buffer));
  });

  app.post('/api/orders/:id/grants', async (request: OrderRequest) => {
    const { id } = request.params;
    const { manifest: sha256, files } = read(GrantRequest, request.body);
    const { manifest, keyId } = await open(request, id, sha256);
    const chosen = files.map((index) => ({ index, file: fileAt(manifest.files, index) }));
    const grants = chosen.map(async ({ index, file }) => {
      const options = { expiresIn: grantExpiresIn, fileName: file.path.split('/').pop() ?? file.path };
      if (file.object === undefined) throw new AppError('not-found', `${file.path} has no object in the store.`);
      const { object, version } = file;
      // a version is the first store's: mirrors number their own
      const [url, ...more] = await Promise.all([
        granter.grant(object, { ...options, ...(version !== undefined && { version }) }),
        ...mirrors.map((each) => each.grant(object, options)),
      ]);
      return { file: index, url, expiresIn: grantExpiresIn * 1000, ...(more.length > 0 && { mirrors: more }) };
    });
    const reply: v.InferOutput<typeof GrantReply> = { grants: await Promise.all(grants) };
    metrics.grants.inc(files.length);
    note(request, { action: 'grants', order: id, key: keyId, files: files.length });
    return reply;
  });

  app.post('/api/orders/:id/receipts', { bodyLimit: 256 * 1024 }, async (request: OrderRequest) => {
    const { id } = request.params;
    const { manifest: sha256, files } = read(ReceiptRequest, request.body);
    const { manifest, hash, keyId } = await open(request, id, sha256);
    for (const receipt of files) {
      if (fileAt(manifest.files, receipt.file).sha256 !== receipt.sha256)
        throw invalid(`files: ${receipt.sha256} is not the SHA-256 of file ${receipt.file}`);
    }
    await keepReceipts(id, { manifest: sha256, key: hash, files }, options);
    metrics.receipts.inc(files.length);
    note(request, { action: 'receipts', order: id, key: keyId, files: files.length });
    return { received: files.length } satisfies v.InferOutput<typeof ReceiptReply>;
  });
}

/** Writes a batch once: its name is made of what it says, so that the same batch again finds itself there. */
async function keepReceipts(
  order: string,
  batch: Omit<ReceiptRecord, 'receivedAt'>,
  { store, layout, now }: ApiOptions,
): Promise<void> {
  const digest = createHash('sha256').update(JSON.stringify(batch)).digest('hex');
  const record: ReceiptRecord = { ...batch, receivedAt: new Date(now()).toISOString() };
  await store.putNew(layout.receiptBatch(order, digest), toRecord(record), 'application/json');
}

function limiter(
  app: FastifyInstance,
  what: string,
  max: number,
  timeWindow: number,
  keyGenerator: (request: FastifyRequest) => string,
): (request: FastifyRequest) => Promise<void> {
  // the plugin's types leave `cache` out here
  const limits = { max, timeWindow, cache: COUNTED, keyGenerator };
  const check = app.createRateLimit(limits);
  return async (request) => {
    const limit = await check(request);
    if (!limit.isAllowed && limit.isExceeded) throw tooMany(what, limit.ttl);
  };
}

function requestKey({ headers, ip }: FastifyRequest): string {
  const key = keyOf(headers.authorization);
  return key === undefined ? networkOf(ip) : keyHash(key);
}

function read<const T extends v.GenericSchema>(schema: T, body: unknown): v.InferOutput<T> {
  const request = v.safeParse(schema, body);
  if (request.success) return request.output;
  throw invalid(`${v.getDotPath(request.issues[0]) ?? 'the body'}: ${request.issues[0].message}`);
}

function fileAt(files: readonly ManifestFile[], index: number): ManifestFile {
  const file = files[index];
  if (!file) throw invalid(`files: the order has no file ${index}`);
  return file;
}

function invalid(reason: string): AppError {
  return new AppError('request-invalid', `The request was refused: ${reason}.`, { reason });
}

/** `wait` in ms. */
function tooMany(what: string, wait: number): AppError {
  const retryAfter = Math.ceil(wait / 1000);
  const until = retryAfter > 60 ? `${Math.ceil(retryAfter / 60)} minutes` : 'a minute';
  return new AppError('server-busy', `Too many ${what}. Wait ${until}; nothing is lost.`, { retryAfter });
}
