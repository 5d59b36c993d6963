import { afterEach, describe, expect, it, vi } from 'vitest';
import { openShareLinks } from './open-order.ts';
import { decodeLinks } from './order-spec.ts';

afterEach(() => void vi.unstubAllGlobals());

const link = { url: 'https://store.example/a.7z?sig=1', identity: 'https://store.example/a.7z', name: 'a.7z' };
const RANGE = { 'Content-Range': 'bytes 0-0/1000' };

/** The list of files that comes of one link whose server answers so, or the error's code and header. */
async function open(status: number, headers: Record<string, string>): Promise<unknown> {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(status === 206 ? 'x' : null, { status, headers })));
  try {
    return decodeLinks((await openShareLinks({ links: [link] })).description);
  } catch (error) {
    const { code, detail } = error as { code: string; detail: Record<string, string> };
    return `${code} ${detail['header'] ?? ''}`.trim();
  }
}

describe('a share link is bound to a version', () => {
  it('14: by its ETag', async () => {
    expect(await open(206, { ...RANGE, ETag: '"v1"' })).toEqual([
      { path: 'a.7z', size: 1000, identity: link.identity, url: link.url, etag: '"v1"' },
    ]);
  });

  it('14: by the time of its last change, where the ETag is hidden', async () => {
    const modified = 'Mon, 05 Jan 2026 10:00:00 GMT';
    expect(await open(206, { ...RANGE, 'Last-Modified': modified })).toMatchObject([{ modified }]);
  });

  it('14: or is refused with the name of the header', async () => {
    expect(await open(206, RANGE)).toBe('header-hidden ETag');
    expect(await open(206, { ETag: '"v1"' })).toBe('header-hidden Content-Range');
  });

  it.each([
    [200, 'range-ignored'],
    [403, 'link-expired'],
    [404, 'not-found'],
    [500, 'unexpected-status'],
  ])('says what is wrong with it: %i', async (status, code) => {
    expect(await open(status, {})).toBe(code);
  });

  it('an empty object has no version', async () => {
    expect(await open(416, { 'Content-Range': 'bytes */0' })).toMatchObject([{ size: 0 }]);
  });
});
