import type { PreviewBytes } from './engine-api.ts';
import { parseRequestedRange } from './order/content-range.ts';
import { isPreviewMediaType } from './order/preview-type.ts';

/** Bytes from `start` on, at least one while there are any; undefined when there will never be any. */
export type ReadPreview = (start: number) => Promise<PreviewBytes | undefined>;

/** Whatever the bytes are: they run nothing, are taken for nothing else, and no other site and no cache gets them. */
const HEADERS = {
  'Content-Security-Policy': "sandbox; default-src 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

/**
 * The answer to an element that shows a file. To a range: as much of it as one reading gives, which media elements take as a
 * beginning. Without one: the whole file, as it comes.
 */
export async function previewResponse(read: ReadPreview, rangeHeader: string | null): Promise<Response> {
  const range = parseRequestedRange(rangeHeader ?? '');
  const first = await read(range?.start ?? 0);
  if (!first || !isPreviewMediaType(first.mediaType)) return new Response(null, { status: 404, headers: HEADERS });
  const { size, mediaType } = first;
  const headers = { ...HEADERS, 'Content-Type': mediaType, 'Accept-Ranges': 'bytes' };
  if (!range) {
    return new Response(wholeFile(first, read), { headers: { ...headers, 'Content-Length': String(size) } });
  }
  if (range.start >= size) {
    return new Response(null, { status: 416, headers: { ...headers, 'Content-Range': `bytes */${size}` } });
  }
  const body = first.body.slice(0, range.end - range.start);
  const last = range.start + body.size - 1;
  return new Response(body, {
    status: 206,
    headers: {
      ...headers,
      'Content-Length': String(body.size),
      'Content-Range': `bytes ${range.start}-${last}/${size}`,
    },
  });
}

function wholeFile(first: PreviewBytes, read: ReadPreview): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream(
    {
      async pull(controller) {
        if (at >= first.size) return controller.close();
        const next = at === 0 ? first : await read(at);
        if (!next || next.body.size === 0) return controller.error(new Error('No more of this file can be had.'));
        at += next.body.size;
        controller.enqueue(new Uint8Array(await next.body.arrayBuffer()));
      },
    },
    { highWaterMark: 0 },
  );
}
