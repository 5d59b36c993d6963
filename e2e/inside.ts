import { expect, type Locator, type Page, type Worker } from '@playwright/test';
import type { Customer } from './customer.ts';

/** The worker that runs, or would run, this page's engine. */
export async function engineOf(page: Page): Promise<Worker> {
  let engine: Worker | undefined;
  const find = async (): Promise<boolean> => {
    for (const worker of page.workers()) {
      const name = await worker.evaluate(() => self.name).catch(() => '');
      if (name === 'holdfast') engine = worker;
    }
    return engine !== undefined;
  };
  await expect.poll(find).toBe(true);
  return engine as Worker;
}

/** What the order's page says of what happens now. */
export function statusOf(page: Page): Locator {
  return page.getByRole('region', { name: 'Progress' }).getByRole('status');
}

/** A file's row. */
export function fileRow(page: Page, path: string): Locator {
  return page.getByRole('list', { name: 'Files' }).getByRole('listitem').filter({ hasText: path });
}

/** Waits until a file's row has this status. */
export async function expectFile(page: Page, path: string, status: string): Promise<void> {
  await expect(fileRow(page, path), path).toHaveAttribute('data-status', status);
}

/** A page of the app's origin on which no engine runs: the storage can be changed as if the app were closed. */
export async function openStorage(customer: Customer, app: string): Promise<Page> {
  const page = await customer.open(`${app}/healthz`);
  await expect(page.locator('body')).toContainText('ok');
  return page;
}

/** What became of the bytes of a part, on a page of `openStorage`. `file` is the file's number. */
export function damagePart(
  page: Page,
  file: number,
  damage: { flip: number } | { cut: number } | 'remove',
): Promise<void> {
  return page.evaluate(
    async ([name, what]) => {
      const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('holdfast-parts');
      for await (const folder of root.values()) {
        if (folder.kind !== 'directory') continue;
        if (what === 'remove') {
          await folder.removeEntry(name);
          continue;
        }
        const handle = await folder.getFileHandle(name);
        const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
        const writable = await handle.createWritable();
        if ('cut' in what) await writable.write(bytes.slice(0, what.cut));
        else {
          bytes[what.flip] = (bytes[what.flip] as number) ^ 1;
          await writable.write(bytes);
        }
        await writable.close();
      }
    },
    [String(file), damage] as const,
  );
}

/** What the journal keeps of the event log. */
export function journalLog(page: Page): Promise<string> {
  return page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        const opening = indexedDB.open('holdfast');
        opening.addEventListener('success', () => {
          const reading = opening.result.transaction('settings').objectStore('settings').get('log');
          reading.addEventListener('success', () => resolve(String(reading.result)));
        });
      }),
  );
}

/** Waits until `count` stays what it is for `ms`: a loop never lets it. */
export async function expectQuiet(count: () => number, what: string, ms = 4_000): Promise<void> {
  let last = -1;
  let since = 0;
  const quietFor = (): number => {
    const now = performance.now();
    if (count() !== last) [last, since] = [count(), now];
    return now - since;
  };
  await expect.poll(quietFor, { message: what, timeout: 15_000, intervals: [100] }).toBeGreaterThan(ms);
}
