/** How many answers with bytes may run at the same time, in one copy of the service. */
export interface StreamLimits {
  /** With one signed URL. A page opens up to six, aria2 sixteen. */
  readonly perUrl: number;
  /** From one address (`networkOf`), behind which there may be a whole company. */
  readonly perAddress: number;
  /** Of all, fewer than the connections that a store's adapter opens: nobody waits in a queue without being told. */
  readonly total: number;
}

export const STREAM_LIMITS: StreamLimits = { perUrl: 32, perAddress: 256, total: 2000 };

/** Counts the answers that run, so that nobody takes all connections by reading nothing. */
export class OpenStreams {
  readonly #counts = new Map<string, number>();
  #total = 0;

  constructor(private readonly limits: StreamLimits) {}

  /** Takes a place; what is given back frees it. Undefined when there is none. */
  enter(signature: string, network: string): (() => void) | undefined {
    const [url, from] = [`url ${signature}`, `from ${network}`];
    const { perUrl, perAddress, total } = this.limits;
    if (this.#of(url) >= perUrl || this.#of(from) >= perAddress || this.#total >= total) return undefined;
    this.#change([url, from], 1);
    return () => this.#change([url, from], -1);
  }

  #of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  #change(names: readonly string[], by: number): void {
    this.#total += by;
    for (const name of names) {
      const count = this.#of(name) + by;
      if (count === 0) this.#counts.delete(name);
      else this.#counts.set(name, count);
    }
  }
}
