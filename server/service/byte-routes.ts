import type { ServerResponse } from 'node:http';
import { basename } from 'node:path/posix';
import { Readable } from 'node:stream';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { contentDisposition } from '../store/content-disposition.ts';
import { FolderStore } from '../store/folder-store.ts';
import type { Gateway } from '../store/gateway.ts';
import type { Layout } from '../store/layout.ts';
import type { SignedQuery } from '../store/signed-url.ts';
import { networkOf } from './network-of.ts';
import { OpenStreams, type StreamLimits } from './open-streams.ts';

/** What the byte routes need. */
export interface ByteOptions {
  readonly source: FolderStore | Gateway;
  readonly layout: Layout;
  /** The time in ms since the epoch. */
  readonly now: () => number;
  readonly limits: StreamLimits;
  /** Told how many bytes of files go out, as they do. */
  readonly onBytes: (count: number) => void;
}

interface ByteRequest {
  readonly Params: { readonly '*': string };
  readonly Querystring: SignedQuery;
}

/** Serves a store's bytes for signed URLs, as S3 would: ranges, and XML errors. To be registered below `STORE_PATH`. */
export function addByteRoutes(app: FastifyInstance, { source, layout, now, limits, onBytes }: ByteOptions): void {
  /** What each answer frees at its end. */
  const running = new Map<ServerResponse, () => void>();
  const streams = new OpenStreams(limits);
  app.setNotFoundHandler((_request, reply) => notThere(reply));
  app.setErrorHandler((error: FastifyError & { readonly headers?: Record<string, string> }, request, reply) => {
    if (error.statusCode === 416) return unsatisfied(reply, error.headers?.['Content-Range']);
    request.log.error({ err: error }, 'request failed');
    return xmlError(reply, 500, 'InternalError', 'The store failed. Please try again.');
  });
  app.addHook('onRequest', async (_request, reply) => {
    running.set(reply.raw, () => undefined);
    reply.raw.once('close', () => {
      running.get(reply.raw)?.();
      running.delete(reply.raw);
    });
  });
  // a page goes on by itself, so nobody has to wait for a long download when the service stops
  app.addHook('preClose', async () => running.forEach((_leave, response) => response.destroy()));
  app.addHook('onSend', async (_request, reply, payload) => {
    // bytes that come from the app's own origin must never act as a page of it
    void reply.headers({
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'ETag, Content-Range, Accept-Ranges, Content-Length, Retry-After',
      'cache-control': 'no-store',
      'content-security-policy': 'sandbox',
      'cross-origin-resource-policy': 'cross-origin',
      'x-content-type-options': 'nosniff',
    });
    // a paused stream stays so until it is piped: this only listens
    if (payload instanceof Readable) payload.pause().on('data', (chunk: Buffer) => onBytes(chunk.length));
  });

  /** Checks what was signed and says what the bytes are; true when they may be sent. */
  const allow = ({ params, query }: FastifyRequest<ByteRequest>, reply: FastifyReply): boolean => {
    const key = params['*'];
    const verdict = source.checkGrant(key, query, now());
    // objects that were published in place stay under their own keys, which only a gateway serves
    const isFile = layout.isFile(key) || (!(source instanceof FolderStore) && !layout.isOwn(key));
    if (verdict === 'expired') void xmlError(reply, 403, 'AccessDenied', 'Request has expired');
    else if (verdict === 'invalid' || !isFile)
      void xmlError(reply, 403, 'AccessDenied', 'The signature does not match');
    else {
      void reply.headers({
        'content-disposition': contentDisposition(basename(key)),
        'content-type': 'application/octet-stream',
        'accept-ranges': 'bytes',
      });
      return true;
    }
    return false;
  };

  // not Fastify's own route for HEAD, which would fetch the whole object and throw it away
  app.get<ByteRequest>('/*', { exposeHeadRoute: false }, async (request, reply) => {
    const { params, query, headers, ip } = request;
    const key = params['*'];
    if (!allow(request, reply)) return reply;
    const leave = streams.enter(String(query.signature), networkOf(ip));
    if (!leave) return xmlError(reply.header('retry-after', '5'), 503, 'SlowDown', 'Too many transfers at once.');
    if (running.has(reply.raw)) running.set(reply.raw, leave);
    else leave();
    if (source instanceof FolderStore) return sendFile(reply, key, source);
    // one range or none (RFC 9110, section 14.2: a server may ignore the field)
    const range = /^bytes=\d*-\d*$/.test(headers.range ?? '') ? headers.range : undefined;
    const object = await source.open(key, range, query.version);
    if (!object) return notThere(reply);
    if ('unsatisfied' in object) return unsatisfied(reply, `bytes */${object.unsatisfied}`);
    const { body, length, contentRange, etag } = object;
    void reply.headers({
      'content-length': length,
      ...(etag !== undefined && { etag }),
      ...(contentRange !== undefined && { 'content-range': contentRange }),
    });
    return reply.code(contentRange === undefined ? 200 : 206).send(body);
  });

  app.head<ByteRequest>('/*', async (request, reply) => {
    const key = request.params['*'];
    if (!allow(request, reply)) return reply;
    if (source instanceof FolderStore) return sendFile(reply, key, source);
    const found = await source.head(key, request.query.version);
    if (!found) return notThere(reply);
    return reply.headers({ 'content-length': found.size, etag: found.etag }).send();
  });
}

/** The bytes of a file in a folder store, or one range of them; of HEAD, what there is to tell. */
function sendFile(reply: FastifyReply, key: string, { root }: FolderStore): FastifyReply {
  return reply.sendFile(key, root, { dotfiles: 'deny', contentType: false, cacheControl: false, index: false });
}

function notThere(reply: FastifyReply): FastifyReply {
  return xmlError(reply, 404, 'NoSuchKey', 'The specified key does not exist.');
}

function unsatisfied(reply: FastifyReply, contentRange: string | undefined): FastifyReply {
  // says the size: `bytes */0` is how a page learns of an empty file
  void reply.headers({ 'content-range': contentRange, 'accept-ranges': 'bytes' });
  return xmlError(reply, 416, 'InvalidRange', 'The requested range is not satisfiable');
}

function xmlError(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  void reply.removeHeader('content-disposition');
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return reply.code(status).type('application/xml').send(body);
}
