import { execFile, spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import type { Browser } from './browser.ts';

const run = promisify(execFile);
const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A screen of its own with a window manager: the folder picker is a window of the system, which only a headed browser shows. */
export class Display {
  private constructor(
    readonly name: string,
    private readonly children: readonly ChildProcess[],
  ) {}

  static async start(): Promise<Display> {
    const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x900x24', '-nolisten', 'tcp'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    const number = await new Promise<string>((resolve, reject) => {
      server.once('error', reject);
      (server.stdio[3] as Readable).setEncoding('utf8').once('data', (text: string) => resolve(text.trim()));
    });
    const name = `:${number}`;
    const manager = spawn('openbox', [], { stdio: 'ignore', env: { ...process.env, DISPLAY: name } });
    const display = new Display(name, [manager, server]);
    process.once('exit', () => display.stop());
    return display;
  }

  stop(): void {
    for (const child of this.children) child.kill();
  }

  /** Presses `Choose folder` and picks `folder` in the system's dialog, then allows the page to edit files in it. */
  async pick(browser: Browser, folder: string): Promise<void> {
    for (let attempt = 0; attempt < 3; attempt++) {
      await this.xdotool('mousemove', '600', '650', 'click', '1'); // the focus is in the address bar at first
      const before = await this.windows();
      await browser.evaluate(`${CLICK}('Choose folder')`);
      const dialog = await this.newWindow(before);
      await this.xdotool('windowactivate', '--sync', dialog);
      await this.xdotool('type', '--delay', '10', folder);
      await sleep(1000); // the dialog looks the path up
      await this.xdotool('key', 'alt+o'); // a Return would go on to the next dialog's button
      await this.gone(dialog);
      if (await this.allow(browser)) return;
    }
    throw new Error('The folder could not be picked.');
  }

  /** "Allow this site to edit files?" has its focus on Don't Allow. While it is there, the page does not have the focus. */
  private async allow(browser: Browser): Promise<boolean> {
    for (let calm = 0, checks = 0; checks < 40; checks++) {
      await sleep(250);
      if (await browser.evaluate<boolean>(`${TEXT}.includes('Folder ')`)) return true;
      calm = (await browser.evaluate<boolean>('document.hasFocus()')) ? 0 : calm + 1;
      if (calm < 3) continue;
      await this.xdotool('key', 'Tab', 'Return');
      calm = 0;
    }
    await this.xdotool('key', 'Escape');
    return false;
  }

  private async xdotool(...args: readonly string[]): Promise<string> {
    const { stdout } = await run('xdotool', args, { env: { ...process.env, DISPLAY: this.name } });
    return stdout;
  }

  private async windows(): Promise<string[]> {
    const found = await this.xdotool('search', '--onlyvisible', '--name', '.').catch(() => '');
    return found.split('\n').filter(Boolean);
  }

  private async newWindow(before: readonly string[]): Promise<string> {
    for (let attempt = 0; attempt < 200; attempt++) {
      const found = (await this.windows()).find((id) => !before.includes(id));
      if (found !== undefined) return found;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('No dialog came.');
  }

  private async gone(window: string): Promise<void> {
    for (let attempt = 0; attempt < 200; attempt++) {
      if (!(await this.windows()).includes(window)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('The folder dialog did not close.');
  }
}

const ALL = `((root, found = []) => {
  const walk = (node) => { for (const each of node.querySelectorAll('*')) { found.push(each); if (each.shadowRoot) walk(each.shadowRoot); } };
  walk(root);
  return found;
})(document)`;
/** All text of the page, shadow roots included. */
const TEXT = `${ALL}.filter((each) => each.shadowRoot).map((each) => each.shadowRoot.textContent).join(' ').replaceAll(/\\s+/g, ' ')`;
/** Presses the button of a name. */
export const CLICK = `((name) => ${ALL}.find((each) => each.localName === 'button' && each.textContent.trim() === name).click())`;
/** True when there is a button of a name. */
export const HAS = `((name) => ${ALL}.some((each) => each.localName === 'button' && each.textContent.trim() === name))`;
/** What the page knows of its first order: an `OrderSummary`. */
export const SUMMARY = `document.querySelector('hf-app')?.store.snapshot?.orders[0]`;
