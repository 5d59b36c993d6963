import type { ServerResponse } from 'node:http';
import { basename } from 'node:path/posix';
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import { contentDisposition } from '../store/content-disposition.ts';
import { FolderStore } from '../store/folder-store.ts';
import type { Gateway } from '../store/gateway.ts';
import type { Layout } from '../store/layout.ts';
import type { SignedQuery } from '../store/signed-url.ts';

/** What the byte routes need. */
export interface ByteOptions {
  readonly source: FolderStore | Gateway;
  readonly layout: Layout;
  /** The time in ms since the epoch. */
  readonly now: () => number;
  /** Told how many bytes go out. */
  readonly onBytes: (count: number) => void;
}

interface ByteRequest {
  readonly Params: { readonly '*': string };
  readonly Querystring: SignedQuery;
}

/** Serves a store's bytes for signed URLs, as S3 would: ranges, and XML errors. To be registered below `STORE_PATH`. */
export function addByteRoutes(app: FastifyInstance, { source, layout, now, onBytes }: ByteOptions): void {
  const running = new Set<ServerResponse>();
  app.setNotFoundHandler((_request, reply) => xmlError(reply, 404, 'NoSuchKey', 'The specified key does not exist.'));
  app.setErrorHandler((error: FastifyError & { readonly headers?: Record<string, string> }, request, reply) => {
    if (error.statusCode === 416) return unsatisfied(reply, error.headers?.['Content-Range']);
    request.log.error({ err: error }, 'request failed');
    return xmlError(reply, 500, 'InternalError', 'The store failed. Please try again.');
  });
  app.addHook('onRequest', async (_request, reply) => {
    running.add(reply.raw);
    reply.raw.once('close', () => running.delete(reply.raw));
  });
  // a page goes on by itself, so nobody has to wait for a long download when the service stops
  app.addHook('preClose', async () => running.forEach((response) => response.destroy()));
  app.addHook('onSend', async (_request, reply) => {
    // bytes that come from the app's own origin must never act as a page of it
    void reply.headers({
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'ETag, Content-Range, Accept-Ranges, Content-Length, Retry-After',
      'cache-control': 'no-store',
      'content-security-policy': 'sandbox',
      'cross-origin-resource-policy': 'cross-origin',
      'x-content-type-options': 'nosniff',
    });
    onBytes(Number(reply.getHeader('content-length') ?? 0));
  });

  app.get<ByteRequest>('/*', async ({ params, query, headers }, reply) => {
    const key = params['*'];
    const verdict = source.checkGrant(key, query, now());
    if (verdict === 'expired') return xmlError(reply, 403, 'AccessDenied', 'Request has expired');
    // objects that were published in place stay under their own keys, which only a gateway serves
    const isFile = layout.isFile(key) || (!(source instanceof FolderStore) && !layout.isOwn(key));
    if (verdict === 'invalid' || !isFile) return xmlError(reply, 403, 'AccessDenied', 'The signature does not match');
    void reply.headers({
      'content-disposition': contentDisposition(basename(key)),
      'content-type': 'application/octet-stream',
      'accept-ranges': 'bytes',
    });
    if (source instanceof FolderStore)
      return reply.sendFile(key, source.root, {
        dotfiles: 'deny',
        contentType: false,
        cacheControl: false,
        index: false,
      });
    // one range or none (RFC 9110, section 14.2: a server may ignore the field)
    const range = /^bytes=\d*-\d*$/.test(headers.range ?? '') ? headers.range : undefined;
    const object = await source.open(key, range, query.version);
    if (!object) return xmlError(reply, 404, 'NoSuchKey', 'The specified key does not exist.');
    if ('unsatisfied' in object) return unsatisfied(reply, `bytes */${object.unsatisfied}`);
    const { body, length, contentRange, etag } = object;
    void reply.headers({
      'content-length': length,
      ...(etag !== undefined && { etag }),
      ...(contentRange !== undefined && { 'content-range': contentRange }),
    });
    return reply.code(contentRange === undefined ? 200 : 206).send(body);
  });
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
