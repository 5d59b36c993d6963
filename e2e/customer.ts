import { chromium, expect, type BrowserContext, type CDPSession, type Locator, type Page } from '@playwright/test';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from './temp-folder.ts';

/** What is special about a customer's computer. */
interface CustomerOptions {
  /** Folder of the disk that the profile is on. */
  readonly disk?: string;
  /** Further switches of the browser. */
  readonly args?: readonly string[];
}

/** A customer: one browser profile that outlives the browser. */
export class Customer {
  private readonly profile: string;
  private context: BrowserContext | undefined;

  /** With the X display of a desktop, in a window with the browser's own folder picker; otherwise without a window. */
  constructor(
    private readonly display?: string,
    private readonly options: CustomerOptions = {},
  ) {
    const { disk } = options;
    this.profile = disk === undefined ? tempFolder('profile') : mkdtempSync(join(disk, 'holdfast-profile-'));
  }

  /** Starts the browser on its profile, with a picker that answers with an OPFS folder, and opens `address`. */
  async open(address: string): Promise<Page> {
    this.context ??= await this.launch();
    const page = this.context.pages().find((each) => each.url() === 'about:blank') ?? (await this.context.newPage());
    await page.goto(address);
    return page;
  }

  /** Installs the app that is open in a tab, and opens it in a window of its own instead. */
  async install(app: string): Promise<Page> {
    const [tab] = this.context?.pages() ?? [];
    await tab?.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    const manifestId = `${app}/`;
    const session = await this.session();
    await session.send('PWA.install', { manifestId, installUrlOrBundleUrl: manifestId });
    await session.send('PWA.changeAppUserSettings', { manifestId, displayMode: 'standalone' });
    const page = await this.launchApp(app);
    await tab?.close();
    return page;
  }

  /** Opens the installed app as its icon does: a window without tabs. */
  async launchApp(app: string): Promise<Page> {
    this.context ??= await this.launch();
    const opened = this.context.waitForEvent('page');
    await (await this.session()).send('PWA.launch', { manifestId: `${app}/` });
    const page = await opened;
    await page.waitForLoadState();
    return page;
  }

  /** Opens an address, or files, with the installed app that runs already, as the system does. */
  async giveToApp(app: string, given: { readonly url: string } | { readonly files: readonly string[] }): Promise<void> {
    const session = await this.session();
    const manifestId = `${app}/`;
    if ('url' in given) await session.send('PWA.launch', { manifestId, url: given.url });
    else await session.send('PWA.launchFilesInApp', { manifestId, files: [...given.files] });
  }

  /** Waits until the browser has written down that `folder` may be used: it does so some seconds after the user's "Allow". */
  async remembered(folder: string): Promise<void> {
    const preferences = join(this.profile, 'Default', 'Preferences');
    const written = (): boolean => existsSync(preferences) && readFileSync(preferences, 'utf8').includes(folder);
    await expect.poll(written, { timeout: 60_000 }).toBe(true);
  }

  /** `kill -9` of all processes of this browser, at once. */
  async kill(): Promise<void> {
    const closed = new Promise((resolve) => this.context?.once('close', resolve));
    this.signal('SIGKILL');
    await closed;
    this.context = undefined;
  }

  /**
   * The browser stands still until `wake`: as a whole, as with a computer that sleeps, or its pages and their workers, as frozen tabs do
   * (Linux). The protocol's own `Page.setWebLifecycleState` froze nothing in Chromium 156: timers and requests went on.
   */
  sleep(what: 'computer' | 'tabs'): void {
    this.signal('SIGSTOP', (pid) => what === 'computer' || readProc(`${pid}/cmdline`).includes('--type=renderer'));
  }

  wake(): void {
    this.signal('SIGCONT');
  }

