/** One at a time for each key, in the order in which they came. */
export class Turns<K> {
  private readonly last = new Map<K, Promise<unknown>>();

  async take<T>(key: K, task: () => Promise<T>): Promise<T> {
    const run = (this.last.get(key) ?? Promise.resolve()).then(task);
    const ended = run.catch(() => undefined);
    this.last.set(key, ended);
    try {
      return await run;
    } finally {
      if (this.last.get(key) === ended) this.last.delete(key);
    }
  }

  /** True while somebody has the turn, or waits for it. */
  has(key: K): boolean {
    return this.last.has(key);
  }
}
