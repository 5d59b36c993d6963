import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import { contentDisposition } from '../store/content-disposition.ts';
import type { FolderStore } from '../store/folder-store.ts';
import type { Layout } from '../store/layout.ts';

interface StoreRequest {
  readonly Params: { readonly '*': string };
  readonly Querystring: { readonly expires?: unknown; readonly signature?: unknown };
}

/** Serves a folder store's bytes for signed URLs, as S3 would: ranges, and XML errors. To be registered below `STORE_PATH`. `now` gives ms since the epoch. */
export function addStoreRoutes(app: FastifyInstance, store: FolderStore, layout: Layout, now: () => number): void {
  app.setNotFoundHandler((_request, reply) => xmlError(reply, 404, 'NoSuchKey', 'The specified key does not exist.'));
  app.setErrorHandler((error: FastifyError & { readonly headers?: Record<string, string> }, request, reply) => {
    if (error.statusCode !== 416) {
      request.log.error({ err: error }, 'request failed');
      return xmlError(reply, 500, 'InternalError', 'The store failed. Please try again.');
    }
    // says the size: `bytes */0` is how a page learns of an empty file
    void reply.headers({ 'content-range': error.headers?.['Content-Range'], 'accept-ranges': 'bytes' });
    return xmlError(reply, 416, 'InvalidRange', 'The requested range is not satisfiable');
  });
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
  });

  app.get<StoreRequest>('/*', async ({ params, query }, reply) => {
    const key = params['*'];
    const verdict = store.checkGrant(key, query, now());
    if (verdict === 'expired') return xmlError(reply, 403, 'AccessDenied', 'Request has expired');
    if (verdict === 'invalid' || !layout.isFile(key))
      return xmlError(reply, 403, 'AccessDenied', 'The signature does not match');
    const name = key.slice(key.lastIndexOf('/') + 1);
    void reply.headers({ 'content-disposition': contentDisposition(name), 'content-type': 'application/octet-stream' });
    return reply.sendFile(key, store.root, { dotfiles: 'deny', contentType: false, cacheControl: false, index: false });
  });
}

function xmlError(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  void reply.removeHeader('content-disposition');
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return reply.code(status).type('application/xml').send(body);
}