  /**
   * The browser was killed, a moment ago, between the two writes of a record to the log of its IndexedDB: the record's head is there, its
   * 64 bytes are not. The next start ignores it and writes behind it; the one after takes the whole for corrupt and empties it.
   */
  tearJournal(): void {
    const databases = join(this.profile, 'Default', 'IndexedDB');
    const logs = readdirSync(databases, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.log'));
    for (const log of logs) appendFileSync(join(databases, log), Uint8Array.of(0x11, 0x22, 0x33, 0x44, 64, 0, 1));
  }

  /** Memory of all processes of this browser in bytes, what they share counted once (Linux). */
  memory(): number {
    const shareOf = (pid: number): number => {
      const [, kib] = /^Pss:\s+(\d+)/m.exec(readProc(`${pid}/smaps_rollup`)) ?? [];
      return Number(kib ?? 0) * 1024;
    };
    return this.pids().reduce((sum, pid) => sum + shareOf(pid), 0);
  }

  /** Closes the browser as a user does; `open` starts it again. */
  async quit(): Promise<void> {
    await this.context?.close();
    this.context = undefined;
  }

  /** Closes the browser and starts with a new profile. */
  async forget(): Promise<void> {
    await this.close();
    mkdirSync(this.profile);
  }

  async close(): Promise<void> {
    await this.quit();
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }

  private async launch(): Promise<BrowserContext> {
    const executablePath = process.env['HOLDFAST_BROWSER'];
    const context = await chromium.launchPersistentContext(this.profile, {
      ...(executablePath && { executablePath }),
      args: [
        '--no-sandbox',
        '--disable-background-networking',
        '--disable-component-update',
        // names of the internet fail at once, as they would not where there is none: Safe Browsing would wait five seconds for each saved file
        '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1',
        ...(this.options.args ?? []),
      ],
      locale: 'en-US',
      ...(this.display && { headless: false, viewport: null, env: { ...process.env, DISPLAY: this.display } }),
    });
    if (this.display) return context;
    await context.addInitScript(() => {
      window.showDirectoryPicker = async () => {
        const root = await navigator.storage.getDirectory();
        return root.getDirectoryHandle('picked', { create: true });
      };
    });
    return context;
  }

  /** The browser itself, not a page of it: apps are installed and launched there. */
  private async session(): Promise<CDPSession> {
    const browser = this.context?.browser();
    if (!browser) throw new Error('No browser is running.');
    return browser.newBrowserCDPSession();
  }

  private signal(name: NodeJS.Signals, isMeant: (pid: number) => boolean = () => true): void {
    for (const pid of this.pids().filter(isMeant)) {
      try {
        process.kill(pid, name);
      } catch {
        // it ended with another one
      }
    }
  }

  /** The browser's processes: those that are told the profile, and all that they started. */
  private pids(): number[] {
    const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    const ours = new Set(all.filter((pid) => readProc(`${pid}/cmdline`).includes(this.profile)));
    // the parent is the second field behind the program's name, which is in brackets
    const parents = new Map(all.map((pid) => [pid, readProc(`${pid}/stat`).split(') ').pop()?.split(' ')[1] ?? '']));
    for (let found = -1; found !== ours.size;) {
      found = ours.size;
      for (const [pid, parent] of parents) if (ours.has(parent)) ours.add(pid);
    }
    return [...ours].map(Number);
  }
}

function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'utf8');
  } catch {
    return ''; // the process ended meanwhile
  }
}

/** The one button of this name. */
export function button(page: Page, name: string): Locator {
  return page.getByRole('button', { name, exact: true });
}

/** From now on the page's picker answers with these folders of OPFS: one to be read, one to be written to. */
export function answerPicker(page: Page, folders: { readonly read: string; readonly write: string }): Promise<void> {
  return page.evaluate(({ read, write }) => {
    window.showDirectoryPicker = async (options) => {
      const root = await navigator.storage.getDirectory();
      return root.getDirectoryHandle(options?.mode === 'read' ? read : write, { create: true });
    };
  }, folders);
}

/** Gives a folder of OPFS another name, with all that is in it. */
export function moveFolder(page: Page, from: string, to: string): Promise<void> {
  return page.evaluate(
    async ([old, other]) => {
      const copy = async (source: FileSystemDirectoryHandle, target: FileSystemDirectoryHandle): Promise<void> => {
        for await (const [name, handle] of source.entries()) {
          if (handle.kind === 'directory') {
            await copy(handle, await target.getDirectoryHandle(name, { create: true }));
            continue;
          }
          const writable = await (await target.getFileHandle(name, { create: true })).createWritable();
          await writable.write(await handle.getFile());
          await writable.close();
        }
      };
      const root = await navigator.storage.getDirectory();
      await copy(await root.getDirectoryHandle(old), await root.getDirectoryHandle(other, { create: true }));
      await root.removeEntry(old, { recursive: true });
    },
    [from, to] as const,
  );
}

/** What is in the picked folder: SHA-256 (hexadecimal) of each file by its path. */
export async function savedFiles(page: Page): Promise<Map<string, string>> {
  const entries = await page.evaluate(async () => {
    const found: [string, string][] = [];
    const walk = async (folder: FileSystemDirectoryHandle, path: string): Promise<void> => {
      for await (const [name, handle] of folder.entries()) {
        if (handle.kind === 'directory') {
          await walk(handle, `${path}${name}/`);
          continue;
        }
        const bytes = await (await handle.getFile()).arrayBuffer();
        const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
        found.push([path + name, Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')]);
      }
    };
    const root = await navigator.storage.getDirectory();
    await walk(await root.getDirectoryHandle('picked', { create: true }), '');
    return found;
  });
  return new Map(entries);
}

/** The text of a small file in the picked folder. */
export function savedText(page: Page, ...path: readonly string[]): Promise<string> {
  return page.evaluate(async (parts) => {
    let folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('picked');
    for (const part of parts.slice(0, -1)) folder = await folder.getDirectoryHandle(part);
    return (await (await folder.getFileHandle(parts.at(-1) ?? '')).getFile()).text();
  }, path);
}

/** Pastes presigned URLs, one a line, on the page with all orders or on one's own. */
export async function addLinks(page: Page, urls: readonly string[]): Promise<void> {
  await button(page, 'Add links').click();
  await page.getByRole('textbox', { name: 'Links' }).fill(urls.join('\n'));
  await button(page, 'Add').click();
}
