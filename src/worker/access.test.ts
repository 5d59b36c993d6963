import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MAX_MANIFEST_BYTES } from '../order/manifest.ts';
import { accessOf, fetchManifest } from './access.ts';

const link = { id: 'A-1', key: 'k'.repeat(43), manifest: 'a'.repeat(64) };
let service: () => Promise<Response>;
let own: () => Promise<Partial<Response>>;

beforeEach(() => {
  own = () => Promise.resolve({ type: 'basic' });
  vi.stubGlobal('fetch', (url: string) => (url === '/healthz' ? own() : service()));
});
afterEach(() => void vi.unstubAllGlobals());

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
    expect(await open(() => new Response(body([bytes(10)], false)))).toBe('offline');
  });

  it('30: is a login page: the network wants a sign-in', async () => {
    const headers = { 'Content-Type': 'text/html; charset=utf-8' };
    expect(await open(() => new Response('<form>', { headers }))).toBe('sign-in-needed');
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
