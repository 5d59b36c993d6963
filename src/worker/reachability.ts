import { AppError } from '../order/errors.ts';

/** Hosts behind which Chrome 142 and later asks the user before a public page may reach them (Local Network Access). */
const LOCAL =
  /^(localhost|.*\.local|127\..*|10\..*|192\.168\..*|169\.254\..*|172\.(1[6-9]|2\d|3[01])\..*|\[(::1|f[cd].*|fe80.*)\])$/;

/** Hosts that the page's own policy (`connect-src`) keeps it from: a deployment may name those that it fetches from. */
const blocked = new Set<string>();
globalThis.addEventListener?.('securitypolicyviolation', (event: Event) => {
  const { blockedURI } = event as SecurityPolicyViolationEvent;
  if (URL.canParse(blockedURI)) blocked.add(new URL(blockedURI).host);
});

/**
 * Why a request failed. DNS, TLS, CORS and a pulled cable look the same to a page (one `TypeError`): asking the app's own origin
 * tells them apart, and a redirect of that question is a network that wants a sign-in.
 */
export async function whyUnreachable(url: string | undefined): Promise<AppError> {
  const own = await askOwnOrigin();
  if (own === 'silent') return new AppError('offline', 'No network. Everything is kept; goes on when it is back.');
  if (own === 'redirected') return signInNeeded();
  const host = url !== undefined && URL.canParse(url) ? new URL(url).host : '';
  // the browser told of it before the own origin answered
  if (blocked.has(host)) {
    return new AppError('host-blocked', `The page's own policy does not let it fetch from ${host}.`, { host });
  }
  const local = LOCAL.test(host.replace(/:\d+$/, ''));
  if (local && (await localNetworkDenied())) {
    return new AppError('network-permission', `The browser does not let this page reach ${host}.`, { host });
  }
  const message = `${host || 'The server with the files'} cannot be reached, though the app's own server can.`;
  return new AppError('source-unreachable', message, { ...(host && { host }), ...(local && { local: 1 }) });
}

/** The network answers in the server's place. */
export function signInNeeded(): AppError {
  return new AppError('sign-in-needed', 'The network wants you to sign in. Everything is kept; goes on after that.');
}

/** A proxy stands between (407). Chrome shows such an answer to no page: there it is a request that failed. */
export function proxyWantsPassword(url: string): AppError {
  const { host } = new URL(url, globalThis.location?.href);
  return new AppError('source-unreachable', `A proxy on the way to ${host} asks for a password.`, { host });
}

/** A page where none was asked for: a login, most likely. */
export function isHtml({ headers }: Response): boolean {
  return /^text\/html\b/i.test(headers.get('Content-Type') ?? '');
}

async function askOwnOrigin(): Promise<'answers' | 'redirected' | 'silent'> {
  try {
    const signal = AbortSignal.timeout(5_000);
    const response = await fetch('/healthz', { cache: 'no-store', redirect: 'manual', signal });
    return response.type === 'opaqueredirect' ? 'redirected' : 'answers';
  } catch {
    return 'silent';
  }
}

/** Only Chrome knows this permission; others throw. */
async function localNetworkDenied(): Promise<boolean> {
  try {
    const name = 'local-network-access' as PermissionName;
    return (await navigator.permissions.query({ name })).state === 'denied';
  } catch {
    return false;
  }
}
