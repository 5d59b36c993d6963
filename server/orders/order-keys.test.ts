import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseOrderLink } from '../../src/order/link.ts';
import { publishOrder } from '../publish/publish-order.ts';
import { openStore } from '../store/open-store.ts';
import { toRecord } from '../store/records.ts';
import { AuditLog, readAudit } from './audit-log.ts';
import { addKey, listKeys, revokeKeys } from './order-keys.ts';
import { listOrders, orderStatus, requireOrder } from './order-status.ts';
import { hashPassword, passwordFits } from './passwords.ts';

const base = await mkdtemp(join(tmpdir(), 'holdfast-keys-'));
afterAll(() => rm(base, { recursive: true }));
await mkdir(join(base, 'source'));
await writeFile(join(base, 'source', 'a'), 'one');
await writeFile(join(base, 'source', 'b'), 'two');
const target = await openStore({ store: join(base, 'store') });
const source = join(base, 'source');
const published = await publishOrder({
  source,
  order: 'A-1',
  target,
  expiresIn: 60_000,
  urlExpiresIn: 60,
  keyName: 'first',
});
const { manifest } = published;

describe('the keys of an order', () => {
  it('are 256 bits, and nothing in the store tells them', async () => {
    const { key } = parseOrderLink(published.link);
    expect(Buffer.from(key, 'base64url')).toHaveLength(32);
    const { key: second } = await addKey(target, {
      order: 'A-1',
      manifest,
      expiresIn: 60_000,
      password: 'correct horse',
    });
    for (const name of await readdir(join(base, 'store'), { recursive: true, withFileTypes: true })) {
      const path = join(name.parentPath, name.name);
      const text = path + (name.isFile() ? await readFile(path, 'utf8') : '');
      for (const secret of [key, second, 'correct horse']) expect(text).not.toContain(secret);
    }
  });

  it('have names, ends and passwords', async () => {
    await addKey(target, { order: 'A-1', manifest, expiresIn: 1000, name: 'short' });
    const keys = await listKeys(target, 'A-1', Date.now() + 10_000);
    const found = new Set(keys.map(({ name, state, hasPassword }) => `${name} ${state} ${hasPassword}`));
    expect(found).toEqual(new Set([' active true', 'first active false', 'short expired false']));
  });

  it('can be revoked one by one or all, and never come back', async () => {
    await expect(revokeKeys(target, 'A-1', 'nobody')).rejects.toThrow('no key');
    expect((await revokeKeys(target, 'A-1', 'first')).map(({ name }) => name)).toEqual(['first']);
    expect((await listKeys(target, 'A-1')).filter(({ state }) => state === 'revoked')).toHaveLength(1);
    await revokeKeys(target, 'A-1', { all: true });
    expect((await listKeys(target, 'A-1')).every(({ state }) => state === 'revoked')).toBe(true);
  });

  it('have passwords that fit in any spelling of the same letters', async () => {
    const kept = await hashPassword('Caf\u00e9 24');
    expect(await passwordFits('Cafe\u0301 24', kept)).toBe(true);
    expect(await passwordFits('Cafe 24', kept)).toBe(false);
  });
});

describe('the status of an order', () => {
  it('tells who has received what, and who is overdue', async () => {
    await addKey(target, { order: 'A-1', manifest, expiresIn: 60_000, name: 'customer' });
    const { hash } = (await listKeys(target, 'A-1')).find(({ name }) => name === 'customer')!;
    const receipt = {
      manifest,
      key: hash,
      receivedAt: '2026-11-25T10:00:00.000Z',
      files: [{ file: 1, sha256: 'a'.repeat(64) }],
    };
    await target.store.putNew(target.layout.receiptBatch('A-1', '1'), toRecord(receipt), 'application/json');
    const of = async (now?: number): Promise<unknown> =>
      (await orderStatus(target, 'A-1', now))?.keys.find(({ name }) => name === 'customer');
    expect(await of()).toMatchObject({ received: 1, files: 2, complete: false, overdue: false });
    expect(await of(Date.now() + 120_000)).toMatchObject({ overdue: true, lastAt: receipt.receivedAt });
    const rest = { ...receipt, files: [{ file: 0, sha256: 'a'.repeat(64) }] };
    await target.store.putNew(target.layout.receiptBatch('A-1', '2'), toRecord(rest), 'application/json');
    expect(await of(Date.now() + 120_000)).toMatchObject({ received: 2, complete: true, overdue: false });
    expect(await listOrders(target)).toEqual(['A-1']);
    await expect(requireOrder(target, 'B')).rejects.toThrow('no order B');
  });
});

describe('the audit log', () => {
  it('only grows, and keeps what the store did not take at first', async () => {
    const failures: unknown[] = [];
    const store = Object.create(target.store) as typeof target.store;
    let down = true;
    store.putNew = (key, bytes, type) =>
      down ? Promise.reject(new Error('down')) : target.store.putNew(key, bytes, type);
    const log = new AuditLog({ store, layout: target.layout }, 60_000, (error) => failures.push(error));
    log.add({ action: 'grants', order: 'A-1', key: '0123456789ab', files: 2 });
    await log.flush();
    expect(failures).toHaveLength(1);
    down = false;
    log.add({ action: 'refused', order: 'A-2', code: 'key-invalid' });
    await log.flush();
    const actions = [];
    for await (const { action } of readAudit(target)) actions.push(action);
    expect(actions).toEqual(['publish', 'grants', 'refused']);
    for await (const event of readAudit(target, 'A-2')) expect(event).toMatchObject({ code: 'key-invalid' });
  });
});
