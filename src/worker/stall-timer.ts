/** What no byte for `STALL` is reported as. */
const STALLED = 'stalled';
/** No byte for this long, in ms, is a stalled connection. With the look at the own origin after it, the page says within 30 s what is the matter. */
const STALL = 20_000;

/** Ends a request when nothing comes for 20 s, however long all of it takes. */
export class StallTimer {
  private readonly abort = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.reset();
  }

  /** Aborted when nothing came, or by `end`. */
  get signal(): AbortSignal {
    return this.abort.signal;
  }

  /** True when it was this that ended the request. */
  get stalled(): boolean {
    return this.signal.reason === STALLED;
  }

  /** There was a sign of life. */
  reset(): void {
    this.stop();
    this.timer = setTimeout(() => this.abort.abort(STALLED), STALL);
  }

  /** The connection is held back on purpose. */
  stop(): void {
    clearTimeout(this.timer);
  }

  /** Whatever is still open is closed. */
  end(): void {
    this.stop();
    this.abort.abort();
  }
}
