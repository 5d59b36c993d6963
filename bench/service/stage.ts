import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { addKey } from '../../server/orders/order-keys.ts';
import { publishOrder } from '../../server/publish/publish-order.ts';
import { openStore, type OpenStore } from '../../server/store/open-store.ts';

const MIB = 1024 * 1024;
const FILES = 200;

/** What one measurement found, a line of the table. */
export interface Figure {
  readonly what: string;
  readonly result: string;
}

/** The parts of a set-up that measurements share. */
export interface Stage {
  readonly target: OpenStore;
  readonly store: string;
  readonly endpoint: string;
  /** An order of 200 small files, with a thousand keys. */
  readonly manifest: string;
  readonly keys: readonly string[];
  /** A share URL of 1 GiB. */
  readonly bigUrl: string;
  readonly bigKey: string;
}

/** Publishes both orders to the store at `endpoint`, from files in `folder`. */
export async function makeStage(folder: string, endpoint: string): Promise<Stage> {
  const bucket = `load-${randomBytes(4).toString('hex')}`;
  const client = new S3Client({ endpoint, forcePathStyle: true, region: 'us-east-1' });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  client.destroy();
  const store = `s3://${bucket}`;
  const target = await openStore({ store, endpoint });
  const lives = { target, expiresIn: 3_600_000, urlExpiresIn: 3600 };
  const source = mkdtempSync(join(folder, 'files-'));
  for (let n = 0; n < FILES; n++)
    writeFileSync(join(source, `chip-${String(n).padStart(3, '0')}.7z`), randomBytes(1000));
  const { manifest } = await publishOrder({ ...lives, source, order: 'load' });
  const keys: string[] = [];
  for (let n = 0; n < 1000; n++)
    keys.push((await addKey(target, { order: 'load', manifest, expiresIn: 3_600_000 })).key);
  const big = join(folder, 'big.bin');
  writeFileSync(big, Buffer.alloc(1024 * MIB, 7));
  const { files } = await publishOrder({ ...lives, source: big, order: 'big' });
  const bigUrl = files[0]?.url ?? '';
  const bigKey = decodeURIComponent(new URL(bigUrl).pathname).slice(bucket.length + 2);
  return { target, store, endpoint, manifest, keys, bigUrl, bigKey };
}
