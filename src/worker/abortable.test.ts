import { expect, it } from 'vitest';
import { sleep, unlessAborted } from './abortable.ts';

it('gives what the promise comes to, unless the signal is aborted first', async () => {
  const abort = new AbortController();
  await expect(unlessAborted(Promise.resolve(7), abort.signal)).resolves.toBe(7);
  const never = unlessAborted(new Promise(() => undefined), abort.signal);
  abort.abort(new Error('paused'));
  await expect(never).rejects.toThrow('paused');
  await expect(unlessAborted(new Promise(() => undefined), abort.signal)).rejects.toThrow('paused');
});

it('wakes early when the signal is aborted', async () => {
  const abort = new AbortController();
  const asleep = sleep(3_600_000, abort.signal);
  abort.abort();
  await asleep;
  await sleep(3_600_000, abort.signal);
});
