import { expect, it } from 'vitest';
import { presignedEnd } from './presigned-end.ts';

it.each([
  [
    'https://s3.example/a?X-Amz-Date=20261126T101112Z&X-Amz-Expires=604800&X-Amz-Signature=x',
    '2026-12-03T10:11:12.000Z',
  ],
  ['https://app.example/store/a?expires=1795514400&signature=x', '2026-11-24T10:00:00.000Z'],
  ['https://s3.example/a?X-Amz-Date=today&X-Amz-Expires=60', undefined],
  ['https://s3.example/a?X-Amz-Date=20261126T101112Z', undefined],
  ['https://s3.example/a', undefined],
  ['no address', undefined],
])('tells of %s that it ends at %s', (url, end) => {
  const ms = presignedEnd(url);
  expect(ms === undefined ? undefined : new Date(ms).toISOString()).toBe(end);
});
