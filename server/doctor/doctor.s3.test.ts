import { describe, expect, it } from 'vitest';
import { openStore } from '../store/open-store.ts';
import { makeBucket, s3Endpoint } from '../testing/s3-bucket.ts';
import { runDoctor } from './doctor.ts';

describe('holdfast doctor on S3', () => {
  it('finds the bytes right, and sets the bucket’s CORS rule where the server has one', async () => {
    const target = await openStore({ store: `s3://${await makeBucket()}/lab`, endpoint: s3Endpoint });
    const run = async (fixCors: boolean): Promise<Record<string, string>> => {
      const found = await runDoctor({ target, granter: target.store, fixCors, speed: 1e6 });
      return Object.fromEntries(found.map(({ check, state }) => [check, state]));
    };
    const before = await run(false);
    expect(before).toMatchObject({
      store: 'ok',
      'public name': 'ok',
      ranges: 'ok',
      clock: 'ok',
      ETag: 'ok',
      HEAD: 'ok',
    });
    const after = await run(true);
    // MinIO lets every origin read by default and has no rules for buckets; versitygw is the other way round
    if (before['CORS'] === 'ok') expect(after['CORS rule']).toBe('fail');
    else expect(after).toMatchObject({ 'CORS rule': 'ok', CORS: 'ok' });
  });

  it('says that a bucket is not there', async () => {
    const target = await openStore({ store: `s3://no-such-bucket-here`, endpoint: s3Endpoint });
    const found = await runDoctor({ target, granter: target.store, fixCors: false, speed: 1e6 });
    expect(found.find(({ state }) => state === 'fail')?.message).toMatch(/bucket/);
  });
});
