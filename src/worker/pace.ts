/** Holds all connections together to a rate: each waits until the bytes that it has received are due. */
export class Pace {
  private bytesPerSecond: number | undefined;
  private due = 0;

  /** Sets the rate from now on, in bytes per second; undefined for as fast as it goes. */
  allow(bytesPerSecond: number | undefined): void {
    this.bytesPerSecond = bytesPerSecond;
    this.due = 0;
  }

  /** How long, in ms, the connection that just received `bytes` has to wait. `now` is `performance.now()` in ms. */
  wait(bytes: number, now: number): number {
    if (this.bytesPerSecond === undefined) return 0;
    this.due = Math.max(this.due, now) + (bytes * 1000) / this.bytesPerSecond;
    return this.due - now;
  }
}
