import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
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
      response.writeHead(206, { 'Content-Range': good['Content-Range'] }).end(object.subarray(1_000));
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

  it('needs Content-Range only where nothing else could tell wrong bytes', async () => {
    const answer: RequestListener = (_, response) => response.writeHead(206).end(right);
    expect(await receive(answer)).toEqual(right);
    expect(await receive(answer, { hashes: false, etag: '"x"' })).toBe('header-hidden after 0');
  });
});
