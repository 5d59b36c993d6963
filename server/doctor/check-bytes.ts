import { AppError } from '../../src/order/errors.ts';
import { parseContentRange } from '../../src/order/content-range.ts';
import type { OpenStore } from '../store/open-store.ts';
import { findings, type Finding } from './finding.ts';

/** What pages read of an answer, beyond what CORS lets them. The first two decide, the others only help. */
export const EXPOSED_HEADERS = ['Content-Range', 'ETag', 'Accept-Ranges', 'Retry-After'] as const;

/** Bytes that a probe has at least; the first ones of it are asked for. */
const SIZE = 1024;
const PROBE = Buffer.alloc(SIZE, 'holdfast ');
const [FIRST, LAST] = [100, 199];
const TIMEOUT = 15_000;
/** S3 refuses signatures that are further off, in ms. */
const SKEW_REFUSED = 15 * 60_000;
const SKEW_WARNED = 60_000;

type Granter = Pick<OpenStore['store'], 'grant'>;
/** What is fetched; its bytes where they are known. */
interface Probe {
  readonly key: string;
  readonly size: number;
  readonly bytes?: Uint8Array;
}

/** Fetches a small object the way a page at `origin` will: by the public name, in ranges, with CORS. */
export async function checkBytes(target: OpenStore, granter: Granter, origin: string): Promise<Finding[]> {
  const probe = await findProbe(target);
  if (!probe) {
    const message =
      'These credentials may not write, and there is no order yet: nothing was fetched. Publish one first.';
    return [findings('bytes').warn(message)];
  }
  const { key } = probe;
  const url = await granter.grant(key, { expiresIn: 300, fileName: 'probe.bin' });
  const ask = (headers: Readonly<Record<string, string>>, method = 'GET', at = url): Promise<Response> =>
    fetch(at, { method, headers: { origin, ...headers }, signal: AbortSignal.timeout(TIMEOUT) });
  let reply: Response;
  try {
    reply = await ask({ range: `bytes=${FIRST}-${LAST}` });
  } catch (error) {
    return [
      findings('public name').fail(
        `${new URL(url).origin}, where customers fetch the bytes, cannot be reached from here: ${reason(error)}. Check --public-endpoint (a folder store and a gateway: --app, and that serve runs), the certificate and the firewall.`,
      ),
    ];
  }
  const signedAt = new Date(Date.now() - 60_000);
  const expired = await granter.grant(key, { expiresIn: 1, fileName: 'probe.bin', signedAt });
  return [
    checkName(url, reply),
    await checkRange(reply, probe),
    checkClock(reply),
    checkETag(reply),
    checkCors(reply, origin),
    await attempt('expiry', ask({}, 'GET', expired), (answer) => checkExpired(answer, origin)),
    await attempt('HEAD', ask({}, 'HEAD'), checkHead),
  ];
}

/** An object of its own, written once; where the credentials may not write one, a file of an order. */
async function findProbe({ store, layout }: OpenStore): Promise<Probe | undefined> {
  const key = layout.fileAt('doctor', '0'.repeat(12), 'probe.bin');
  const written = await store.putNew(key, PROBE, 'application/octet-stream').then(
    () => true,
    async (error: unknown) => {
      if (!(error instanceof AppError) || error.code !== 'input-invalid') throw error;
      return (await store.head(key)) !== undefined;
    },
  );
  if (written) return { key, size: SIZE, bytes: PROBE };
  for await (const order of store.folders(layout.orders))
    for await (const each of store.list(layout.files(order))) if (each.size >= SIZE) return each;
  return undefined;
}

function reason(error: unknown): string {
  return error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
}

/** A request that breaks off is a finding, too. */
async function attempt(check: string, asked: Promise<Response>, judge: (reply: Response) => Finding): Promise<Finding> {
  try {
    return judge(await asked);
  } catch (error) {
    return findings(check).warn(`The connection broke off: ${reason(error)}. Is a proxy or firewall in between?`);
  }
}

function checkName(url: string, { status, statusText }: Response): Finding {
  const { ok, fail } = findings('public name');
  const { origin } = new URL(url);
  if (status === 206 || status === 200) return ok(`${origin} answers.`);
  return fail(
    `${origin} answers ${status} ${statusText} to a fresh share URL. The host is part of the signature: does a proxy change it? Is --public-endpoint what customers use, and the region right?`,
  );
}

