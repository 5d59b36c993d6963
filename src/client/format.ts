import { msg, str } from '@lit/localize';
import { currentLocale, formatLocale } from './localization.ts';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Sentences one after the other, as the page's language sets them: Chinese puts no space between two. Empty ones are left out. */
export function joinSentences(...sentences: readonly string[]): string {
  return sentences.filter(Boolean).join(currentLocale() === 'zh-Hans' ? '' : ' ');
}

/** A number in the page's language. */
export function formatNumber(value: number): string {
  return new Intl.NumberFormat(formatLocale()).format(value);
}

/** A size in decimal units, three digits: `20.9 GB`. */
export function formatBytes(bytes: number): string {
  if (bytes === 0) return msg('0 bytes');
  let value = bytes;
  let unit = 0;
  // 999.5 would be rounded to 1,000 of the smaller unit
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const format = new Intl.NumberFormat(formatLocale(), { maximumSignificantDigits: 3 });
  return `${format.format(value)} ${UNITS[unit]}`;
}

/** A rate: `11.4 MB/s`. */
export function formatSpeed(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

/** A share from 0 to 1, rounded down, so that 100 % means all. */
export function formatPercent(share: number): string {
  return new Intl.NumberFormat(formatLocale(), { style: 'percent' }).format(Math.floor(share * 100) / 100);
}

/** A clock time: `14:32`. */
export function formatTime(epochMs: number): string {
  return new Intl.DateTimeFormat(formatLocale(), { hour: '2-digit', minute: '2-digit' }).format(epochMs);
}

/** A day: `18 Nov 2026`. */
export function formatDate(epochMs: number): string {
  return new Intl.DateTimeFormat(formatLocale(), { dateStyle: 'medium' }).format(epochMs);
}

/** A day and a clock time: `26 Nov 2026, 14:32`. */
export function formatMoment(epochMs: number): string {
  return new Intl.DateTimeFormat(formatLocale(), { dateStyle: 'medium', timeStyle: 'short' }).format(epochMs);
}

/** A rough duration: `17 min`, `2 hr 10 min`, `3 days 4 hr`. */
export function formatDuration(seconds: number): string {
  const minutes = Math.max(1, Math.round(seconds / 60));
  if (minutes < 60) return unit(minutes, 'minute');
  const hours = Math.floor(minutes / 60);
  // Ten minutes are as precise as a guess about hours can be.
  if (hours < 24) return [unit(hours, 'hour'), tens(minutes % 60)].filter(Boolean).join(' ');
  return [unit(Math.floor(hours / 24), 'day'), hours % 24 > 0 ? unit(hours % 24, 'hour') : '']
    .filter(Boolean)
    .join(' ');
}

/** `1 file`, `200 files`. */
export function formatFiles(count: number): string {
  return count === 1 ? msg('1 file') : msg(str`${formatNumber(count)} files`);
}

function tens(minutes: number): string {
  const rounded = Math.floor(minutes / 10) * 10;
  return rounded > 0 ? unit(rounded, 'minute') : '';
}

function unit(value: number, name: 'minute' | 'hour' | 'day'): string {
  const text = new Intl.NumberFormat(formatLocale(), { style: 'unit', unit: name, unitDisplay: 'short' }).format(value);
  // as everywhere on the page: a space between a number and a Chinese word
  return text.replace(/(\d)(?=\p{Script=Han})/u, '$1 ');
}
