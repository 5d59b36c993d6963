/** Lower-case hexadecimal of `bytes`. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Writes the bytes that `hex` spells into `to`, from `at` on. */
export function writeHex(hex: string, to: Uint8Array, at: number): void {
  for (let i = 0; i < hex.length / 2; i++) to[at + i] = Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16);
}

/** SHA-256 of `data` in lower-case hexadecimal (64 characters), by WebCrypto. */
export async function sha256Hex(data: Uint8Array<ArrayBuffer>): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', data)));
}
