import { randomBytes } from 'node:crypto';
import type { Layout } from '../store/layout.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { OpenStore } from '../store/open-store.ts';

/** One use of an order or a key. Never a key, password, signature or URL. */
export interface AuditEvent {
  /** ISO 8601. */
  readonly time: string;
  readonly action: 'manifest' | 'grants' | 'receipts' | 'refused' | 'publish' | 'key-add' | 'key-revoke';
  readonly order: string;
  /** The first 12 hexadecimal digits of the key's SHA-256; left out when there was none. */
  readonly key?: string;
  /** How many files it was about. */
  readonly files?: number;
  /** Why it was refused: an error code. */
  readonly code?: string;
  readonly address?: string;
  readonly request?: string;
}

/** Above so many events that the store did not take, the oldest are only in the log. */
const MAX_WAITING = 10_000;

/**
 * An append-only log in a store that can only write whole objects: batches of JSON lines, each a new object that is never
 * overwritten, by day. The service also logs every event at once (level `info`), so a crash loses no trace.
 */
export class AuditLog {
  #waiting: AuditEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  /** `delay`: events are written after so many ms at most. `onError` is told what the store threw. */
  constructor(
    readonly target: { readonly store: ObjectStore; readonly layout: Layout },
    readonly delay = 10_000,
    readonly onError: (error: unknown) => void = () => undefined,
  ) {}

  add(event: Omit<AuditEvent, 'time'>): void {
    this.#waiting.push({ time: new Date().toISOString(), ...event });
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
    this.#timer ??= setTimeout(() => void this.flush(), this.delay).unref();
  }

  /** Writes what waits. What the store does not take is tried again with the next events. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    const events = this.#waiting;
    const [first] = events;
    if (!first) return;
    this.#waiting = [];
    const lines = events.map((event) => `${JSON.stringify(event)}\n`).join('');
    const [day = ''] = first.time.split('T');
    const name = `${first.time.replaceAll(/[:.]/g, '')}-${randomBytes(4).toString('hex')}.jsonl`;
    const { store, layout } = this.target;
    try {
      await store.putNew(`${layout.audit}${day}/${name}`, new TextEncoder().encode(lines), 'application/jsonl');
    } catch (error) {
      this.#waiting = [...events, ...this.#waiting].slice(-MAX_WAITING);
      this.onError(error);
    }
  }
}

/** All events of a store, the oldest first; of one order when it is given. Throws what the store throws. */
export async function* readAudit({ store, layout }: OpenStore, order?: string): AsyncGenerator<AuditEvent> {
  for await (const { key } of store.list(layout.audit)) {
    const bytes = await store.get(key);
    for (const line of new TextDecoder().decode(bytes).split('\n')) {
      if (line === '') continue;
      const event = JSON.parse(line) as AuditEvent;
      if (order === undefined || event.order === order) yield event;
    }
  }
}

/** Writes one event at once. Throws what the store throws. */
export async function writeAudit(target: OpenStore, event: Omit<AuditEvent, 'time'>): Promise<void> {
  const failures: unknown[] = [];
  const log = new AuditLog(target, 0, (error) => failures.push(error));
  log.add(event);
  await log.flush();
  if (failures.length > 0) throw failures[0];
}
