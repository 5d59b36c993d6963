import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MAX_MANIFEST_BYTES } from '../order/manifest.ts';
import { accessOf, fetchGrants, fetchManifest } from './access.ts';
import type { OrderRecord } from './ports.ts';

const link = { id: 'A-1', key: 'k'.repeat(43), manifest: 'a'.repeat(64) };
let service: () => Promise<Response>;
let own: () => Promise<Partial<Response>>;
let signal: AbortSignal | undefined;

beforeEach(() => {
  own = () => Promise.resolve({ type: 'basic' });
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
    if (url === '/healthz') return own();
    signal = init.signal ?? undefined;
    return service();
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** The manifest as text, or the error's code. */
async function open(answer: () => Response | Promise<Response>): Promise<string> {
  service = async () => answer();
  try {
    return new TextDecoder().decode(await fetchManifest(link, accessOf(link)));
  } catch (error) {
    return (error as { code: string }).code;
  }
}

/** A body of these chunks, which breaks off behind them unless it `ends`. */
function body(chunks: readonly Uint8Array<ArrayBuffer>[], ends: boolean): ReadableStream<Uint8Array<ArrayBuffer>> {
  const left = [...chunks];
  return new ReadableStream({
    pull(controller) {
      const next = left.shift();
      if (next) controller.enqueue(next);
      else if (ends) controller.close();
      else controller.error(new TypeError('network error'));
    },
  });
}
/** A body of these chunks, one every `ms`, behind which comes its end or nothing more. */
function every(
  ms: number,
  chunks: readonly Uint8Array<ArrayBuffer>[],
  ends = true,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const left = [...chunks];
  return new ReadableStream({
    start: (controller) => signal?.addEventListener('abort', () => controller.error(signal?.reason)),
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, ms));
      const next = left.shift();
      if (next) controller.enqueue(next);
      else if (ends) controller.close();
      else await new Promise<never>(() => undefined);
    },
  });
}
const bytes = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(length).fill(120);
const failed = (): never => {
  throw new TypeError('Failed to fetch');
};

describe('the description of an order', () => {
  it('comes whole', async () => {
    expect(await open(() => new Response(body([bytes(2), bytes(3)], true)))).toBe('xxxxx');
    expect(await open(() => new Response(null))).toBe('');
  });

  it('39: is never read beyond 16 MiB, whatever its headers say', async () => {
    const megabyte = bytes(1024 * 1024);
    expect(await open(() => new Response(body(Array<typeof megabyte>(17).fill(megabyte), true)))).toBe(
      'manifest-invalid',
    );
    expect(MAX_MANIFEST_BYTES).toBe(16 * 1024 * 1024);
  });

  it('33: breaks off with the network, which is no defect of the engine', async () => {
    own = failed;
    expect(await open(() => new Response(body([bytes(10)], false)))).toBe('offline');
    own = () => Promise.resolve({ type: 'basic' });
    expect(await open(() => new Response(body([bytes(10)], false)))).toBe('service-unavailable');
  });

  it('27: may take minutes on a slow line; a silence of 20 s in its middle is named within 30 s', async () => {
    vi.useFakeTimers();
    const slow = open(() => new Response(every(15_000, Array<ReturnType<typeof bytes>>(8).fill(bytes(1)))));
    await vi.advanceTimersByTimeAsync(150_000);
    expect(await slow).toBe('xxxxxxxx');
    let said: string | undefined;
    void open(() => new Response(every(15_000, [bytes(1)], false))).then((code) => (said = code));
    await vi.advanceTimersByTimeAsync(15_000 + 19_000);
    expect(said).toBeUndefined();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(said).toBe('service-unavailable');
  });

  it('30: is a login page: the network wants a sign-in', async () => {
    const headers = { 'Content-Type': 'text/html; charset=utf-8' };
    expect(await open(() => new Response('<form>', { headers }))).toBe('sign-in-needed');
    expect(await open(() => new Response('', { status: 511 }))).toBe('sign-in-needed');
    own = () => Promise.resolve({ type: 'opaqueredirect' });
    expect(await open(failed)).toBe('sign-in-needed');
  });

  it('41: does not come while the service is away, or everything is', async () => {
    expect(await open(failed)).toBe('service-unavailable');
    expect(await open(() => new Response('', { status: 502 }))).toBe('service-unavailable');
    own = failed;
    expect(await open(failed)).toBe('offline');
  });

  it('21: is refused in the words of the service', async () => {
    expect(await open(() => Response.json({ code: 'key-revoked', message: 'Ended.' }, { status: 403 }))).toBe(
      'key-revoked',
    );
  });
});

describe('the document of a static link', () => {
  const record = { order: link.manifest, at: 'https://store.test/grants.json' } as OrderRecord;
  const document = {
    version: 1,
    manifest: link.manifest,
    manifestUrl: 'https://store.test/manifest',
    expiresAt: '2026-01-01T00:00:00Z',
    urls: ['https://store.test/a'],
  };
  const grants = async (answer: () => Response): Promise<string> => {
    service = async () => answer();
    return fetchGrants(record, [0]).then(
      ([first]) => first?.urls[0] ?? '',
      (error: unknown) => (error as { code: string }).code,
    );
  };

  it('gives the addresses of all files', async () => {
    expect(await grants(() => Response.json(document))).toBe('https://store.test/a');
  });

  it.each([
    ['cut off', () => new Response(JSON.stringify(document).slice(0, -30)), 'service-unavailable'],
    ['broken off', () => new Response(body([bytes(10)], false)), 'source-unreachable'],
    ['not given at the moment', () => new Response('', { status: 503 }), 'service-unavailable'],
    ['asked for too often', () => new Response('', { status: 429 }), 'service-unavailable'],
    ['behind a proxy that wants a password', () => new Response('', { status: 407 }), 'source-unreachable'],
  ] as const)('is waited for when it is %s: that ends nothing', async (_, answer, code) => {
    expect(await grants(answer)).toBe(code);
  });

  it('ends the link when its life is over, and is refused when it is that of another order', async () => {
    expect(await grants(() => new Response('', { status: 403 }))).toBe('link-expired');
    expect(await grants(() => Response.json({ ...document, manifest: 'b'.repeat(64) }))).toBe('link-invalid');
  });
});
