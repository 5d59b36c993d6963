import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFakeS3, type FakeS3 } from '../testing/fake-s3.ts';
import { S3Store } from './s3-store.ts';

let s3: FakeS3;
beforeAll(async () => {
  s3 = await startFakeS3(16 * 1024 * 1024);
});
afterAll(() => s3.close());

describe('an S3 store', () => {
  it('has connections of their own for bytes on their way: readers that are stuck hold up no record', async () => {
    const store = new S3Store({ bucket: 'orders', endpoint: s3.endpoint, sockets: 2 });
    const stuck = await Promise.all([store.open('a', {}), store.open('b', {})]);
    expect((await store.head('orders/A-1/keys/x.json'))?.size).toBe(16 * 1024 * 1024);
    for (const each of stuck) if (each && 'body' in each) each.body.destroy();
  });
});
