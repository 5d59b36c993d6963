import { scryptSync } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseOrderLink } from '../../src/order/link.ts';
import { publishOrder } from '../publish/publish-order.ts';
import { openStore } from '../store/open-store.ts';
import { parseKeyRecord, toRecord } from '../store/records.ts';
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
    const kept = await hashPassword('Caf\u00e9 2024');
    expect(await passwordFits('Cafe\u0301 2024', kept)).toBe(true);
    expect(await passwordFits('Cafe 2024', kept)).toBe(false);
  });

  it('say how their passwords were derived, and those of the first version still fit', async () => {
    expect(await hashPassword('correct horse')).toMatchObject({ n: 2 ** 15, r: 8, p: 3 });
    // made by the first version: scrypt with Node's defaults, which its records did not name
    const salt = Buffer.alloc(16, 7);
    const first = {
      salt: salt.toString('base64url'),
      hash: scryptSync('correct horse', salt, 32).toString('base64url'),
    };
    expect(await passwordFits('correct horse', first)).toBe(true);
    expect(await passwordFits('another horse', first)).toBe(false);
    const record = { manifest, createdAt: '2026-11-25T10:00:00.000Z', expiresAt: '2026-11-25T10:00:00.000Z' };
    const parsed = (password: object): unknown => parseKeyRecord(toRecord({ ...record, password })).password;
    expect(parsed(first)).toEqual(first);
    // a record cannot ask for all memory
    expect(() => parsed({ ...first, n: 2 ** 30, r: 8, p: 1 })).toThrow('n');
  });

  it('have passwords of some length', async () => {
    const short = addKey(target, { order: 'A-1', manifest, expiresIn: 60_000, password: 'seven 7' });
    await expect(short).rejects.toMatchObject({ code: 'input-invalid' });
    await expect(short).rejects.toThrow('8');
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

  it('leaves out records that are damaged, and names them; a revocation counts whatever it says', async () => {
    const { layout } = target;
    await addKey(target, { order: 'A-1', manifest, expiresIn: 60_000, name: 'ended' });
    const { hash } = (await listKeys(target, 'A-1')).find(({ name }) => name === 'ended')!;
    const before = (await orderStatus(target, 'A-1'))!;
    expect(before.damaged).toEqual([]);
    const zeros = '0'.repeat(64);
    const damaged = [
      layout.manifest('A-1', zeros),
      layout.receiptBatch('A-1', zeros),
      layout.revocation('A-1', hash),
      layout.keyRecord('A-1', zeros),
    ];
    for (const key of damaged) await target.store.putNew(key, Buffer.from('{"half":'), 'application/json');
    const after = (await orderStatus(target, 'A-1'))!;
    expect(after.damaged).toEqual(damaged);
    expect(after.keys.map(({ id }) => id)).toEqual(before.keys.map(({ id }) => id));
    expect(after.keys.find(({ name }) => name === 'ended')).toMatchObject({ state: 'revoked' });
  });
});
