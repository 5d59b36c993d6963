import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import type { Layout } from '../store/layout.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { OpenStore } from '../store/open-store.ts';

const ACTIONS = [
  'manifest',
  'grants',
  'receipts',
  'refused',
  'publish',
  'export',
  'presign',
  'key-add',
  'key-revoke',
] as const;

/** One use of an order or a key. Never a key, password, signature or URL. */
export interface AuditEvent {
  /** ISO 8601. */
  readonly time: string;
  readonly action: (typeof ACTIONS)[number];
  /** Empty for an object that belongs to none. */
  readonly order: string;
  /** The first 12 hexadecimal digits of the key's SHA-256; left out when there was none. */
  readonly key?: string;
  /** How many files it was about. */
  readonly files?: number;
  /** Why it was refused: an error code. */
  readonly code?: string;
  /** So many refusals of one kind, this one the first of them; left out for a single one. */
  readonly times?: number;
  /** The object's key in the store, for a presigned URL of a single one. */
  readonly object?: string;
  readonly address?: string;
  readonly request?: string;
}

/** So many uses wait at most while the store is away, and so many kinds of refusals; a flood of these never pushes out uses. */
const MAX_USES = 10_000;
const MAX_REFUSALS = 1000;

type NewEvent = Omit<AuditEvent, 'time' | 'times'>;

/** How an `AuditLog` works. */
export interface AuditOptions {
  /** Events are written after so many ms at most; ten seconds when left out. */
  readonly delay?: number;
  /** Told what the store threw. */
  readonly onError?: (error: unknown) => void;
  /** Given each event that the store will not get, before it is forgotten. */
  readonly onLost?: (event: AuditEvent) => void;
}

/**
 * An append-only log in a store that can only write whole objects: batches of JSON lines, each a new object that is never
 * overwritten, by day. Refusals of one kind between two batches are one event with their number. The service also logs
 * every event at once (level `info`).
 */
export class AuditLog {
  #uses: AuditEvent[] = [];
  #refusals = new Map<string, AuditEvent>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(
    readonly target: { readonly store: ObjectStore; readonly layout: Layout },
    readonly options: AuditOptions = {},
  ) {}

  /** `kind`: what makes refusals one event; all that the client chose freely must be left out of it. */
  add(event: NewEvent, kind = ''): void {
    const made: AuditEvent = { time: new Date().toISOString(), ...event };
    if (made.action === 'refused') this.#refuse(made, kind);
    else {
      this.#uses.push(made);
      this.#trim();
    }
    this.#timer ??= setTimeout(() => void this.flush(), this.options.delay ?? 10_000).unref();
  }

  /** Writes what waits. What the store does not take is tried again with the next events. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  #trim(): void {
    for (const lost of this.#uses.splice(0, this.#uses.length - MAX_USES)) this.options.onLost?.(lost);
  }

  #refuse(event: AuditEvent, kind: string): void {
    const { time, times = 1, ...first } = this.#refusals.get(kind) ?? { ...event, times: 0 };
    if (!this.#refusals.has(kind) && this.#refusals.size >= MAX_REFUSALS) return this.options.onLost?.(event);
    const total = times + (event.times ?? 1);
    this.#refusals.set(kind, { time, ...first, ...(total > 1 && { times: total }) });
  }

  async #write(): Promise<void> {
    const [uses, refusals] = [this.#uses, this.#refusals];
    const events = [...uses, ...refusals.values()].sort(byTime);
    const [first] = events;
    if (!first) return;
    [this.#uses, this.#refusals] = [[], new Map()];
    const lines = events.map((event) => `${JSON.stringify(event)}\n`).join('');
    const [day = ''] = first.time.split('T');
    const name = `${first.time.replaceAll(/[:.]/g, '')}-${randomBytes(4).toString('hex')}.jsonl`;
    const { store, layout } = this.target;
    try {
      await store.putNew(`${layout.audit}${day}/${name}`, new TextEncoder().encode(lines), 'application/jsonl');
    } catch (error) {
      this.#uses = [...uses, ...this.#uses];
      this.#trim();
      const since = this.#refusals;
      this.#refusals = refusals;
      for (const [kind, event] of since) this.#refuse(event, kind);
      this.options.onError?.(error);
    }
  }
}

function byTime(a: AuditEvent, b: AuditEvent): number {
  return a.time < b.time ? -1 : a.time > b.time ? 1 : 0;
}

/** Which events of a store are read. */
export interface AuditFilter {
  readonly order?: string | undefined;
  /** Only from this time on, ms since the epoch. */
  readonly since?: number | undefined;
  /** Told the key of each object with a line that cannot be read; the other lines are. */
  readonly onDamaged?: (key: string) => void;
}

const Event = v.looseObject({ time: v.string(), action: v.picklist(ACTIONS), order: v.string() });

/** The events of a store, the oldest first. Throws what the store throws. */
export async function* readAudit(
  { store, layout }: OpenStore,
  { order, since, onDamaged }: AuditFilter = {},
): AsyncGenerator<AuditEvent> {
  const from = since === undefined ? '' : new Date(since).toISOString();
  // what began before midnight is in the folder of the day before
  const firstDay = since === undefined ? '' : new Date(since - DAY).toISOString().slice(0, 10);
  for await (const day of store.folders(layout.audit)) {
    if (day < firstDay) continue;
    for await (const { key } of store.list(`${layout.audit}${day}/`)) {
      const lines = new TextDecoder().decode(await store.get(key)).split('\n');
      const events = lines.filter((line) => line !== '').map(parseEvent);
      if (events.includes(undefined)) onDamaged?.(key);
      for (const event of events)
        if (event && event.time >= from && (order === undefined || event.order === order)) yield event;
    }
  }
}

const DAY = 24 * 3_600_000;

function parseEvent(line: string): AuditEvent | undefined {
  const json = v.safeParse(v.pipe(v.string(), v.parseJson(), Event), line);
  return json.success ? (json.output as AuditEvent) : undefined;
}

/** Writes one event at once. Throws what the store throws. */
export async function writeAudit(target: OpenStore, event: NewEvent): Promise<void> {
  const failures: unknown[] = [];
  const log = new AuditLog(target, { delay: 0, onError: (error) => failures.push(error) });
  log.add(event);
  await log.flush();
  if (failures.length > 0) throw failures[0];
}
