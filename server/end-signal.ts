/** A signal that comes so soon after the first one, in ms, is the same one. */
const ECHO = 500;

/**
 * Aborted by SIGINT and SIGTERM: time to come to an end. A second signal ends the process at once, with exit code 1. A terminal sends
 * Ctrl-C to npm and to what npm runs, and npm sends it on: that is no second one.
 */
export function endSignal(): AbortSignal {
  const end = new AbortController();
  let first: number | undefined;
  const tell = (): void => {
    if (first !== undefined && performance.now() - first > ECHO) process.exit(1);
    first ??= performance.now();
    end.abort();
  };
  process.on('SIGINT', tell);
  process.on('SIGTERM', tell);
  return end.signal;
}
