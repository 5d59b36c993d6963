import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { fetchRange, type RangeRequest } from './transfer.ts';

const object = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251);
let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Asks for bytes 1,000–50,999 of a server that answers as `answer` says; the bytes that came, or the error's code. */
async function receive(answer: RequestListener, more: Partial<RangeRequest> = {}): Promise<Uint8Array | string> {
  server = createServer(answer);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const received: number[] = [];
  const request: RangeRequest = {
    url: `http://127.0.0.1:${port}/object`,
    start: 1_000,
    end: 51_000,
    total: object.length,
    hashes: true,
    etag: undefined,
    modified: undefined,
    whole: false,
    signal: new AbortController().signal,
    ...more,
  };
  try {
    await fetchRange(request, (chunk) => void received.push(...chunk));
  } catch (error) {
    return `${(error as { code: string }).code} after ${received.length}`;
  }
  return Uint8Array.from(received);
}

const good: Record<string, string> = { 'Content-Range': 'bytes 1000-50999/100000', 'Content-Length': '50000' };
const right = object.slice(1_000, 51_000);

describe('fetchRange', () => {
  it('asks for the range and gives exactly its bytes', async () => {
    let range: string | undefined;
    const bytes = await receive((request, response) => {
      range = request.headers.range;
      response.writeHead(206, good).end(right);
    });
    expect(range).toBe('bytes=1000-50999');
    expect(bytes).toEqual(right);
  });

  it('believes no wrong Content-Range, total or encoding', async () => {
    const answer = (headers: Record<string, string>) =>
      receive((_, response) => response.writeHead(206, { ...good, ...headers }).end(right));
    expect(await answer({ 'Content-Range': 'bytes 0-49999/100000' })).toBe('range-wrong after 0');
    expect(await answer({ 'Content-Range': 'bytes 1000-50999/100001' })).toBe('range-wrong after 0');
    expect(await answer({ 'Content-Range': 'nonsense' })).toBe('range-wrong after 0');
  });

  it('keeps what came of a body that is too short', async () => {
    const answer: RequestListener = (_, response) => {
      response.writeHead(206, { 'Content-Range': good['Content-Range'] }).end(right.subarray(0, 20_000));
    };
    expect(await receive(answer)).toBe('connection-lost after 20000');
  });

  it('cuts a body that is too long at the expected byte, and says so', async () => {
    const answer: RequestListener = (_, response) => {
      response.writeHead(206, { 'Content-Range': good['Content-Range'], ETag: '"x"' }).end(object.subarray(1_000));
    };
    expect(await receive(answer)).toBe('range-wrong after 50000');
    expect(await receive(answer, { hashes: false, etag: '"x"' })).toMatch(/^range-wrong after (?!50000)/);
  });

  it('keeps what came before a reset', async () => {
    const answer: RequestListener = (_, response) => {
      response.writeHead(206, good);
      response.write(right.subarray(0, 10_000), () => setImmediate(() => response.destroy()));
    };
    expect(await receive(answer)).toMatch(/^connection-lost after \d+$/);
  });

  it.each([
    [200, 'range-ignored'],
    [403, 'grant-expired'],
    [404, 'not-found'],
    [416, 'range-wrong'],
    [429, 'server-busy'],
    [500, 'server-error'],
    [503, 'server-busy'],
    [418, 'unexpected-status'],
  ])('takes status %i for %s and writes nothing', async (status, code) => {
    expect(await receive((_, response) => response.writeHead(status).end('x'))).toBe(`${code} after 0`);
  });

  it('binds an ETag and the size where there are no hashes', async () => {
    const answer: RequestListener = (_, response) => response.writeHead(206, { ...good, ETag: '"new"' }).end(right);
    expect(await receive(answer, { hashes: false, etag: '"old"' })).toBe('changed-by-sender after 0');
    expect(await receive(answer, { hashes: false, etag: '"new"' })).toEqual(right);
    expect(await receive(answer)).toEqual(right);
  });

  it('binds the time of the last change where the ETag is hidden, and gives up where that is hidden too', async () => {
    const [before, after] = ['Mon, 05 Jan 2026 10:00:00 GMT', 'Tue, 06 Jan 2026 10:00:00 GMT'];
    const answer: RequestListener = (_, response) =>
      response.writeHead(206, { ...good, 'Last-Modified': after }).end(right);
    expect(await receive(answer, { hashes: false, modified: before })).toBe('changed-by-sender after 0');
    expect(await receive(answer, { hashes: false, modified: after })).toEqual(right);
    expect(await receive(answer, { hashes: false, etag: '"x"' })).toBe('header-hidden after 0');
    expect(await receive(answer, { hashes: false })).toBe('header-hidden after 0');
  });

  it('needs Content-Range only where nothing else could tell wrong bytes', async () => {
    const answer: RequestListener = (_, response) => response.writeHead(206, { ETag: '"x"' }).end(right);
    expect(await receive(answer)).toEqual(right);
    expect(await receive(answer, { hashes: false, etag: '"x"' })).toBe('header-hidden after 0');
  });
});

