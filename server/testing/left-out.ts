import { spawnSync } from 'node:child_process';

/**
 * True where a test that needs these programs is left out, since one of them is not installed. Never in CI, which installs them all
 * (.ci/run): there the test fails.
 */
export function leftOutWithout(...programs: readonly string[]): boolean {
  if (process.env['CI'] === 'true') return false;
  return programs.some((program) => spawnSync(program, ['--help'], { stdio: 'ignore' }).error !== undefined);
}
