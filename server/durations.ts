import parse from 'parse-duration';
import { AppError } from '../src/order/errors.ts';

/** SigV4 allows no longer life of a presigned URL: 7 days, in seconds. */
export const MAX_URL_SECONDS = 7 * 24 * 3600;

/** Reads `30d`, `12h`, `90m` and the like into ms. `option` is named in the error. Throws `input-invalid`. */
export function parseDuration(option: string, text: string): number {
  const ms = /[a-z]/i.test(text) ? parse(text) : null;
  if (ms === null || !Number.isFinite(ms) || ms < 1000 || ms > Number.MAX_SAFE_INTEGER / 1000)
    throw new AppError(
      'input-invalid',
      `${option} ${text} is no duration. Write, for example, 12h, 7d or 30d. Nothing was done.`,
    );
  return Math.floor(ms);
}

/** As `parseDuration`, for the life of a presigned URL, into seconds; at most 7 days. Throws `input-invalid`. */
export function parseUrlDuration(option: string, text: string): number {
  return checkUrlLife(`${option} ${text}`, Math.floor(parseDuration(option, text) / 1000));
}

/** Gives `seconds` back when a presigned URL can live so long. `what` is named in the error. Throws `input-invalid`. */
export function checkUrlLife(what: string, seconds: number): number {
  if (seconds > 0 && seconds <= MAX_URL_SECONDS) return seconds;
  const rule = 'a share URL lives 7 days at most. The order link can live longer (--expires)';
  throw new AppError('input-invalid', `${what} is ${seconds > 0 ? 'too long' : 'no life'}: ${rule}. Nothing was done.`);
}

/** Reads a time, or a duration before `now`, into ms since the epoch. `option` is named in the error. Throws `input-invalid`. */
export function parseSince(option: string, text: string, now: number): number {
  const time = /^\d{4}-/.test(text) ? Date.parse(text) : now - parseDuration(option, text);
  if (!Number.isNaN(time)) return time;
  throw new AppError(
    'input-invalid',
    `${option} ${text} is no time. Write, for example, 7d or 2026-11-25T10:00:00Z. Nothing was done.`,
  );
}