describe('fetchRange without BYOB, as before Safari 26.4', () => {
  /** Answers with these chunks; no reader can fill its own buffers from such a stream. */
  function answerWith(
    chunks: readonly Uint8Array[],
    broken = false,
    pause: () => Promise<void> | void = () => undefined,
  ): { cancelled: boolean; pulled: number } {
    const seen = { cancelled: false, pulled: 0 };
    vi.stubGlobal('fetch', () => {
      const body = new ReadableStream<Uint8Array>(
        {
          async pull(controller) {
            await pause();
            const chunk = chunks[seen.pulled++];
            if (chunk) controller.enqueue(chunk);
            else if (broken) controller.error(new TypeError('network error'));
            else controller.close();
          },
          cancel: () => void (seen.cancelled = true),
        },
        { highWaterMark: 0 },
      );
      return Promise.resolve(new Response(body, { status: 206 }));
    });
    return seen;
  }

  const bytes = Uint8Array.from({ length: 5_000_001 }, (_, i) => (i * 7) % 253);
  const cut = (size: number): Uint8Array[] =>
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.slice(i * size, (i + 1) * size));

  /** Asks for the first `length` bytes; the sizes of the writes, the bytes, and what was thrown. */
  async function receiveAll(length: number, hold: () => Promise<void> | void = () => undefined) {
    const received = new Uint8Array(bytes.length);
    const writes: number[] = [];
    let at = 0;
    const request = {
      url: 'http://x/',
      start: 0,
      end: length,
      total: undefined,
      hashes: true,
      etag: undefined,
      modified: undefined,
    };
    const { signal } = new AbortController();
    const thrown = await fetchRange({ ...request, whole: false, signal }, (chunk) => {
      received.set(chunk, at);
      at += chunk.length;
      writes.push(chunk.length);
      return hold();
    }).catch((error: { code: string }) => error.code);
    return { writes, right: Buffer.compare(received.subarray(0, at), bytes.subarray(0, at)) === 0, at, thrown };
  }

  afterEach(() => vi.unstubAllGlobals());

  it.each([
    [1_000, 1_048_000],
    [65_536, 1_048_576],
    [3_000_000, 3_000_000],
  ])('gathers small reads, of %i bytes, into writes of %i', async (size, write) => {
    answerWith(cut(size));
    const { writes, right, at, thrown } = await receiveAll(bytes.length);
    expect({ right, at, thrown }).toEqual({ right: true, at: bytes.length, thrown: undefined });
    expect(writes).toEqual(cut(write).map(({ length }) => length));
  });

  it('takes a slow connection for what it is: alive, and worth a write now and then', async () => {
    vi.useFakeTimers();
    try {
      // 40 kB every second: 25 s for a MiB
      answerWith(cut(40_000), false, () => new Promise((resolve) => setTimeout(resolve, 1_000)));
      const received = receiveAll(1_200_000);
      await vi.advanceTimersByTimeAsync(31_000);
      const { writes, right, at, thrown } = await received;
      expect({ right, at, thrown }).toEqual({ right: true, at: 1_200_000, thrown: undefined });
      expect(Math.max(...writes)).toBeLessThanOrEqual(80_000);
    } finally {
      vi.useRealTimers();
    }
  });

  it('cuts a body that is too long, and ends it', async () => {
    const seen = answerWith(cut(65_536));
    expect(await receiveAll(2_000_000)).toMatchObject({ right: true, at: 2_000_000 });
    expect(seen.cancelled).toBe(true);
  });

  it('keeps what came of a body that ends or breaks too early', async () => {
    answerWith(cut(65_536).slice(0, 20));
    expect(await receiveAll(bytes.length)).toMatchObject({ right: true, at: 20 * 65_536, thrown: 'connection-lost' });
    answerWith(cut(65_536).slice(0, 20), true);
    expect(await receiveAll(bytes.length)).toMatchObject({ right: true, at: 20 * 65_536, thrown: 'connection-lost' });
  });

  it('reads no further while its sink holds the stream back', async () => {
    const seen = answerWith(cut(65_536));
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const all = receiveAll(bytes.length, () => held);
    await vi.waitFor(() => expect(seen.pulled).toBe(16));
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen.pulled).toBe(16);
    release();
    expect(await all).toMatchObject({ right: true, at: bytes.length });
  });
});
