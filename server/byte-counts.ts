import { AppError } from '../src/order/errors.ts';

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
};

/** Reads `500kB`, `10MB`, `1GiB` and the like into bytes. `option` is named in the error. Throws `input-invalid`. */
export function parseBytes(option: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?) ?([kmg]?i?)b?$/i.exec(text.trim());
  const unit = UNITS[match?.[2]?.toLowerCase() ?? '-'];
  const bytes = Math.floor(Number(match?.[1]) * (unit ?? Number.NaN));
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  throw new AppError(
    'input-invalid',
    `${option} ${text} is no number of bytes. Write, for example, 10MB or 1GiB. Nothing was done.`,
  );
}
