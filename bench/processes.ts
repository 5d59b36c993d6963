import { readdirSync, readFileSync } from 'node:fs';

/** What a browser cost the machine so far. */
export interface Usage {
  /** Processor seconds of all processes, user and system. */
  readonly cpuSeconds: number;
  /** Peak of the largest renderer's resident memory, in bytes. */
  readonly rendererPeak: number;
  /** Sum of the peaks of all processes, in bytes: shared pages count once a process, so it is an upper bound. */
  readonly totalPeak: number;
}

/** USER_HZ, which Linux fixes for /proc. */
const TICKS = 100;

/** A process and all its descendants, by /proc. */
export function processTree(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = Number(statOf(Number(name))?.[1]);
    if (parent) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found = [root];
  for (const pid of found) found.push(...(children.get(pid) ?? []));
  return found;
}

/** Processor time and memory of these processes. */
export function memoryOf(pids: readonly number[]): Usage {
  let ticks = 0;
  let rendererPeak = 0;
  let totalPeak = 0;
  for (const pid of pids) {
    const stat = statOf(pid);
    if (!stat) continue;
    // utime, stime, and those of children that have ended: fields 14 to 17 of proc(5)
    ticks += stat.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    const peak = 1024 * Number(/VmHWM:\s+(\d+) kB/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
    totalPeak += peak;
    if (read(`/proc/${pid}/cmdline`).includes('--type=renderer')) rendererPeak = Math.max(rendererPeak, peak);
  }
  return { cpuSeconds: ticks / TICKS, rendererPeak, totalPeak };
}

/** The fields of /proc/PID/stat after the name: state, parent, … */
function statOf(pid: number): string[] | undefined {
  const text = read(`/proc/${pid}/stat`);
  return text === '' ? undefined : text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // it ended meanwhile
  }
}
