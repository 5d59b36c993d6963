/** Browsers open six connections to a host over HTTP/1.1; of the app's own, one stays free for the order service. */
const MAX = 6;
const MAX_OWN = 5;
/** The count is judged after this long, in ms: some round trips of a distant link. */
const WINDOW = 1_000;
/** New connections get this long, in ms, to come up to speed before a window begins. */
const RISE = 500;
/** Answers within this time, in ms, are answers to one burst of requests. */
const BURST = 1_000;
/** The next try of another count after one that brought nothing, in ms. */
const REST = 10_000;
/** A connection that brings more than this, in bytes per second, is not what limits (measured: further ones only cost). */
const PLENTY = 40_000_000;

/**
 * How many connections are worth having to a host: doubled while that brings a sixth more throughput, then one more now and then;
 * half on 429 or 503. Two at first, so that one is busy while the other waits for its answer. A host's count is remembered.
 */
export class Connections {
  active = 0;
  /** The user's own limit; Infinity for none. */
  atMost = Infinity;
  private host = '';
  private wanted = 2;
  private bytes = 0;
  private since = 0;
  /** Count and rate (bytes per ms) before the last change; undefined when nothing is being tried. */
  private before: { readonly wanted: number; readonly rate: number } | undefined;
  private holdUntil = 0;
  private halvedAt = -Infinity;
  private rate = 0;

  /** `known` are the counts by host, kept up to date; `onLearned` is called when one changed. */
  constructor(
    private readonly ownHost: string,
    readonly known = new Map<string, number>(),
    private readonly onLearned: () => void = () => undefined,
  ) {}

  get limit(): number {
    return Math.min(this.wanted, this.max, this.atMost);
  }

  /** Bytes per second of one connection, as last measured; 0 before. */
  get bytesPerSecond(): number {
    return (this.rate * 1000) / this.limit;
  }

  /** Bytes come from `host` now: what is known of it counts. */
  use(host: string): void {
    if (host === this.host) return;
    this.host = host;
    this.wanted = this.known.get(host) ?? 2;
    this.before = undefined;
    this.since = 0;
  }

  /** Counts bytes received, and reconsiders the count at the end of a window. `now` is `performance.now()` in ms. */
  received(bytes: number, now: number): void {
    if (this.since === 0) {
      this.since = now + RISE;
      this.bytes = 0;
    }
    if (now < this.since) return;
    this.bytes += bytes;
    if (now - this.since < WINDOW) return;
    this.rate = this.bytes / (now - this.since);
    this.since = 0;
    if (this.active >= this.limit) this.judge(now);
  }

  /** What is received now says nothing of the connection. */
  disturbed(): void {
    this.since = 0;
  }

  /** The server asked for patience: several connections that hear it within a second are one request. */
  halve(now: number): void {
    if (now < this.halvedAt + BURST) return;
    this.halvedAt = now;
    this.before = undefined;
    this.settle(Math.max(1, Math.floor(this.limit / 2)), now);
  }

  private judge(now: number): void {
    const { before, limit, rate } = this;
    if (before && rate < before.rate * (1 + (limit / before.wanted - 1) / 6)) {
      this.before = undefined;
      this.settle(before.wanted, now);
      return;
    }
    const enough = this.bytesPerSecond > PLENTY || limit >= Math.min(this.max, this.atMost);
    if (before && enough) this.settle(limit, now);
    this.before = undefined;
    if (enough || now < this.holdUntil) return;
    this.before = { wanted: limit, rate };
    this.wanted = Math.min(this.max, this.holdUntil === 0 ? limit * 2 : limit + 1);
  }

  private settle(count: number, now: number): void {
    this.wanted = count;
    this.holdUntil = now + REST;
    if (this.known.get(this.host) === count) return;
    this.known.set(this.host, count);
    this.onLearned();
  }

  private get max(): number {
    return this.host === this.ownHost ? MAX_OWN : MAX;
  }
}
