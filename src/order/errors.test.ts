import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { AppError, errorRules, toAppError } from './errors.ts';

it('documents every code with its rule, and no other', () => {
  const page = readFileSync('docs/errors.md', 'utf8');
  const documented = [...page.matchAll(/^### `([\w-]+)`\n\n`(\w+)`\./gm)].map(([, code, rule]) => [code, rule]);
  expect(Object.fromEntries(documented)).toEqual(errorRules);
});

it('crosses a boundary as plain data', () => {
  const error = new AppError('not-found', 'gone', { status: 404 });
  expect(structuredClone(error.toData())).toEqual({ code: 'not-found', message: 'gone', detail: { status: 404 } });
  expect(toAppError(error, 'engine-failed')).toBe(error);
  expect(toAppError('what', 'engine-failed')).toMatchObject({ code: 'engine-failed', message: 'what' });
});
