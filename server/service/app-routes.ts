import type { FastifyInstance } from 'fastify';

/** Serves the built app below `folder`. Only files with a hash in their name are kept by the browser. */
export function addAppRoutes(app: FastifyInstance, folder: string): void {
  app.get<{ Params: { readonly '*': string } }>('/*', async ({ params }, reply) => {
    const path = params['*'] === '' ? 'index.html' : params['*'];
    const fixed = path.startsWith('assets/');
    void reply.header('cache-control', fixed ? 'public, max-age=31536000, immutable' : 'no-cache');
    return reply.sendFile(path, folder, { cacheControl: false, dotfiles: 'ignore' });
  });
}
