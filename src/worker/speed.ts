/** A second's bytes weigh less after this long, in ms. */
const MEMORY = 4_000;
/** The rate is taken anew at most so often, in ms. */
const SAMPLE = 1_000;
/** What was learned about saving counts half after this long of it, in ms. */
const SAVE_MEMORY = 30_000;
/** What a folder takes in a second before that was measured, in bytes: the browser's own checks included. */
const ASSUMED = 100_000_000;

/** Received bytes per second of one order, smoothed over some seconds, and right from the first second on. */
export class Speed {
  private bytes = 0;
  private sum = 0;
  /** How much of the memory is filled: the first samples would otherwise count as if there had been nothing before. */
  private filled = 0;
  private since: number | undefined;

  /** `now` is `performance.now()` in ms. */
  add(bytes: number, now: number): void {
    this.since ??= now;
    this.bytes += bytes;
  }

  /** 0 while nothing is known, and when nothing arrives any more. `now` as in `add`. */
  perSecond(now: number): number {
    if (this.since === undefined) return 0;
    const passed = now - this.since;
    if (passed >= SAMPLE) {
      const weight = 1 - Math.exp(-passed / MEMORY);
      this.sum += weight * ((this.bytes * 1000) / passed - this.sum);
      this.filled += weight * (1 - this.filled);
      this.bytes = 0;
      this.since = now;
    }
    const rate = this.filled === 0 ? 0 : this.sum / this.filled;
    return this.filled > 0 && rate < 1000 && this.bytes === 0 ? this.reset() : Math.round(rate);
  }

  /** Forgets everything: what comes next begins anew. */
  reset(): 0 {
    this.since = undefined;
    this.bytes = this.sum = this.filled = 0;
    return 0;
  }
}

/** Saved bytes per second while something is being saved, however many files at once. */
export class SaveSpeed {
  private active = 0;
  private since = 0;
  private busy = 0;
  private bytes = 0;

  /** A save begins. `now` is `performance.now()` in ms. */
  begin(now: number): void {
    this.count(now);
    this.active++;
  }

  /** A save has ended that wrote `bytes`. */
  end(bytes: number, now: number): void {
    this.count(now);
    this.active--;
    this.bytes += bytes;
    if (this.busy < SAVE_MEMORY) return;
    this.busy /= 2;
    this.bytes /= 2;
  }

  get perSecond(): number {
    return this.bytes === 0 || this.busy === 0 ? ASSUMED : (this.bytes * 1000) / this.busy;
  }

  private count(now: number): void {
    if (this.active > 0) this.busy += now - this.since;
    this.since = now;
  }
}
