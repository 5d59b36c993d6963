import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TextFile, type ReadBytes } from './text-file.ts';

const always = (): boolean => true;

function reading(bytes: Uint8Array<ArrayBuffer>): ReadBytes {
  return (start) => {
    const body = new Blob([bytes.slice(start)]);
    return Promise.resolve({ ok: true, value: { mediaType: 'text/plain', size: bytes.length, body } });
  };
}

async function read(bytes: Uint8Array<ArrayBuffer>, chinese = false): Promise<TextFile> {
  const file = new TextFile(reading(bytes), chinese);
  while (!file.whole) await file.more(always);
  return file;
}

describe('TextFile', () => {
  it('reads a bounded stretch at a time, and tears no letter apart', async () => {
    const text = '片'.repeat(200_000);
    const file = new TextFile(reading(new TextEncoder().encode(text)), false);
    await file.more(always);
    expect(file.whole).toBe(false);
    expect(file.text.length).toBeLessThan(90_000);
    while (!file.whole) await file.more(always);
    expect(file.text).toBe(text);
  });

  it('reads what Chinese and Western programs write when it is not UTF-8', async () => {
    expect((await read(Uint8Array.of(0xbe, 0xa7, 0xd4, 0xb2), true)).text).toBe('晶圆');
    expect((await read(Uint8Array.of(0x35, 0xb5, 0x6d))).text).toBe('5µm');
    expect((await read(Uint8Array.of(0xff, 0xfe, 0x61, 0x00))).text).toBe('a');
  });

  it('ends at once with an empty file', async () => {
    expect((await read(new Uint8Array())).text).toBe('');
  });
});

describe('TextFile, while it arrives', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('asks again for what is not there yet, as long as somebody wants to see it', async () => {
    const there = reading(new TextEncoder().encode('late'));
    let asked = 0;
    const file = new TextFile(
      (at) => (++asked < 3 ? Promise.resolve({ ok: true, value: undefined }) : there(at)),
      false,
    );
    const more = file.more(always);
    await vi.advanceTimersByTimeAsync(5_000);
    expect([await more, file.text, asked]).toEqual([undefined, 'late', 3]);

    let wanted = true;
    const never = new TextFile(() => Promise.resolve({ ok: true, value: undefined }), false);
    const given = never.more(() => wanted);
    wanted = false;
    await vi.advanceTimersByTimeAsync(5_000);
    expect([await given, never.text]).toEqual([undefined, '']);
  });

  it('says why it cannot be had', async () => {
    const error = { code: 'copy-changed', message: '', detail: {} } as const;
    const file = new TextFile(() => Promise.resolve({ ok: false, error }), false);
    expect(await file.more(always)).toBe(error);
  });
});
