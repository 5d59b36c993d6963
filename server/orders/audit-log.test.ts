import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openStore, type OpenStore } from '../store/open-store.ts';
import { AuditLog, readAudit, writeAudit, type AuditEvent, type AuditFilter } from './audit-log.ts';

const base = await mkdtemp(join(tmpdir(), 'holdfast-audit-'));
afterAll(() => rm(base, { recursive: true }));
const empty = async (): Promise<OpenStore> => openStore({ store: await mkdtemp(join(base, 'store-')) });
async function read(target: OpenStore, filter?: AuditFilter): Promise<AuditEvent[]> {
  const events: AuditEvent[] = [];
  for await (const event of readAudit(target, filter)) events.push(event);
  return events;
}
/** A store that takes nothing while it is down. */
function flaky({ store, layout }: OpenStore): { down: boolean; target: Pick<OpenStore, 'store' | 'layout'> } {
  const target = { store: Object.create(store) as typeof store, layout };
  const self = { down: true, target };
  target.store.putNew = (key, bytes, type) =>
    self.down ? Promise.reject(new Error('down')) : store.putNew(key, bytes, type);
  return self;
}

describe('the audit log', () => {
  it('only grows, and keeps what the store did not take at first', async () => {
    const target = await empty();
    const failures: unknown[] = [];
    const away = flaky(target);
    const log = new AuditLog(away.target, { delay: 60_000, onError: (error) => failures.push(error) });
    log.add({ action: 'grants', order: 'A-1', key: '0123456789ab', files: 2 });
    log.add({ action: 'refused', order: 'A-2', code: 'key-expired' }, 'x');
    await log.flush();
    expect(failures).toHaveLength(1);
    away.down = false;
    log.add({ action: 'refused', order: 'A-2', code: 'key-expired' }, 'x');
    await log.flush();
    const events = await read(target);
    expect(events.map(({ action, times }) => [action, times])).toEqual([
      ['grants', undefined],
      ['refused', 2],
    ]);
    expect(await read(target, { order: 'A-2' })).toMatchObject([{ code: 'key-expired' }]);
  });

  it('is not flooded: ten thousand refusals are a few lines, and push no use out', async () => {
    const target = await empty();
    const away = flaky(target);
    const lost: AuditEvent[] = [];
    const log = new AuditLog(away.target, { delay: 60_000, onLost: (event) => lost.push(event) });
    log.add({ action: 'grants', order: 'A-1', key: '0123456789ab', files: 2 });
    for (let n = 0; n < 20_000; n++)
      log.add({ action: 'refused', order: `A-${n}`, code: 'key-invalid' }, 'one guesser');
    for (let n = 0; n < 2000; n++) log.add({ action: 'refused', order: 'A-1', code: 'key-invalid' }, `guesser ${n}`);
    // what finds no place is handed over before it is forgotten
    expect(lost).toHaveLength(1001);
    away.down = false;
    await log.flush();
    const events = await read(target);
    expect(events).toHaveLength(1001);
    expect(events.filter(({ action }) => action === 'grants')).toHaveLength(1);
    expect(events.find(({ times }) => times === 20_000)).toMatchObject({ order: 'A-0' });
  });

  it('hands uses over before it forgets them, when the store is away for long', async () => {
    const away = flaky(await empty());
    const lost: AuditEvent[] = [];
    const log = new AuditLog(away.target, { delay: 60_000, onLost: (event) => lost.push(event) });
    for (let n = 0; n < 10_002; n++) log.add({ action: 'grants', order: `A-${n}` });
    await log.flush();
    expect(lost.map(({ order }) => order)).toEqual(['A-0', 'A-1']);
  });

  it('is read from a time on, and past what is damaged', async () => {
    const target = await empty();
    await writeAudit(target, { action: 'publish', order: 'A-1' });
    const now = Date.now();
    const lines = [`{"time":"2020-01-01T00:00:00.000Z","action":"publish","order":"old"}`, '{"time":', ''];
    await target.store.putNew('audit/2020-01-01/x.jsonl', Buffer.from(lines.join('\n')), 'application/jsonl');
    await writeFile(join(target.store.name, 'audit', '2020-01-01', 'y.jsonl'), '{"a":1}\n');
    const damaged: string[] = [];
    const all = await read(target, { onDamaged: (key) => damaged.push(key) });
    expect(all.map(({ order }) => order)).toEqual(['old', 'A-1']);
    expect(damaged).toEqual(['audit/2020-01-01/x.jsonl', 'audit/2020-01-01/y.jsonl']);
    expect((await read(target, { since: now - 60_000 })).map(({ order }) => order)).toEqual(['A-1']);
    expect(await read(target, { since: now + 60_000 })).toEqual([]);
  });
});
