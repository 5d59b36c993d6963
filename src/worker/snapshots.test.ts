import { describe, expect, it } from 'vitest';
import type { AppErrorData } from '../order/errors.ts';
import { AppError } from '../order/errors.ts';
import { summarize } from './snapshots.ts';
import { MIB, orderOf } from './testing/fakes.ts';

const permission: AppErrorData = { code: 'folder-permission', message: '', detail: {} };

describe('the state of an order', () => {
  it('runs, with the reason, while the folder takes nothing and bytes still come', () => {
    const order = orderOf([MIB, MIB]);
    order.files[0]!.state = { kind: 'verified' };
    expect(summarize(order, 0, permission, [])).toMatchObject({ state: 'running', reason: permission });
  });

  it('needs the user once only the folder is missing', () => {
    const order = orderOf([MIB, MIB]);
    for (const file of order.files) file.state = { kind: 'verified' };
    expect(summarize(order, 0, permission, [])).toMatchObject({ state: 'attention', reason: permission });
  });

  it('has no reason but its failed files when nothing else is left, whatever it waited for before', () => {
    const order = orderOf([MIB]);
    order.files[0]!.state = { kind: 'failed', error: { code: 'not-found', message: '', detail: {} } };
    order.wait(new AppError('server-busy', ''), performance.now() + 1000);
    expect(summarize(order, 0, undefined, [])).toMatchObject({
      state: 'attention',
      reason: undefined,
      retryAt: undefined,
    });
  });
});
