import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import type { KeyRecord } from '../store/records.ts';

const LENGTH = 32;

function derive(password: string, salt: Buffer): Promise<Buffer> {
  // the same letters typed on another system give the same bytes
  const text = password.normalize('NFC');
  // Node's defaults: N 2^14, r 8, p 1
  return new Promise((resolve, reject) =>
    scrypt(text, salt, LENGTH, (error, key) => (error ? reject(error) : resolve(key))),
  );
}

/** What is kept of a password. */
export async function hashPassword(password: string): Promise<NonNullable<KeyRecord['password']>> {
  const salt = randomBytes(16);
  return { salt: salt.toString('base64url'), hash: (await derive(password, salt)).toString('base64url') };
}

/** Compares in constant time. */
export async function passwordFits(
  password: string,
  { salt, hash }: NonNullable<KeyRecord['password']>,
): Promise<boolean> {
  const right = Buffer.from(hash, 'base64url');
  const given = await derive(password, Buffer.from(salt, 'base64url'));
  return right.length === given.length && timingSafeEqual(right, given);
}
