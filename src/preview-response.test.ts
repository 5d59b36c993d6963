import { describe, expect, it } from 'vitest';
import { previewPath, parsePreviewPath } from './preview-port.ts';
import { previewResponse, type ReadPreview } from './preview-response.ts';

const PIECE = 100;
const content = new Uint8Array(250).map((_, i) => i);

/** A file of three pieces, of which one is given at a time; `known` are the places that were asked for. */
function file(mediaType = 'video/webm', upTo = content.length) {
  const known: number[] = [];
  const read: ReadPreview = (start) => {
    known.push(start);
    const end = Math.min(content.length, (Math.floor(start / PIECE) + 1) * PIECE);
    const there = start < upTo || start >= content.length;
    const bytes = { mediaType, size: content.length, body: new Blob([content.slice(start, end)]) };
    return Promise.resolve(there ? bytes : undefined);
  };
  return { read, known };
}

async function bytesOf(response: Response): Promise<Uint8Array> {
  return new Uint8Array(await response.arrayBuffer());
}

describe('previewResponse', () => {
  it.each([
    ['bytes=0-', 0, 99],
    ['bytes=0-1', 0, 1],
    ['bytes=130-', 130, 199],
    ['bytes=130-240', 130, 199],
    ['bytes=240-999', 240, 249],
  ])('answers %s with bytes %i to %i, one piece at the most', async (range, first, last) => {
    const response = await previewResponse(file().read, range);
    expect(response.status).toBe(206);
    expect(response.headers.get('Content-Range')).toBe(`bytes ${first}-${last}/250`);
    expect(response.headers.get('Content-Length')).toBe(String(last - first + 1));
    expect(await bytesOf(response)).toEqual(content.slice(first, last + 1));
  });

  it('answers a range behind the end with 416 and the size', async () => {
    const response = await previewResponse(file().read, 'bytes=250-');
    expect([response.status, response.headers.get('Content-Range')]).toEqual([416, 'bytes */250']);
  });

  it('gives the whole file to who asks for no range, piece by piece as it is read', async () => {
    const { read, known } = file('image/png');
    const response = await previewResponse(read, null);
    expect(known).toEqual([0]);
    expect([response.status, response.headers.get('Content-Length')]).toEqual([200, '250']);
    expect(await bytesOf(response)).toEqual(content);
    expect(known).toEqual([0, 100, 200]);
  });

  it('breaks off, instead of ending early, when the rest cannot be had', async () => {
    const response = await previewResponse(file('image/png', 150).read, null);
    await expect(response.arrayBuffer()).rejects.toThrow();
  });

  it('is sandboxed and never sniffed, whatever the bytes are', async () => {
    for (const range of [null, 'bytes=0-', 'bytes=999-']) {
      const { headers } = await previewResponse(file('text/plain').read, range);
      expect(headers.get('Content-Security-Policy')).toBe("sandbox; default-src 'none'");
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
      expect(headers.get('Content-Type')).toBe('text/plain');
    }
  });

  it('refuses what there is not, and every type that is not on the list', async () => {
    expect((await previewResponse(() => Promise.resolve(undefined), null)).status).toBe(404);
    for (const type of ['text/html', 'image/svg+xml', 'application/pdf']) {
      const response = await previewResponse(file(type).read, null);
      expect([response.status, response.headers.get('Content-Type')]).toEqual([404, null]);
    }
  });
});

describe('the path of a preview', () => {
  it('names order and file', () => {
    const order = 'a1'.repeat(32);
    expect(parsePreviewPath(previewPath(order, 7))).toEqual({ order, file: 7 });
  });

  it.each([
    '/preview/',
    '/preview/a',
    '/preview/a/',
    '/preview/a/b',
    '/preview/a/1/2',
    '/x/preview/a/1',
    '/preview/../a/1',
  ])('is not %s', (path) => expect(parsePreviewPath(path)).toBeUndefined());
});
