import type { FastifyHelmetOptions } from '@fastify/helmet';

/** What the page's policy depends on. */
export interface HeaderOptions {
  /** The app's public address; decides on HSTS. */
  readonly appUrl: string;
  /** Origins that grants lead to. */
  readonly grantOrigins: readonly string[];
  /** The only other origins that the page may fetch from, for share links; any https host when left out. */
  readonly connectTo?: readonly string[] | undefined;
}

/**
 * The headers of the app's pages: nothing inline, nothing of another host but bytes of orders, Trusted Types enforced (Lit's own
 * policy, and `src/trusted-url.ts`).
 */
export function securityHeaders({ appUrl, grantOrigins, connectTo }: HeaderOptions): FastifyHelmetOptions {
  const secure = appUrl.startsWith('https:');
  const own = ["'self'"];
  // tried out on this computer, neither page nor store has https
  const anywhere = secure ? ['https:'] : ['https:', 'http://localhost:*', 'http://127.0.0.1:*'];
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: own,
        styleSrc: own,
        imgSrc: own,
        connectSrc: [...new Set([...own, ...(connectTo ?? anywhere), ...grantOrigins])],
        mediaSrc: own,
        workerSrc: own,
        manifestSrc: own,
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        requireTrustedTypesFor: ["'script'"],
        trustedTypes: ['lit-html', 'holdfast'],
      },
    },
    strictTransportSecurity: secure ? { maxAge: 15_552_000 } : false,
    crossOriginOpenerPolicy: secure,
  };
}
