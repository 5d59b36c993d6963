import { spawnSync } from 'node:child_process';
import { root } from './build-state.mjs';

/**
 * Runs npm in the project's folder; ends this process with its exit code when it fails, and quietly at Ctrl-C. What npm says is shown
 * only when it fails.
 * @param {string} why told on stderr before
 * @param {readonly string[]} args
 */
export function runNpm(why, args) {
  process.stderr.write(`${why}\n`);
  // the same npm that runs this script, where there is one: on Windows a plain `npm` is no program
  const npm = process.env.npm_execpath;
  const [command, first] = npm ? [process.execPath, [npm]] : ['npm', []];
  const options = { cwd: root, encoding: 'utf8', shell: !npm && process.platform === 'win32', maxBuffer: 1 << 28 };
  const { status, signal, stdout, stderr, error } = spawnSync(command, [...first, ...args], options);
  if (status === 0) return;
  // what a shell says of a command that Ctrl-C ended
  if (signal === 'SIGINT') process.exit(130);
  process.stderr.write(
    `${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}\nholdfast: npm ${args.join(' ')} failed.\n`,
  );
  process.exit(status || 1);
}
