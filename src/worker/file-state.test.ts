import { expect, it } from 'vitest';
import { transition } from './file-state.ts';
import type { FileState } from './ports.ts';

const error = { code: 'not-found', message: '', detail: {} } as const;

it('leads a file from waiting to saved', () => {
  let state: FileState = { kind: 'waiting' };
  const events = [{ kind: 'begin' }, { kind: 'complete' }, { kind: 'save', name: 'a' }, { kind: 'saved' }] as const;
  for (const event of events) state = transition(state, event);
  expect(state).toEqual({ kind: 'saved', name: 'a' });
});

it('remembers the name of an interrupted save: an empty file there is ours', () => {
  expect(transition({ kind: 'saving', name: 'a' }, { kind: 'save-stopped' })).toEqual({ kind: 'verified', name: 'a' });
});

it('never takes back what was delivered', () => {
  const saved: FileState = { kind: 'saved', name: 'a' };
  expect(transition(saved, { kind: 'fail', error })).toBe(saved);
  expect(transition(saved, { kind: 'damaged' })).toBe(saved);
});

it('ignores late answers', () => {
  const waiting: FileState = { kind: 'waiting' };
  expect(transition(waiting, { kind: 'complete' })).toBe(waiting);
  expect(transition({ kind: 'failed', error }, { kind: 'retry' })).toEqual(waiting);
});
