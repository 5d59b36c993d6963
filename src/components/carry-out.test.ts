import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { canAlsoPause, mainAction, mainActionWord } from '../client/main-action.ts';
import { needsUser } from '../client/order-words.ts';
import { readErrorActions } from '../client/testing/error-actions.ts';
import type { EngineClient } from '../client/engine-client.ts';
import type { OrderStore } from '../client/order-store.ts';
import type { OrderState, OrderSummary, Snapshot } from '../engine-api.ts';
import { errorRules, type ErrorCode } from '../order/errors.ts';
import { carryOut } from './carry-out.ts';

beforeEach(() => {
  vi.stubGlobal('window', {});
  vi.stubGlobal('navigator', { storage: { persist: () => Promise.resolve(true) } });
});
afterEach(() => void vi.unstubAllGlobals());

const codes = Object.keys(errorRules) as ErrorCode[];
const summaryOf = (state: OrderState, code?: ErrorCode): OrderSummary =>
  ({ order: 'o', state, reason: code && { code, message: '', detail: {} } }) as OrderSummary;
const snapshotOf = (orders: readonly OrderSummary[], change: Partial<Snapshot> = {}): Snapshot =>
  ({ orders, folder: 'Orders', folderNeedsPermission: false, ...change }) as Snapshot;

/** Presses a button of an order; what the engine was told, or `ask for links`. */
async function press(
  kind: NonNullable<ReturnType<typeof mainAction>> | 'resume-all',
  snapshot: Snapshot,
): Promise<string[]> {
  const told: string[] = [];
  const engine = new Proxy(
    {},
    {
      get:
        (_, name) =>
        (...args: unknown[]) =>
          void told.push([name, ...args].join(' ')),
    },
  );
  const command = (use: (remote: never) => unknown): Promise<unknown> => {
    use(engine as never);
    return Promise.resolve({ ok: true, value: undefined });
  };
  const client = { command, call: () => Promise.resolve([]) } as unknown as EngineClient;
  const store = { snapshot, find: () => snapshot.orders[0] } as unknown as OrderStore;
  const askLinks = (): void => void told.push('ask for links');
  vi.stubGlobal('location', { reload: () => void told.push('reload') });
  await carryOut({ kind, order: 'o' } as Parameters<typeof carryOut>[0], {
    client,
    store,
    askLinks,
    confirmRemoval: () => Promise.resolve(true),
  });
  return told;
}

describe('the one main action', () => {
  it.each(codes)('does something about %s', async (code) => {
    const summary = summaryOf('attention', code);
    const action = mainAction(summary, snapshotOf([summary]));
    const told = await press(action ?? 'resume', snapshotOf([summary]));
    expect(action).toBeDefined();
    expect(told).toHaveLength(1);
    if (code.startsWith('folder-')) expect(told).toEqual(['continueSaving']);
    else if (code === 'file-too-large') expect(told).toEqual(['setDestination downloads']);
    // a key or a link that is refused stays refused, however often it is tried
    else if (/^(key|link)-|order-unknown|password/.test(code)) expect(told).toEqual(['ask for links']);
    else if (/^(host-blocked|request-invalid|app-outdated)$/.test(code)) expect(told).toEqual(['reload']);
    else expect(told).toEqual(['start o']);
  });

  it('tries all failed files again when nothing else is left', async () => {
    const summary = summaryOf('attention');
    expect(mainAction(summary, snapshotOf([summary]))).toBe('retry-all');
    expect(await press('retry-all', snapshotOf([summary]))).toEqual(['retry o']);
  });

  it('goes on saving while the download runs, and the download can be paused beside that', () => {
    const summary = summaryOf('running', 'folder-missing');
    const action = mainAction(summary, snapshotOf([summary]));
    expect([action, canAlsoPause(summary, action)]).toEqual(['continue-saving', true]);
  });
});

describe('what docs/errors.md says can be pressed', () => {
  const actions = readErrorActions();
  const codesOf = (where: string): ErrorCode[] =>
    actions.filter((each) => each.where === where).flatMap((each) => each.codes);

  it('names every code once, and no other', () => {
    expect(actions.flatMap((each) => each.codes).sort()).toEqual(codes.toSorted());
  });

  it('is nothing for exactly the codes that heal by themselves', () => {
    const heals = codes.filter((code) => ['wait', 'retry', 'renew', 'source'].includes(errorRules[code]));
    expect(codesOf('by itself').sort()).toEqual(heals.sort());
    for (const code of heals) {
      const summary = summaryOf('waiting', code);
      expect([mainAction(summary, snapshotOf([summary])), needsUser(summary)], code).toEqual(['pause', false]);
    }
  });

  it('is the one main button of an order that needs its user', () => {
    const order = actions.filter(({ where }) => where === 'order');
    for (const { button, codes: stopping } of order) {
      for (const code of stopping) {
        const summary = summaryOf('attention', code);
        const action = mainAction(summary, snapshotOf([summary]));
        expect(action && mainActionWord(action), code).toBe(button);
        expect(needsUser(summary)).toBe(true);
      }
    }
    // whatever asks is one of these, but where nothing was begun yet
    const asks = codes.filter((code) => errorRules[code] === 'ask' && code !== 'folder-refused');
    for (const code of asks) expect(codesOf('order')).toContain(code);
  });

  it('is there: every button has its place in the page', () => {
    const sources = ['src/components', 'src/client'].flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
        .map((name) => readFileSync(join(folder, name), 'utf8')),
    );
    for (const { button } of actions) {
      if (button !== undefined)
        expect(
          sources.some((text) => text.includes(`msg('${button}')`)),
          button,
        ).toBe(true);
    }
  });
});

describe('Resume all', () => {
  it('asks for a folder once, and starts every paused order', async () => {
    let asked = 0;
    const picked = { name: 'picked' };
    vi.stubGlobal('window', { showDirectoryPicker: () => Promise.resolve(++asked && picked) });
    const orders = [summaryOf('paused'), { ...summaryOf('paused'), order: 'p' }, { ...summaryOf('done'), order: 'q' }];
    const told = await press('resume-all', snapshotOf(orders, { folder: undefined }));
    expect(asked).toBe(1);
    expect(told.filter((each) => each.startsWith('start'))).toEqual(['start o', 'start p']);
  });
});
