import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { freePort, untilHealthy } from '../../scripts/go-tools.mjs';
import { serviceEnv } from '../../e2e/service-env.ts';

/** A process that is watched while it works. */
export interface Watched {
  readonly url: string;
  readonly pid: number;
  /** Memory in MiB that was resident at most since the last call; processor seconds since the last call. */
  take(): { readonly peak: number; readonly seconds: number };
  stop(): Promise<void>;
}

/** Starts the built command line's `serve` on a free port. */
export async function startServe(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Watched> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const all = ['build/server/main.js', 'serve', '--port', String(port), '--app', url, ...args];
  const child = spawn(process.execPath, all, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...serviceEnv(), ...env },
  });
  await untilHealthy(`${url}/healthz`);
  return watch(url, child.pid ?? 0, async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill();
    await ended;
  });
}

/** Watches a process by its number; `/proc` is there on Linux only. */
export function watch(url: string, pid: number, stop: () => Promise<void>): Watched {
  let peak = 0;
  const status = (): string => readFileSync(`/proc/${pid}/status`, 'utf8');
  const cpu = (): number => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    // utime and stime in hundredths of a second (proc(5)), counted from the field behind the name
    return (Number(fields[11]) + Number(fields[12])) / 100;
  };
  let before = cpu();
  const look = setInterval(() => (peak = Math.max(peak, Number(/VmRSS:\s+(\d+)/.exec(status())?.[1]) / 1024)), 50);
  return {
    url,
    pid,
    take() {
      const [seconds, most] = [cpu() - before, peak];
      before += seconds;
      peak = 0;
      return { peak: Math.round(most), seconds };
    },
    async stop() {
      clearInterval(look);
      await stop();
    },
  };
}
