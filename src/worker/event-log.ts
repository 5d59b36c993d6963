import type { FileRun } from './order-run.ts';
import type { Journal } from './ports.ts';

/** Lines that are kept; older ones are dropped. */
const MAX_LINES = 1_000;
/** New lines are journaled together after this long, in ms: a log is not worth a commit each. */
const WRITE_AFTER = 5_000;

/** What happened when, for the diagnostics report: bounded, without secrets, and without names of files. It outlives the worker in the journal. */
export class EventLog {
  private lines: string[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly journal: Journal) {}

  /** Takes up the lines of earlier workers. A log that cannot be read is no reason not to start. */
  async restore(): Promise<void> {
    const earlier = await this.journal.log().catch(() => []);
    this.lines = [...earlier, ...this.lines].slice(-MAX_LINES);
  }

  /** Adds a line; what could be a secret in it is left out. The same line again in a row is counted, not repeated. */
  add(text: string): void {
    const line = redact(text);
    const last = this.lines.at(-1);
    const [, body, times] = /^\S+ (.*?)(?: \(×(\d+)\))?$/s.exec(last ?? '') ?? [];
    if (body === line) this.lines.pop();
    const count = body === line ? ` (×${Number(times ?? 1) + 1})` : '';
    this.lines.push(`${new Date().toISOString()} ${line}${count}`);
    if (this.lines.length > MAX_LINES) this.lines.shift();
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.journal.putLog(this.lines).catch(() => undefined);
    }, WRITE_AFTER);
  }

  /** The same about a file, by its number: what it is called is nobody's business. */
  addFile({ order, index, spec, safePath, claimed = safePath }: FileRun, text: string): void {
    const names = [spec.path, safePath, claimed].sort((a, b) => b.length - a.length);
    const nameless = names.reduce((rest, name) => rest.replaceAll(name, 'it'), text);
    this.add(`${order.record.id}, file ${index + 1}: ${nameless}`);
  }

  /** All lines, oldest first. */
  text(): string {
    return this.lines.join('\n');
  }
}

/** Leaves out what gives access: queries and fragments of addresses, and whatever looks like a key or a signature. */
export function redact(text: string): string {
  return text.replaceAll(/[?#]\S+/g, '?…').replaceAll(/(?<![\w-])(?![0-9a-f]{64}(?![\w-]))[\w-]{32,}(?![\w-])/g, '…');
}
