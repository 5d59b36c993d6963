import type { FileRow, Rows } from '../engine-api.ts';

/** The rows of one order, kept up to date by asking for what changed since the last answer. */
export class RowCache {
  #rows: FileRow[] = [];
  #since = 0;
  #pulling = false;
  #again = false;

  constructor(
    private readonly fetchRows: (since: number) => Promise<Rows>,
    private readonly changed: () => void,
  ) {}

  /** All rows, by file number; a new array whenever one of them changed. */
  get rows(): readonly FileRow[] {
    return this.#rows;
  }

  /** Begins anew: after a restart of the engine, revisions count from the start. */
  reset(): void {
    this.#since = 0;
  }

  /** Asks for changes; calls that come while one is under way are answered by one more. */
  async pull(): Promise<void> {
    this.#again = true;
    if (this.#pulling) return;
    this.#pulling = true;
    try {
      while (this.#again) {
        this.#again = false;
        const since = this.#since;
        const answer = await this.fetchRows(since);
        // A reset came in between: this answer belongs to the engine that is gone.
        if (since !== this.#since) this.#again = true;
        else this.#merge(answer);
      }
    } catch {
      // The worker died; its successor's first snapshot pulls again.
    } finally {
      this.#pulling = false;
    }
  }

  #merge({ revision, rows }: Rows): void {
    this.#since = revision;
    if (rows.length === 0) return;
    const merged = [...this.#rows];
    for (const row of rows) merged[row.file] = row;
    this.#rows = merged;
    this.changed();
  }
}