async function checkRange(reply: Response, { size, bytes }: Probe): Promise<Finding> {
  const { ok, fail } = findings('ranges');
  if (reply.status !== 206) {
    void reply.body?.cancel();
    return fail(
      `A range is answered with ${reply.status} instead of 206: nothing could be continued. Is a proxy or CDN in between?`,
    );
  }
  const contentRange = reply.headers.get('content-range');
  const range = parseContentRange(contentRange ?? '');
  if (range?.first !== FIRST || range.last !== LAST || range.total !== size)
    return fail(`Content-Range is ${JSON.stringify(contentRange)} instead of "bytes ${FIRST}-${LAST}/${size}".`);
  const encoding = reply.headers.get('content-encoding') ?? 'identity';
  if (encoding !== 'identity')
    return fail(`The bytes are encoded as ${encoding}: switch compression off for the store.`);
  // broken off is as wrong as other bytes
  const body = await reply.arrayBuffer().catch(() => new ArrayBuffer(0));
  if (body.byteLength !== LAST - FIRST + 1) return fail(`A range brings ${body.byteLength} bytes instead of 100.`);
  if (bytes && Buffer.compare(new Uint8Array(body), bytes.subarray(FIRST, LAST + 1)) !== 0)
    return fail('A range brings other bytes than were written.');
  return ok('A range brings exactly its bytes.');
}

function checkClock(reply: Response): Finding {
  const { ok, warn, fail } = findings('clock');
  const date = Date.parse(reply.headers.get('date') ?? '');
  if (Number.isNaN(date)) return warn('The store does not tell its time.');
  const skew = Math.abs(Date.now() - date);
  const seconds = `${Math.round(skew / 1000)} s`;
  if (skew > SKEW_REFUSED)
    return fail(`This clock and the store’s differ by ${seconds}: the store refuses such URLs. Run NTP on both.`);
  if (skew > SKEW_WARNED) return warn(`This clock and the store’s differ by ${seconds}. Run NTP on both.`);
  return ok(`This clock and the store’s differ by ${seconds}.`);
}

function checkETag(reply: Response): Finding {
  const { ok, warn } = findings('ETag');
  return reply.headers.has('etag')
    ? ok('The store names versions of an object.')
    : warn(
        'There is no ETag: pasted share links cannot notice a file that changed. Orders have hashes and do not need it.',
      );
}

function checkCors(reply: Response, origin: string): Finding {
  const { ok, warn, fail } = findings('CORS');
  const allowed = reply.headers.get('access-control-allow-origin');
  if (allowed !== '*' && allowed !== origin)
    return fail(
      `Pages of ${origin} may not read the bytes. Let doctor set the bucket’s rule: --fix-cors; or allow this origin in the server’s own settings.`,
    );
  const exposed = (reply.headers.get('access-control-expose-headers') ?? '').toLowerCase().split(/\s*,\s*/);
  const missing = EXPOSED_HEADERS.filter((name) => !exposed.includes('*') && !exposed.includes(name.toLowerCase()));
  if (missing.length === 0) return ok(`Pages of ${origin} may read the bytes and the headers they need.`);
  return warn(
    `Pages may not read ${missing.join(', ')}: share links need the first two, orders go without. Let doctor set the bucket’s rule: --fix-cors.`,
  );
}

function checkExpired(reply: Response, origin: string): Finding {
  const { ok, warn, fail } = findings('expiry');
  void reply.body?.cancel();
  if (reply.ok) return fail('A share URL that has expired still works. Is a cache in between that ignores the query?');
  const allowed = reply.headers.get('access-control-allow-origin');
  if (reply.status === 403 && (allowed === '*' || allowed === origin))
    return ok('An expired URL is refused, and pages can read why.');
  return warn(
    `An expired URL is refused with ${reply.status}, but without CORS headers: pages take that for a lost connection and renew later than they could.`,
  );
}

function checkHead(reply: Response): Finding {
  const { ok } = findings('HEAD');
  return ok(
    reply.ok
      ? 'HEAD works with a share URL.'
      : `HEAD is refused (${reply.status}) with a URL that is signed for GET, as usual with S3; Holdfast asks for bytes=0-0 instead.`,
  );
}
