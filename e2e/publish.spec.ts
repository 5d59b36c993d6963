import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { button } from './customer.ts';
import { holdfast, makeBucket, MIB, s3 } from './delivery.ts';
import { expect, expectDelivered, test } from './fixtures.ts';

/** Passes everything on to the real store, and counts the bytes of upload parts that came whole. Slow, so that a kill can hit. */
async function countUploads(): Promise<{ port: number; parts: number[]; stop: () => void }> {
  const { hostname, port } = new URL(process.env['HOLDFAST_TEST_S3_ENDPOINT'] ?? '');
  const parts: number[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    const onward = request({ host: hostname, port, method, path, headers }, (answer) => {
      if (path?.includes('partNumber=') && answer.statusCode === 200) {
        parts.push(Number(headers['x-amz-decoded-content-length'] ?? headers['content-length']));
      }
      setTimeout(() => answer.pipe(outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders)), 300);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { port: (server.address() as AddressInfo).port, parts, stop };
}

test('objects that production wrote into the store are delivered from where they are; nothing is copied', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver(
    { 'lot-7/chip-1.7z': 9 * MIB, 'lot-7/chip-2.7z': MIB + 1, 'empty.7z': 0 },
    { inStore: true },
  );
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await expectDelivered(page, delivery);
  const bucket = new URL(delivery.published.files[0]?.url ?? '').pathname.split('/')[1];
  const { Contents = [] } = await s3().send(new ListObjectsV2Command({ Bucket: bucket }));
  const large = Contents.filter(({ Size = 0 }) => Size >= MIB).map(({ Key }) => Key);
  expect(large).toEqual(['production/lot-7/chip-1.7z', 'production/lot-7/chip-2.7z']);
});

test('an upload that was killed goes on: no part is sent twice', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-publish-'));
  const size = 150 * MIB + 5;
  writeFileSync(join(folder, 'chip.7z'), randomBytes(size));
  const store = await countUploads();
  const where = ['--store', `s3://${await makeBucket()}/lab`, '--endpoint', `http://127.0.0.1:${store.port}`];
  const publish = ['publish', folder, '--order', 'A-1042', '--json', ...where];
  try {
    const first = spawn(process.execPath, ['server/holdfast.mjs', ...publish], { stdio: 'ignore' });
    await expect.poll(() => store.parts.length, { intervals: [20] }).toBeGreaterThanOrEqual(3);
    first.kill('SIGKILL');
    await new Promise((resolve) => first.once('exit', resolve));
    const before = store.parts.length;
    expect(before).toBeLessThan(10);

    const second = await holdfast(...publish);
    expect(second.stderr).toBe('');
    expect(second.code).toBe(0);
    expect(store.parts.length).toBeGreaterThan(before);
    // those in flight at the kill may have come whole without anybody learning of it
    expect(store.parts.reduce((sum, bytes) => sum + bytes, 0)).toBe(size);
  } finally {
    store.stop();
    rmSync(folder, { recursive: true });
  }
});
