import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { expect } from '@playwright/test';
import { freePort } from './free-port.ts';

const DRIVER = 'WebKitWebDriver';

/** What is missing here for WebKitGTK, in words; undefined when it can be had. */
export function missingForWebKit(): string | undefined {
  return spawnSync('which', [DRIVER]).status === 0 ? undefined : `needs ${DRIVER} (Debian: webkit2gtk-driver)`;
}

/** WebKitGTK's own little browser, driven by WebDriver. Its profile is gone when it is closed. */
export class WebKit {
  private constructor(
    private readonly driver: ChildProcess,
    private readonly session: string,
  ) {}

  /** `features`: switches of the engine to turn on, of those that WebKitGTK ships turned off. */
  static async open(display: string, address: string, features: readonly string[]): Promise<WebKit> {
    const port = await freePort();
    const driver = spawn(DRIVER, [`--port=${port}`], { stdio: 'ignore', env: { ...process.env, DISPLAY: display } });
    const server = `http://127.0.0.1:${port}`;
    await expect
      .poll(() =>
        fetch(`${server}/status`).then(
          (answer) => answer.ok,
          () => false,
        ),
      )
      .toBe(true);
    const args = ['--automation', ...(features.length > 0 ? [`--features=${features.join(',')}`] : [])];
    const wanted = { capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': { args } } } };
    const { sessionId } = (await post(`${server}/session`, wanted)) as { sessionId: string };
    const browser = new WebKit(driver, `${server}/session/${sessionId}`);
    await post(`${browser.session}/url`, { url: address });
    return browser;
  }

  /** What `script` returns in the page; a promise is waited for. */
  evaluate(script: string): Promise<unknown> {
    return post(`${this.session}/execute/sync`, { script, args: [] });
  }

  async close(): Promise<void> {
    await fetch(this.session, { method: 'DELETE' }).catch(() => undefined);
    const ended = once(this.driver, 'exit');
    this.driver.kill();
    await ended;
  }
}

async function post(address: string, body: unknown): Promise<unknown> {
  const answer = await fetch(address, { method: 'POST', body: JSON.stringify(body) });
  const { value } = (await answer.json()) as { value: unknown };
  if (!answer.ok) throw new Error(JSON.stringify(value));
  return value;
}
