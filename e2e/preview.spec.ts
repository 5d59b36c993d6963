import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { button } from './customer.ts';
import { MIB, type Delivery } from './delivery.ts';
import { expect, expectDelivered, test } from './fixtures.ts';
import { expectFile, fileRow } from './inside.ts';
import { FILM, makePng, makeWav, makeWebm } from './media.ts';

const PIECE = 8 * MIB;
const notes = new TextEncoder().encode(
  Array.from({ length: 20_000 }, (_, i) => `<b onclick="x">line ${i}</b> of the log\n`).join(''),
);

/** The bytes that a range of `/preview/` gives to the page that shows the order, as their SHA-256, and how it is answered. */
function previewOf(page: Page, file: number, range: string | undefined) {
  return page.evaluate(
    async ([number, wanted]) => {
      const order = location.hash.split('/').pop() ?? '';
      const response = await fetch(`/preview/${order}/${number}`, wanted === '' ? {} : { headers: { Range: wanted } });
      const bytes = await response.arrayBuffer();
      const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
      return {
        status: response.status,
        type: response.headers.get('Content-Type'),
        policy: response.headers.get('Content-Security-Policy'),
        range: response.headers.get('Content-Range'),
        hash: Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join(''),
      };
    },
    [file, range ?? ''] as const,
  );
}

function hashOf(delivery: Delivery, path: string, start: number, end?: number): string {
  const bytes = readFileSync(join(delivery.source, path)).subarray(start, end);
  return createHash('sha256').update(bytes).digest('hex');
}

/** Holds back everything of a file behind its first piece until the function that is returned is called. */
function holdAfterFirstPiece(delivery: Delivery, path: string): () => void {
  let held = true;
  delivery.faults.fault = (address, { range }) => {
    if (!held || !address.includes(path)) return undefined;
    return { kind: 'drop', after: Math.max(0, PIECE + 100_000 - (range?.start ?? 0)) };
  };
  return () => (held = false);
}

for (const [name, type] of [
  ['sound.wav', 'audio/wav'],
  ['film.webm', 'video/webm'],
] as const) {
  test(`${name} plays while it arrives, and where one jumps to is fetched out of turn`, async ({
    customer,
    deliver,
  }) => {
    const blank = await customer.open('about:blank');
    const content = type === 'audio/wav' ? makeWav(7 * PIECE) : await makeWebm(blank, 7 * PIECE);
    const delivery = await deliver({ [name]: content, 'z.7z': 20 * MIB });
    delivery.faults.rate = 3 * MIB;
    const page = await customer.open(delivery.link);
    await button(page, 'Start').click();
    await button(page, `Open ${name}`).click();
    const media = page.locator('audio, video');
    await expect.poll(() => media.evaluate((element: HTMLMediaElement) => element.readyState)).toBeGreaterThan(0);
    await media.evaluate((element: HTMLMediaElement) => element.play());
    const time = (): Promise<number> => media.evaluate((element: HTMLMediaElement) => element.currentTime);
    await expect.poll(time).toBeGreaterThan(0.5);
    await expectFile(page, name, 'downloading');

    const jumped = delivery.faults.bytes();
    const to = await media.evaluate((element: HTMLMediaElement) => (element.currentTime = element.duration * 0.8));
    const target = 5 * PIECE;
    const asked = () => delivery.faults.served.find(({ path, start }) => path.includes(name) && start === target);
    await expect.poll(asked).toBeDefined();
    // what is before it cannot have been there yet
    expect(delivery.faults.bytes() - jumped).toBeLessThan(target - jumped);
    // and goes on from there, a film with its pictures
    await expect.poll(time).toBeGreaterThan(to + 0.5);
    await expectFile(page, name, 'downloading');
    if (type === 'video/webm') {
      const seen = await media.evaluate((element: HTMLVideoElement) => ({
        width: element.videoWidth,
        pictures: element.getVideoPlaybackQuality().totalVideoFrames,
      }));
      expect(seen.width).toBe(FILM.width);
      expect(seen.pictures).toBeGreaterThan(5);
    }

    const piece = await previewOf(page, 0, `bytes=${target}-`);
    const range = `bytes ${target}-${target + PIECE - 1}/${content.length}`;
    expect(piece).toMatchObject({ status: 206, type, range });
    expect(piece.hash).toBe(hashOf(delivery, name, target, target + PIECE));
    expect(piece.policy).toBe("sandbox; default-src 'none'");
    await button(page, 'Close').click();
    await expect(button(page, `Open ${name}`)).toBeFocused();
    delivery.faults.rate = undefined;
    await expectDelivered(page, delivery);
  });
}

