import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DevTools } from './dev-tools.ts';
import { findBrowser } from '../scripts/browser.mjs';
import { memoryOf, processTree, type Usage } from './processes.ts';

/** Where a browser shows itself; undefined is headless. */
export interface BrowserOptions {
  readonly display?: string;
  /** False leaves the HTTP cache as installed; true makes it too small to hold anything. */
  readonly withoutCache?: boolean;
  /** Switches for special hosts or certificates. */
  readonly switches?: readonly string[];
  /** A profile of an earlier browser, to go on with. */
  readonly profile?: string;
}

/**
 * A Chromium that the bench started itself, on a fresh profile, as installed. It is driven over DevTools' pipe, of which only
 * `Runtime.evaluate` is used: with the Network domain on, pages are two to three times slower.
 */
export class Browser {
  private constructor(
    readonly profile: string,
    readonly tools: DevTools,
    private readonly child: ChildProcess,
  ) {}

  /** A folder for the picker: those inside of the profile are refused as "system files". */
  readonly folder = mkdtempSync(join(tmpdir(), 'holdfast-picked-'));

  /** Where `<a download>` and the browser's own downloads go. */
  get downloads(): string {
    return join(this.profile, 'downloads');
  }

  static async start(options: BrowserOptions = {}): Promise<Browser> {
    const profile = options.profile ?? mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
    if (options.profile === undefined) writePreferences(profile);
    const child = spawn(
      await findBrowser(),
      [
        `--user-data-dir=${profile}`,
        '--remote-debugging-pipe',
        '--no-sandbox',
        '--no-first-run',
        '--no-default-browser-check',
        '--password-store=basic',
        '--disable-background-networking',
        '--disable-component-update',
        // names of the internet fail at once, as they would not where none is: Safe Browsing would wait five seconds for each saved file
        '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1',
        '--lang=en-US',
        '--window-size=1200,800',
        '--window-position=0,0',
        ...(options.display === undefined ? ['--headless=new'] : []),
        ...(options.withoutCache === true ? ['--disk-cache-size=1'] : []),
        ...(options.switches ?? []),
        'about:blank',
      ],
      {
        stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
        env: { ...process.env, LANGUAGE: 'en', ...(options.display !== undefined && { DISPLAY: options.display }) },
      },
    );
    const browser = new Browser(profile, await DevTools.attach(child), child);
    process.once('exit', browser.atExit);
    return browser;
  }

  /** Opens `address` in the one tab and waits until it has loaded. */
  async open(address: string): Promise<void> {
    await this.tools.send('Page.navigate', { url: address });
    await this.until(`document.readyState === 'complete' && location.protocol !== 'about:'`);
  }

  /** Runs `script` in the page as if the user had just clicked; returns its value, awaited. */
  evaluate<T>(script: string): Promise<T> {
    return this.tools.evaluate<T>(script);
  }

  /** Waits until `condition`, an expression in the page, is true. */
  async until(condition: string, seconds = 60): Promise<void> {
    const giveUpAt = Date.now() + seconds * 1000;
    while (!(await this.evaluate<boolean>(`Boolean(${condition})`).catch(() => false))) {
      if (Date.now() > giveUpAt) throw new Error(`The page did not come to: ${condition}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Processor seconds of all its processes, and the peaks of their memory. */
  usage(): Usage {
    return memoryOf(processTree(this.child.pid ?? 0));
  }

  /** The bench is being ended. */
  private readonly atExit = (): void => {
    for (const pid of processTree(this.child.pid ?? 0)) process.kill(pid, 'SIGKILL');
    for (const path of [this.profile, this.folder]) rmSync(path, { recursive: true, force: true });
  };

  /** `kill -9` of all processes at once; the profile stays. */
  async kill(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    process.off('exit', this.atExit);
    for (const pid of processTree(this.child.pid ?? 0)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        continue; // it ended by itself meanwhile
      }
    }
    await ended;
  }

  /** Ends the browser and removes its profile. */
  async close(): Promise<void> {
    await this.kill();
    for (const path of [this.profile, this.folder]) {
      rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    }
  }
}

/** As a user would have it who said "always allow" to several downloads, and has chosen where they go. */
function writePreferences(profile: string): void {
  const downloads = join(profile, 'downloads');
  mkdirSync(join(profile, 'Default'), { recursive: true });
  mkdirSync(downloads);
  const preferences = {
    download: { default_directory: downloads, prompt_for_download: false },
    profile: { default_content_setting_values: { automatic_downloads: 1 } },
    intl: { accept_languages: 'en-US,en', selected_languages: 'en-US,en' },
    session: { restore_on_startup: 5 },
  };
  writeFileSync(join(profile, 'Default', 'Preferences'), JSON.stringify(preferences));
}
