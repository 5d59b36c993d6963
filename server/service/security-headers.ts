import type { FastifyHelmetOptions } from '@fastify/helmet';

/** The headers of the app's pages. `appUrl` decides on HSTS and on what the page may connect to. */
export function securityHeaders(appUrl: string, grantOrigin: string): FastifyHelmetOptions {
  const secure = appUrl.startsWith('https:');
  // share links point anywhere; from an https page the browser lets only https through anyhow
  const anywhere = secure ? ['https:'] : ['https:', 'http:'];
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'", ...anywhere, grantOrigin],
        workerSrc: ["'self'"],
        manifestSrc: ["'self'"],
        frameAncestors: ["'none'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
      },
    },
    strictTransportSecurity: secure ? { maxAge: 15_552_000 } : false,
    crossOriginOpenerPolicy: secure,
  };
}
