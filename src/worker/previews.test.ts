import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PreviewBytes } from '../engine-api.ts';
import type * as pieces from '../order/pieces.ts';
import type * as types from '../order/preview-type.ts';
import type { Engine } from './engine.ts';
import type { FileRun } from './order-run.ts';
import type { Destination, PartStore } from './ports.ts';
import { Previews } from './previews.ts';
import { memoryPart, MIB, orderOf } from './testing/fakes.ts';
import { plainHasher } from './testing/plain-hasher.ts';
import { PIECE } from './testing/sim-order.ts';
import { follow, published, type Answer } from './testing/sim-script.ts';

vi.mock('../order/pieces.ts', async (original) => ({
  ...(await original<typeof pieces>()),
  MIN_PIECE_LENGTH: 8192,
}));
// the simulated order has chips only
vi.mock('../order/preview-type.ts', async (original) => {
  const { previewType, ...others } = await original<typeof types>();
  return { ...others, previewType: (path: string) => previewType(path.replace(/\.bin$/, '.wav')) };
});

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] }));
afterEach(() => {
  vi.clearAllTimers();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe.each([
  // the one transfer has the piece for later
  { connections: 1, piece: 2 },
  // nobody has it, and no connection is free
  { connections: 4, piece: 5 },
])('while the file arrives slowly, with $connections connections', ({ connections, piece }) => {
  /** Looks at byte `start` of the first file when its first piece is half there. */
  async function lookAt(start: number) {
    let engine: Engine | undefined;
    let lookedAt = Infinity;
    let meanwhile = 0;
    let shown: Promise<PreviewBytes | undefined> | undefined;
    const received = (): number => engine?.snapshot(true, undefined).orders[0]?.bytesReceived ?? 0;
    const store = (): Answer => ({ chunk: 500, pause: 200 });
    const started = (running: Engine): void => {
      engine = running;
      setTimeout(() => {
        lookedAt = performance.now();
        const before = received();
        shown = engine?.preview(published.order, 0, start);
        void shown?.then(() => (meanwhile = received() - before));
      }, 1_500);
    };
    const outcome = await follow({ store, started }, 0, connections);
    const body = (await shown)?.body;
    const bytes = body && new Uint8Array(await body.arrayBuffer());
    return { ...outcome, bytes, meanwhile, next: outcome.asks.filter(({ now }) => now > lookedAt) };
  }

  it('the piece that is looked at is asked for next, and its bytes are given as soon as they are right', async () => {
    const start = piece * PIECE + 7;
    const { bytes, next, rows, saved, summary } = await lookAt(start);
    const [file] = published.files;
    const end = Math.min(file!.bytes.length, (piece + 2) * PIECE);
    expect(next[0]).toMatchObject({ file: 0, start: piece * PIECE, end });
    expect(bytes && Buffer.compare(bytes, file!.bytes.subarray(start, (piece + 1) * PIECE))).toBe(0);
    expect(rows.map(({ status }) => status)).toEqual(['saved', 'saved', 'saved']);
    expect(Buffer.compare(saved.get('faulty.bin')!, file!.bytes)).toBe(0);
    expect(summary.bytesFetchedTwice).toBe(0);
  });

  it('the line is the viewer’s until its piece is there', async () => {
    const { meanwhile } = await lookAt(piece * PIECE);
    // and what the other transfers had in hand, which they gather for a second
    expect(meanwhile).toBeLessThan(PIECE + connections * 3_000);
  });

  it('a piece that is under way is waited for, and nothing is cut short', async () => {
    const { asks, bytes } = await lookAt(10);
    expect(bytes && Buffer.compare(bytes, published.files[0]!.bytes.subarray(10, PIECE))).toBe(0);
    expect(new Set(asks.map(({ file, start }) => `${file} ${start}`)).size).toBe(asks.length);
    expect(asks.filter(({ file, start }) => file === 0 && start % PIECE !== 0)).toEqual([]);
  });
});

describe('Previews', () => {
  const content = new Uint8Array(2 * MIB + 5).map((_, i) => i * 31);
  const spans = [content.subarray(0, MIB), content.subarray(MIB, 2 * MIB), content.subarray(2 * MIB)];
  const hashes = Buffer.concat(spans.map((span) => createHash('sha256').update(span).digest()));

  /** A text file of three pieces, of which the first two are there, and what its viewer can get at. */
  function open(change: (file: FileRun) => void = () => undefined, stored: Uint8Array<ArrayBuffer> = content) {
    const file = orderOf([content.length], { path: 'notes.txt', hashes: Uint8Array.from(hashes) }).files[0]!;
    file.verified.add(0);
    file.verified.add(1);
    change(file);
    const blob = new File([stored], 'part');
    const urged: number[] = [];
    const previews = new Previews({
      parts: { blob: () => Promise.resolve(blob) } as Partial<PartStore> as PartStore,
      hasher: plainHasher,
      folder: () => ({ existing: () => Promise.resolve(blob) }) as Partial<Destination> as Destination,
      urge: (_, piece) => urged.push(piece),
    });
    return { file, previews, urged };
  }

  async function bytesOf(shown: Promise<PreviewBytes | undefined>): Promise<Uint8Array> {
    return new Uint8Array((await (await shown)?.body.arrayBuffer()) ?? []);
  }

  it('gives the rest of one piece: of a part that is open, of one that is closed, of the saved file', async () => {
    const kinds = [
      (file: FileRun) => void (file.part = memoryPart(content.slice())),
      () => undefined,
      (file: FileRun) => void (file.state = { kind: 'saved', name: 'notes.txt' }),
    ];
    for (const kind of kinds) {
      const { file, previews } = open(kind);
      expect(await previews.read(file, MIB + 3)).toMatchObject({ mediaType: 'text/plain', size: content.length });
      expect(Buffer.compare(await bytesOf(previews.read(file, MIB + 3)), content.subarray(MIB + 3, 2 * MIB))).toBe(0);
    }
  });

  it('gives nothing behind the end, and nothing of a kind that is not shown', async () => {
    const { file, previews } = open();
    expect(await bytesOf(previews.read(file, content.length))).toHaveLength(0);
    file.spec = { ...file.spec, path: 'notes.html' };
    await expect(previews.read(file, 0)).rejects.toMatchObject({ code: 'request-invalid' });
  });

  it('never gives bytes whose hash is not right any more', async () => {
    const altered = content.slice();
    altered[MIB + 9]! ^= 1;
    const part = open(undefined, altered);
    await expect(part.previews.read(part.file, MIB)).rejects.toMatchObject({ code: 'piece-damaged' });
    const saved = open((file) => void (file.state = { kind: 'saved', name: 'notes.txt' }), altered);
    await expect(saved.previews.read(saved.file, MIB)).rejects.toMatchObject({ code: 'copy-changed' });
    const cut = open((file) => void (file.state = { kind: 'saved', name: 'notes.txt' }), content.slice(0, MIB));
    await expect(cut.previews.read(cut.file, MIB)).rejects.toMatchObject({ code: 'copy-changed' });
  });

  it('waits for a piece that is not there, and says so when it does not come', async () => {
    const { file, previews, urged } = open();
    const shown = previews.read(file, 2 * MIB);
    expect(urged).toEqual([2]);
    file.verified.add(2);
    previews.changed();
    expect(await bytesOf(shown)).toEqual(content.subarray(2 * MIB));
    file.verified.delete(2);
    const late = previews.read(file, 2 * MIB);
    vi.advanceTimersByTime(20_000);
    expect(await late).toBeUndefined();
  });

  it('tells why the file failed, instead of waiting', async () => {
    const { file, previews } = open();
    const shown = previews.read(file, 2 * MIB);
    file.apply({ kind: 'fail', error: { code: 'not-found', message: 'gone', detail: {} } });
    previews.changed();
    await expect(shown).rejects.toMatchObject({ code: 'not-found' });
    await expect(previews.read(file, 2 * MIB)).rejects.toMatchObject({ code: 'not-found' });
  });
});
