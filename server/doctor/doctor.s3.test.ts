import { describe, expect, it } from 'vitest';
import { openStore } from '../store/open-store.ts';
import { serve } from '../service/serve.ts';
import { Gateway } from '../store/gateway.ts';
import { S3Store } from '../store/s3-store.ts';
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

  it('finds nothing wrong with a gateway and a mirror', async () => {
    const [store, other] = [`s3://${await makeBucket()}`, `s3://${await makeBucket()}`];
    const first = await openStore({ store, endpoint: s3Endpoint, port: 0 });
    const secret = 'a secret that all copies of the service share';
    const make = (publicUrl: string): Gateway => {
      const bytes = new S3Store({ bucket: first.store.name.split(' ')[0]!.slice(5), endpoint: s3Endpoint });
      return new Gateway({ store: bytes, signingSecret: secret, publicUrl });
    };
    const service = await serve({ target: first, gateway: make('http://localhost'), logLevel: 'silent' });
    const target = await openStore({ store, endpoint: s3Endpoint, app: `http://localhost:${service.port}` });
    const mirrors = [await openStore({ store: other, endpoint: s3Endpoint })];
    const found = await runDoctor({ target, mirrors, granter: make(target.appUrl), fixCors: false, speed: 1e6 });
    const checks = found.filter(({ state }) => state === 'ok').map(({ check }) => check);
    expect(checks).toEqual(expect.arrayContaining(['ranges', 'CORS', 'expiry', 'HEAD', 'service', 'mirror ranges']));
    expect(found.find(({ check }) => check === 'HEAD')?.message).toBe('HEAD works with a share URL.');
    await service.close();
  });

  it('says that a bucket is not there', async () => {
    const target = await openStore({ store: `s3://no-such-bucket-here`, endpoint: s3Endpoint });
    const found = await runDoctor({ target, granter: target.store, fixCors: false, speed: 1e6 });
    expect(found.find(({ state }) => state === 'fail')?.message).toMatch(/bucket/);
  });
});
