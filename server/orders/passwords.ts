import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import pLimit from 'p-limit';
import { AppError } from '../../src/order/errors.ts';
import type { KeyRecord } from '../store/records.ts';

type PasswordRecord = NonNullable<KeyRecord['password']>;
type Cost = Readonly<Record<'n' | 'r' | 'p', number>>;

const LENGTH = 32;
/** One of the settings for scrypt that OWASP's Password Storage Cheat Sheet calls equal; this one needs 32 MiB each time. */
const COST: Cost = { n: 2 ** 15, r: 8, p: 3 };
/** Records of the first version do not say it. */
const FIRST_COST: Cost = { n: 2 ** 14, r: 8, p: 1 };
/** Letters that a password has at least (NIST SP 800-63B). */
const SHORTEST = 8;

/** So many at once: each takes its memory, and one of the four threads that also read files. */
const deriving = pLimit(2);

function derive(password: string, salt: Buffer, { n, r, p }: Cost): Promise<Buffer> {
  // the same letters typed on another system give the same bytes
  const text = password.normalize('NFC');
  // RFC 7914: 128 N r bytes, and some more
  const options = { N: n, r, p, maxmem: 256 * n * r + 2 ** 20 };
  return deriving(
    () =>
      new Promise((resolve, reject) =>
        scrypt(text, salt, LENGTH, options, (error, key) => (error ? reject(error) : resolve(key))),
      ),
  );
}

/** Gives back a password that is long enough. Throws `input-invalid`. */
export function checkPassword(password: string): string {
  if (Array.from(password.normalize('NFC')).length >= SHORTEST) return password;
  throw new AppError('input-invalid', `The password has fewer than ${SHORTEST} characters. Nothing was done.`);
}

/** What is kept of a password. Throws `input-invalid` when it is too short. */
export async function hashPassword(password: string): Promise<PasswordRecord> {
  const salt = randomBytes(16);
  const hash = await derive(checkPassword(password), salt, COST);
  return { salt: salt.toString('base64url'), hash: hash.toString('base64url'), ...COST };
}

/** Compares in constant time. */
export async function passwordFits(password: string, kept: PasswordRecord): Promise<boolean> {
  const right = Buffer.from(kept.hash, 'base64url');
  const given = await derive(password, Buffer.from(kept.salt, 'base64url'), { ...FIRST_COST, ...kept });
  return right.length === given.length && timingSafeEqual(right, given);
}
