/** Browsers open six connections to a host over HTTP/1.1; one of the app's own stays free for the order service. */
const MAX = 5;
/** A change of the number is judged after this long, in ms. */
const WINDOW = 3_000;

/**
 * How many connections are worth having: one more while that brings at least a tenth more throughput, half on 429 or 503.
 * One is best on a fast link, several on a distant one (measured: every further one takes processor time from saving).
 */
export class Connections {
  limit = 2;
  active = 0;
  private bytes = 0;
  private since = 0;
  private before = 0;
  private holdUntil = 0;

  /** Counts bytes received, and reconsiders the limit at the end of a window. `now` is `performance.now()` in ms. */
  received(bytes: number, now: number): void {
    this.bytes += bytes;
    if (this.since === 0) this.since = now;
    if (now - this.since < WINDOW) return;
    const rate = this.bytes / (now - this.since);
    this.bytes = 0;
    this.since = now;
    if (now < this.holdUntil || this.active < this.limit) return;
    if (rate > this.before * 1.1) {
      if (this.limit < MAX) this.limit++;
    } else if (this.limit > 1) {
      this.limit--;
      this.holdUntil = now + 10 * WINDOW;
    }
    this.before = rate;
  }

  /** The server asked for patience. */
  halve(now: number): void {
    this.limit = Math.max(1, Math.floor(this.limit / 2));
    this.holdUntil = now + 10 * WINDOW;
    this.before = 0;
  }
}
