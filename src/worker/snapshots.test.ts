import { describe, expect, it, vi } from 'vitest';
import type { AppErrorData } from '../order/errors.ts';
import { AppError } from '../order/errors.ts';
import { PieceSet } from '../order/pieces.ts';
import { OrderRun } from './order-run.ts';
import { summarize } from './snapshots.ts';
import { MIB, orderOf } from './testing/fakes.ts';

const permission: AppErrorData = { code: 'folder-permission', message: '', detail: {} };

const all = { now: performance.now(), blocked: undefined, saving: 100e6, connections: 0 };

describe('the state of an order', () => {
  it('runs, with the reason, while the folder takes nothing and bytes still come', () => {
    const order = orderOf([MIB, MIB]);
    order.files[0]!.state = { kind: 'verified' };
    expect(summarize(order, { ...all, blocked: permission }, [])).toMatchObject({
      state: 'running',
      reason: permission,
    });
  });

  it('needs the user once only the folder is missing', () => {
    const order = orderOf([MIB, MIB]);
    for (const file of order.files) file.state = { kind: 'verified' };
    expect(summarize(order, { ...all, blocked: permission }, [])).toMatchObject({
      state: 'attention',
      reason: permission,
    });
  });

  it('has no reason but its failed files when nothing else is left, whatever it waited for before', () => {
    const order = orderOf([MIB]);
    order.files[0]!.state = { kind: 'failed', error: { code: 'not-found', message: '', detail: {} } };
    order.wait(new AppError('server-busy', ''), performance.now() + 1000);
    expect(summarize(order, all, [])).toMatchObject({ state: 'attention', reason: undefined, retryAt: undefined });
  });
});

describe('an order that gets no connection', () => {
  const long = { ...all, now: performance.now() + 20_000 };

  it('waits for its turn while another one has them all, instead of seeming to run', () => {
    const order = orderOf([MIB, MIB]);
    expect(summarize(order, { ...long, connections: 2 }, [])).toMatchObject({ state: 'waiting', reason: undefined });
    expect(summarize(order, long, []).state, 'nobody has any').toBe('running');
    order.connections = 1;
    order.progressed(long.now);
    expect(summarize(order, { ...long, connections: 3 }, []).state).toBe('running');
  });

  it('runs while its last bytes came a moment ago, and while it saves', () => {
    const order = orderOf([MIB, MIB]);
    order.progressed(long.now - 1_000);
    expect(summarize(order, { ...long, connections: 2 }, []).state).toBe('running');
    order.progressAt = 0;
    order.files[0]!.state = { kind: 'saving' };
    expect(summarize(order, { ...long, connections: 2 }, []).state).toBe('running');
  });
});

it('an order whose connections are silent says so within 30 s, whatever they wait for', () => {
  const order = orderOf([MIB]);
  order.connections = 1;
  order.progressed(all.now);
  const after = (ms: number) => summarize(order, { ...all, now: all.now + ms, connections: 1 }, []);
  expect(after(24_000)).toMatchObject({ state: 'running', reason: undefined });
  expect(after(26_000)).toMatchObject({ state: 'waiting', reason: { code: 'stalled' } });
});

it('an order that compares what is in the folder already says so', () => {
  const order = orderOf([MIB, MIB]);
  order.files[1]!.comparing = true;
  expect(summarize(order, all, [])).toMatchObject({ state: 'running', filesCompared: 1 });
});

describe('what an order shows of its bytes', () => {
  it('is verified only once it is in the journal, so that no crash takes it back', () => {
    const order = orderOf([3 * MIB + 5]);
    const [file] = order.files;
    for (const piece of [0, 1, 3]) file!.verified.add(piece);
    file!.uncommitted.add(1);
    file!.partial.set(2, 100);
    expect(summarize(order, all, [])).toMatchObject({ bytesVerified: MIB + 5, bytesReceived: 2 * MIB + 5 + 100 });
  });

  it('is the same after a restart, before a part is opened', () => {
    const order = orderOf([3 * MIB]);
    const [file] = order.files;
    file!.verified.add(0);
    file!.partial.set(1, 700);
    file!.fetchedTwice = 50;
    const again = new OrderRun(order.record, order.spec, [file!.record()]);
    const { bytesReceived, bytesVerified, bytesFetchedTwice } = summarize(order, all, []);
    expect(summarize(again, all, [])).toMatchObject({ bytesReceived, bytesVerified, bytesFetchedTwice });
  });

  it('is saved only in the folder: what went to the browser’s downloads nobody has seen arrive', () => {
    const order = orderOf([MIB, 2 * MIB]);
    order.files[0]!.state = { kind: 'saved', name: 'a' };
    order.files[1]!.state = { kind: 'handed-over', name: 'b' };
    expect(summarize(order, all, [])).toMatchObject({ bytesSaved: MIB, filesSaved: 1, filesHandedOver: 1 });
  });

  it('costs a look at every file, not at every piece', () => {
    const order = orderOf([1000 * MIB, 1000 * MIB]);
    const looked = vi.spyOn(PieceSet.prototype, 'has');
    summarize(order, all, []);
    expect(looked.mock.calls.length).toBeLessThan(10);
    looked.mockRestore();
  });
});

it('an order needs room for eight of its files beside what is saved, and never for more than itself', () => {
  const needed = (sizes: readonly number[]): number => summarize(orderOf(sizes), all, []).diskNeeded;
  expect(needed(Array<number>(200).fill(100 * MIB))).toBe(800 * MIB);
  expect(needed([MIB, 3 * MIB])).toBe(4 * MIB);
  // it is here whole until it is in the folder whole
  expect(needed([20_000 * MIB])).toBe(20_000 * MIB);
});

describe('two orders', () => {
  it('each show their own speed', () => {
    const [first, second] = [orderOf([MIB]), orderOf([MIB])];
    first.speed.add(5000, all.now - 1000);
    expect(summarize(first, all, []).bytesPerSecond).toBe(5000);
    expect(summarize(second, all, []).bytesPerSecond).toBe(0);
  });
});