test('a picture is seen while it arrives, in a second window and after a kill as well', async ({
  customer,
  deliver,
}) => {
  test.skip(process.platform !== 'linux', 'finds the processes of the browser in /proc');
  const delivery = await deliver({ 'picture.png': makePng(2_000, 1_600) });
  const release = holdAfterFirstPiece(delivery, 'picture.png');
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await button(page, 'Open picture.png').click();
  const begun = (of: Page) =>
    of
      .locator('hf-preview img')
      .evaluate(({ naturalWidth, complete }: HTMLImageElement) => ({ naturalWidth, complete }));
  await expect.poll(() => begun(page)).toEqual({ naturalWidth: 2_000, complete: false });

  const second = await customer.open(page.url());
  await button(second, 'Open picture.png').click();
  await expect.poll(() => begun(second)).toEqual({ naturalWidth: 2_000, complete: false });

  await customer.kill();
  const after = await customer.open(page.url());
  await button(after, 'Open picture.png').click();
  await expect.poll(() => begun(after)).toEqual({ naturalWidth: 2_000, complete: false });
  release();
  await expect.poll(() => begun(after)).toEqual({ naturalWidth: 2_000, complete: true });
  await after.locator('hf-preview img').evaluate((image: HTMLImageElement) => image.decode());
  expect((await previewOf(after, 0, undefined)).hash).toBe(delivery.hashes.get('picture.png'));
  await expectDelivered(after, delivery);
});

test('a text is read as it is written, while others run, paused, and out of the folder when it is saved', async ({
  customer,
  deliver,
}) => {
  const delivery = await deliver({ 'lot/notes.log': notes, 'z.7z': 40 * MIB });
  delivery.faults.rate = 2 * MIB;
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await expectFile(page, 'lot/notes.log', 'saved');
  await button(page, 'Open lot/notes.log').click();
  const text = page.locator('hf-preview pre');
  await expect(text).toContainText('<b onclick="x">line 0</b> of the log');
  await expect(text.locator('b')).toHaveCount(0);
  await expect(text).not.toContainText('line 19999<');
  for (let more = 0; more < 3; more++) await button(page, 'Show more').click();
  await expect(text).toContainText('line 19999<');
  await expect(button(page, 'Show more')).toHaveCount(0);
  await page.keyboard.press('Escape');
  await expect(page.locator('hf-preview')).toHaveCount(0);

  await button(page, 'Details of lot/notes.log').click();
  await expect(fileRow(page, 'lot/notes.log')).toContainText('picked / A-1042 / lot / notes.log');
  // bytes that are not the order's are never shown
  await page.evaluate(async () => {
    const picked = await (await navigator.storage.getDirectory()).getDirectoryHandle('picked');
    const folder = await (await picked.getDirectoryHandle('A-1042')).getDirectoryHandle('lot');
    const writable = await (await folder.getFileHandle('notes.log')).createWritable({ keepExistingData: true });
    await writable.write('X');
    await writable.close();
  });
  await button(page, 'Open lot/notes.log').click();
  await expect(page.locator('hf-preview').getByRole('status')).toContainText('another program has changed it');
  await button(page, 'Close').click();
  await expectFile(page, 'z.7z', 'downloading');
});

test('a paused order shows what is there, and asks for nothing', async ({ customer, deliver }) => {
  const delivery = await deliver({ 'sound.wav': makeWav(3 * PIECE) });
  holdAfterFirstPiece(delivery, 'sound.wav');
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await expect(page.locator('.now .percent')).toHaveText(/^3\d/);
  await button(page, 'Pause').click();
  await expectFile(page, 'sound.wav', 'paused');
  const asked = delivery.faults.served.length;
  await button(page, 'Open sound.wav').click();
  const viewer = page.locator('hf-preview');
  await expect(viewer.getByRole('status')).toContainText('only what has arrived');
  await expect
    .poll(() => viewer.locator('audio').evaluate((element: HTMLAudioElement) => element.readyState))
    .toBeGreaterThan(0);
  expect((await previewOf(page, 0, 'bytes=0-9')).hash).toBe(hashOf(delivery, 'sound.wav', 0, 10));
  expect(delivery.faults.served.length).toBe(asked);
});

test('what can act is never shown, and no address of a preview is ever a page', async ({ customer, deliver }) => {
  const html = new TextEncoder().encode('<title>owned</title><script>document.title="owned"</script>');
  const refused = ['page.html', 'drawing.svg', 'chip.7z'];
  const shown = ['notes.txt', 'dot.png'];
  const contents = { ...Object.fromEntries(refused.map((name) => [name, html])), 'notes.txt': html };
  const delivery = await deliver({ ...contents, 'dot.png': makePng(2, 2) });
  const page = await customer.open(delivery.link);
  await button(page, 'Start').click();
  await expectDelivered(page, delivery);
  await button(page, 'Open notes.txt').click();
  await expect(page.locator('hf-preview pre')).toContainText('<script>');
  await button(page, 'Close').click();
  for (const name of refused) await expect(button(page, `Open ${name}`)).toHaveCount(0);

  // a window answers while it shows something
  await button(page, 'Open dot.png').click();
  await expect(page.locator('hf-preview img')).toHaveJSProperty('naturalWidth', 2);
  for (const name of [...refused, ...shown]) {
    const file = Number(await fileRow(page, name).getAttribute('data-file'));
    const answer = await previewOf(page, file, undefined);
    expect(answer.status, name).toBe(shown.includes(name) ? 200 : 404);
    expect(answer.type, name).toBe({ 'notes.txt': 'text/plain', 'dot.png': 'image/png' }[name] ?? null);
    const opened = await customer.open(`${delivery.app}/preview/${page.url().split('/').pop()}/${file}`);
    expect(await opened.title(), name).not.toBe('owned');
    expect(await opened.locator('body').textContent(), name).not.toContain('owned');
    await opened.close();
  }
});
