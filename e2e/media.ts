import type { Page } from '@playwright/test';
import { randomBytes } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';

/** A sound of noise that every browser plays, of `length` bytes in all (a multiple of 4): 16 bits, stereo, 48,000 a second. */
export function makeWav(length: number): Uint8Array {
  const data = randomBytes(length - 44);
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + data.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(2, 22);
  header.writeUInt32LE(48_000, 24);
  header.writeUInt32LE(48_000 * 4, 28);
  header.writeUInt16LE(4, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}

/** A picture of noise, which cannot be compressed: 3 bytes a pixel. */
export function makePng(width: number, height: number): Uint8Array {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const lines = randomBytes((width * 3 + 1) * height);
  // the filter of each line: none
  for (let line = 0; line < height; line++) lines[line * (width * 3 + 1)] = 0;
  const chunks = [chunk('IHDR', head), chunk('IDAT', deflateSync(lines, { level: 0 })), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), ...chunks]);
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}

/** Sizes in pixels of the films. */
export const FILM = { width: 320, height: 240 } as const;
const FRAMES_A_SECOND = 10;

/**
 * A film (WebM, VP8) of about `length` bytes whose index is at its beginning, ten pictures a second. Each picture is one of noise as the
 * page's browser encodes it for WebP, which is a key frame of VP8 (with quality 1 it would be another format).
 */
export async function makeWebm(page: Page, length: number): Promise<Uint8Array> {
  const webp = await page.evaluate(async ({ width, height }) => {
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d', { alpha: false })!;
    const image = context.createImageData(width, height);
    for (let at = 0; at < image.data.length; at++) image.data[at] = Math.random() * 256;
    context.putImageData(image, 0, 0);
    const blob = await canvas.convertToBlob({ type: 'image/webp', quality: 0.9 });
    return Array.from(new Uint8Array(await blob.arrayBuffer()));
  }, FILM);
  const frame = frameOf(Buffer.from(webp));
  const count = Math.floor(length / (frame.length + 100));
  const times = Array.from({ length: count }, (_, index) => (index * 1000) / FRAMES_A_SECOND);

  const duration = Buffer.alloc(8);
  duration.writeDoubleBE((count * 1000) / FRAMES_A_SECOND);
  const info = ebml(
    '1549a966',
    ebml('2ad7b1', uint(1_000_000)),
    ebml('4489', duration),
    ebml('4d80', Buffer.from('e2e')),
  );
  const size = ebml('e0', ebml('b0', uint(FILM.width)), ebml('ba', uint(FILM.height)));
  const track = ebml(
    'ae',
    ebml('d7', uint(1)),
    ebml('73c5', uint(1)),
    ebml('83', uint(1)),
    ebml('86', Buffer.from('V_VP8')),
    size,
  );
  const head = Buffer.concat([info, ebml('1654ae6b', track)]);
  const clusters = times.map((time) => ebml('1f43b675', ebml('e7', uint(time)), ebml('a3', BLOCK, frame)));
  const cue = (time: number, position: number): Buffer =>
    ebml('bb', ebml('b3', uint(time)), ebml('b7', ebml('f7', uint(1)), ebml('f1', uint(position))));
  // every number has the same length, so that the index has it, too, whatever stands in it
  const start = head.length + ebml('1c53bb6b', ...times.map((time) => cue(time, 0))).length;
  const index = ebml('1c53bb6b', ...times.map((time, at) => cue(time, start + at * clusters[0]!.length)));
  const type = ebml('1a45dfa3', ebml('4282', Buffer.from('webm')), ebml('4287', uint(4)), ebml('4285', uint(2)));
  return Buffer.concat([type, ebml('18538067', head, index, ...clusters)]);
}

/** Track 1, at the cluster's own time, a key frame. */
const BLOCK = Buffer.from([0x81, 0, 0, 0x80]);

/** The picture in a WebP file: its chunk `VP8 `. */
function frameOf(webp: Buffer): Buffer {
  for (let at = 12; at < webp.length;) {
    const length = webp.readUInt32LE(at + 4);
    if (webp.toString('latin1', at, at + 4) === 'VP8 ') return webp.subarray(at + 8, at + 8 + length);
    at += 8 + length + (length % 2);
  }
  throw new Error('The browser encoded no picture.');
}

function ebml(id: string, ...data: readonly Buffer[]): Buffer {
  const length = uint(data.reduce((sum, { length: each }) => sum + each, 0));
  length[0] = 1; // a number of 7 more bytes follows
  return Buffer.concat([Buffer.from(id, 'hex'), length, ...data]);
}

function uint(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}
