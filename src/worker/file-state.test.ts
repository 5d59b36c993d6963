import { expect, it } from 'vitest';
import { transition } from './file-state.ts';
import type { FileState } from './ports.ts';

const error = { code: 'not-found', message: '', detail: {} } as const;

it('leads a file from waiting to saved', () => {
  let state: FileState = { kind: 'waiting' };
  const events = [{ kind: 'begin' }, { kind: 'complete' }, { kind: 'save' }, { kind: 'saved', name: 'a' }] as const;
  for (const event of events) state = transition(state, event);
  expect(state).toEqual({ kind: 'saved', name: 'a' });
});

it('fetches again what changed on disk before it was saved', () => {
  expect(transition({ kind: 'saving' }, { kind: 'save-stopped' })).toEqual({ kind: 'verified' });
  expect(transition({ kind: 'saving' }, { kind: 'damaged' })).toEqual({ kind: 'waiting' });
});

it('never takes back what was delivered', () => {
  const saved: FileState = { kind: 'saved', name: 'a' };
  expect(transition(saved, { kind: 'fail', error })).toBe(saved);
  expect(transition(saved, { kind: 'damaged' })).toBe(saved);
});

it('confirms only what was handed over', () => {
  const handed = transition({ kind: 'verified' }, { kind: 'hand-over', name: 'a' });
  expect(transition(handed, { kind: 'confirm' })).toEqual({ kind: 'handed-over', name: 'a', confirmed: true });
  const saved: FileState = { kind: 'saved', name: 'a' };
  expect(transition(saved, { kind: 'confirm' })).toBe(saved);
});

it('ignores late answers', () => {
  const waiting: FileState = { kind: 'waiting' };
  expect(transition(waiting, { kind: 'complete' })).toBe(waiting);
  expect(transition({ kind: 'failed', error }, { kind: 'retry', complete: false })).toEqual(waiting);
  expect(transition({ kind: 'failed', error }, { kind: 'retry', complete: true })).toEqual({ kind: 'verified' });
});
