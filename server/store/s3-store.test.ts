import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startFakeS3, type FakeS3 } from '../testing/fake-s3.ts';
import { S3Store } from './s3-store.ts';

let s3: FakeS3;
beforeAll(async () => {
  s3 = await startFakeS3(16 * 1024 * 1024);
});
afterAll(() => s3.close());
afterEach(() => (s3.answer = undefined));

describe('an S3 store', () => {
  it('does not overrun the store when hundreds of customers come together', async () => {
    s3.connections = 0;
    const store = new S3Store({ bucket: 'orders', endpoint: s3.endpoint });
    const found = await Promise.all(Array.from({ length: 300 }, (_, n) => store.head(`orders/A-1/keys/${n}.json`)));
    expect(found.every(Boolean)).toBe(true);
    expect(s3.connections).toBeLessThanOrEqual(128);
  });

  it('has connections of their own for bytes on their way: readers that are stuck hold up no record', async () => {
    const store = new S3Store({ bucket: 'orders', endpoint: s3.endpoint, sockets: 2 });
    const stuck = await Promise.all([store.open('a', {}), store.open('b', {})]);
    expect((await store.head('orders/A-1/keys/x.json'))?.size).toBe(16 * 1024 * 1024);
    for (const each of stuck) if (each && 'body' in each) each.body.destroy();
  });

  it.each([
    ['keeps', 'other', (body: Buffer) => body.map((byte) => byte ^ 1), (etag: string) => etag],
    ['keeps, with an ETag that tells nothing,', 'other', (body: Buffer) => body.map((byte) => byte ^ 1), () => 'x'],
    ['keeps not, with an ETag that tells nothing,', 'sent', (body: Buffer) => body, () => 'x'],
  ] as const)('does not believe a server that %s something else than it was sent', async (_, outcome, keep, tell) => {
    let kept: Buffer | undefined;
    s3.answer = (request, response) => {
      const { method } = request;
      const reply = (status: number, body?: Buffer): void => {
        const etag = tell(
          createHash('md5')
            .update(kept ?? '')
            .digest('hex'),
        );
        response.writeHead(status, { 'content-length': kept?.length ?? 0, etag: `"${etag}"` }).end(body);
      };
      if (method === 'HEAD') reply(kept ? 200 : 404);
      else if (method === 'GET') reply(200, kept);
      else
        void buffer(request).then((body) => {
          kept = Buffer.from(keep(body));
          response.writeHead(200, { etag: '"x"' }).end();
        });
      return true;
    };
    const store = new S3Store({ bucket: 'orders', endpoint: s3.endpoint });
    expect(
      await store.upload(
        'a',
        3,
        (async function* () {
          yield Buffer.from('one');
        })(),
      ),
    ).toBe(outcome);
  });
});
