import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { expect } from '@playwright/test';

/** Where the browser's window, of this width, has its "Allow": in an app, in a tab, and in a tab that had it before a restart. Pixels. */
const ALLOW = {
  app: { x: (width: number) => width / 2 + 147, y: 127 },
  tab: { x: (width: number) => width / 2 + 147, y: 192 },
  again: { x: () => 285, y: 293 },
} as const;
const TOOLS = ['Xvfb', 'openbox', 'xdotool'];

/** What is missing here for a desktop, in words; undefined when it can be had. */
export function missingForDesktop(): string | undefined {
  const missing = TOOLS.filter((tool) => spawnSync('which', [tool]).status !== 0);
  return missing.length > 0
    ? `needs ${missing.join(', ')}: a real window, its folder picker and its questions`
    : undefined;
}

/** A screen of its own with a window manager, and a hand on it: for what only a real browser window shows. */
export class Desktop {
  private constructor(
    readonly display: string,
    private readonly processes: readonly ChildProcess[],
  ) {}

  static async start(): Promise<Desktop> {
    const screen = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x900x24', '-nolisten', 'tcp'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    const number = await new Promise<string>((resolve, reject) => {
      (screen.stdio[3] as Readable).once('data', (line: Buffer) => resolve(String(line).trim()));
      screen.once('exit', () => reject(new Error('Xvfb did not start.')));
    });
    const display = `:${number}`;
    const manager = spawn('openbox', [], { stdio: 'ignore', env: { ...process.env, DISPLAY: display } });
    return new Desktop(display, [manager, screen]);
  }

  /** Types the folder's path into the browser's folder picker, which is open or about to. */
  async chooseFolder(path: string): Promise<void> {
    const picker = this.xdotool('search', '--sync', '--onlyvisible', '--name', '^Select where this site can save');
    this.xdotool('windowactivate', '--sync', picker);
    // the first character opens the location bar; a mouse ends it, since the end of a Return would answer the next question
    this.xdotool('type', '--delay', '30', path);
    const { width, height } = this.geometry(picker);
    await expect(() => {
      this.xdotool('mousemove', '--window', picker, String(width - 50), String(height - 28), 'click', '1');
      expect(this.visible('^Select where this site can save')).toBe(false);
    }).toPass({ intervals: [500], timeout: 15_000 });
  }

  /** Answers "Allow" (after a restart: "Allow this time") where the browser asks, which no page can see: clicks there until `done`. */
  async allow(question: keyof typeof ALLOW, done: () => Promise<void>): Promise<void> {
    await expect(async () => {
      const window = this.browserWindow();
      const { x, y } = ALLOW[question];
      const { width } = this.geometry(window);
      this.xdotool('mousemove', '--window', window, String(x(width)), String(y), 'click', '1');
      await done();
    }).toPass({ intervals: [500], timeout: 30_000 });
  }

  /** Answers "Don't allow", the button that has the keyboard when the browser asks, until `done`. Nothing in the page may have it. */
  async refuse(done: () => Promise<void>): Promise<void> {
    await expect(async () => {
      this.xdotool('key', 'Return');
      await done();
    }).toPass({ intervals: [500], timeout: 30_000 });
  }

  stop(): void {
    for (const each of this.processes) each.kill();
  }

  private browserWindow(): string {
    return this.xdotool('search', '--onlyvisible', '--class', 'chrom').split('\n').at(-1) ?? '';
  }

  private visible(name: string): boolean {
    return spawnSync('xdotool', ['search', '--onlyvisible', '--name', name], { env: this.env }).status === 0;
  }

  private geometry(window: string): { width: number; height: number } {
    const text = this.xdotool('getwindowgeometry', '--shell', window);
    const read = (name: string): number => Number(new RegExp(`^${name}=(\\d+)$`, 'm').exec(text)?.[1]);
    return { width: read('WIDTH'), height: read('HEIGHT') };
  }

  private xdotool(...args: readonly string[]): string {
    return execFileSync('xdotool', args, { env: this.env, encoding: 'utf8', timeout: 20_000 }).trim();
  }

  private get env(): NodeJS.ProcessEnv {
    return { ...process.env, DISPLAY: this.display };
  }
}
