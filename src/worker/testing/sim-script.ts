import { vi } from 'vitest';
import type { FileRow, OrderSummary } from '../../engine-api.ts';
import type { ErrorCode } from '../../order/errors.ts';
import { Engine } from '../engine.ts';
import { Computer, picked } from './sim-computer.ts';
import { Machine } from './sim-machine.ts';
import { content, PIECE, publish } from './sim-order.ts';

/** What is delivered: a file that meets the fault, and two that must arrive whatever happens to it. */
export const published = publish([
  { path: 'faulty.bin', bytes: content(11, 6 * PIECE - 100) },
  { path: 'second.bin', bytes: content(12, 2 * PIECE) },
  { path: 'third.bin', bytes: content(13, 10) },
]);
const { order, files } = published;

/** What is not done by this simulated time is looked at as it is, in ms. */
const PATIENCE = 3_600_000;

/** A request for bytes `[start, end)` of a file; `whole` when it had no `Range`. */
export interface Ask {
  readonly file: number;
  readonly start: number;
  readonly end: number;
  readonly whole: boolean;
  /** True when it came to the mirror. */
  readonly mirror: boolean;
  /** True when it covers the piece that the fault is about. */
  readonly hit: boolean;
  /** How many such requests came before it. */
  readonly hits: number;
  /** `performance.now()` in ms; `made` is when its grant was made. */
  readonly now: number;
  readonly made: number;
}

/** A store's answer: what of it is wrong, the rest is the truth. `body` is given in chunks of `chunk` bytes, each after `pause` ms. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: Uint8Array;
  readonly chunk?: number;
  readonly pause?: number;
  /** What comes behind the body: its end, a broken connection, or nothing at all. */
  readonly ending?: 'end' | 'reset' | 'silence';
}

/** What the network does; undefined where it does what it should. `unreachable` is the browser's `TypeError`. */
export interface Script {
  readonly store?: (ask: Ask, truth: Uint8Array) => Answer | 'unreachable' | undefined;
  /** The order service's answer to its `n`-th request for grants, from 0; `silence` takes the request and says nothing, `late` answers after 18 s. */
  readonly grants?: (
    n: number,
    now: number,
  ) => { status: number; code?: string } | 'unreachable' | 'silence' | 'late' | undefined;
  /** Whether the app's own origin answers at `now`. */
  readonly ownOrigin?: (now: number) => 'answers' | 'redirects' | 'unreachable';
  /** For how long a grant is good, in ms; the store refuses older ones. */
  readonly grantLife?: number;
  /** True when the service names a mirror for each file. */
  readonly mirrors?: boolean;
  /** What is in the folder already. */
  readonly there?: ReadonlyMap<string, Uint8Array>;
  /** Room on the disk at `now`: false lets every write to a part fail. */
  readonly room?: (now: number) => boolean;
  /** True where the disk takes only half of a write to a part, and says so. */
  readonly short?: (now: number) => boolean;
  /** Whether another program holds the parts at `now`. */
  readonly held?: (now: number) => boolean;
  /** What a step of a write into the folder fails with at `now`. */
  readonly folder?: (step: string, now: number) => ErrorCode | undefined;
  /** Told as soon as the order is started. */
  readonly started?: (engine: Engine) => void;
  /** What the user does when the order needs one. */
  readonly act?: (engine: Engine, summary: OrderSummary) => Promise<void>;
}

/** How it ended, and what was seen on the way. */
export interface Outcome {
  readonly rows: readonly FileRow[];
  readonly summary: OrderSummary;
  /** Codes of the order's reasons, in their order. */
  readonly reasons: readonly string[];
  readonly asks: readonly Ask[];
  /** Connections that there could be at once. */
  readonly connections: number;
  readonly grantRequests: number;
  /** Simulated ms it took. */
  readonly took: number;
  readonly saved: ReadonlyMap<string, Uint8Array>;
  /** The diagnostics report. */
  readonly report: string;
}

/** Delivers the order over a network that follows `script`. `piece` of the first file is the one that `hit` is about. */
export async function follow(script: Script, piece: number, connections: number): Promise<Outcome> {
  const machine = new Machine(piece * 10 + connections, []);
  const computer = new Computer(machine, published);
  for (const [name, bytes] of script.there ?? []) computer.folder.files.set(name, bytes);
  const asks: Ask[] = [];
  const reasons: string[] = [];
  let grantRequests = 0;

  const fetchOf =
    (life: number): typeof fetch =>
    async (input, init = {}) => {
      const url = new URL(input as string, 'https://app.test');
      await machine.delay(life, 20);
      init.signal?.throwIfAborted();
      const now = performance.now();
      const failed = new TypeError('Failed to fetch');
      if (url.host === 'store.test' || url.host === 'mirror.test') return store(life, url, init);
      if (url.pathname.includes('/manifests/')) return reply(200, { bytes: published.manifest });
      if (url.pathname === '/healthz') {
        const answer = script.ownOrigin?.(now) ?? 'answers';
        if (answer === 'unreachable') throw failed;
        return { type: answer === 'redirects' ? 'opaqueredirect' : 'basic' } as Response;
      }
      const refusal = script.grants?.(grantRequests, now);
      grantRequests++;
      if (refusal === 'silence') await silence(init.signal);
      if (refusal === 'unreachable' || refusal === 'silence') throw failed;
      if (refusal === 'late') await new Promise((resolve) => setTimeout(resolve, 18_000));
      else if (refusal) return reply(refusal.status, { json: { code: refusal.code ?? 'x', message: '' } });
      const wanted = (JSON.parse(init.body as string) as { files: number[] }).files;
      const expiresIn = script.grantLife ?? 3_600_000;
      const grants = wanted.map((file) => ({
        file,
        url: `https://store.test/${file}?made=${now}`,
        ...(script.mirrors && { mirrors: [`https://mirror.test/${file}?made=${now}`] }),
        expiresIn,
      }));
      return reply(200, { json: { grants } });
    };

  function store(life: number, url: URL, init: RequestInit): Response {
    const now = performance.now();
    const file = Number(url.pathname.slice(1));
    const bytes = files[file]?.bytes ?? new Uint8Array();
    const range = /^bytes=(\d+)-(\d+)$/.exec(new Headers(init.headers).get('Range') ?? '');
    const [start, end] = range ? [Number(range[1]), Number(range[2]) + 1] : [0, bytes.length];
    const hit = file === 0 && start < Math.min((piece + 1) * PIECE, bytes.length) && end > piece * PIECE;
    const made = Number(url.searchParams.get('made'));
    const hits = asks.filter((each) => each.hit).length;
    const ask = { file, start, end, whole: !range, mirror: url.host === 'mirror.test', hit, hits, now, made };
    asks.push(ask);
    if (!ask.whole) computer.checkRange(file, start, end);
    const truth = bytes.slice(start, end);
    const expired = now - made > (script.grantLife ?? Infinity);
    const answer = script.store?.(ask, truth) ?? (expired ? { status: 403 } : {});
    if (answer === 'unreachable') throw new TypeError('Failed to fetch');
    const headers = new Headers({ 'Content-Length': String(answer.body?.length ?? truth.length) });
    if (range) headers.set('Content-Range', `bytes ${start}-${end - 1}/${bytes.length}`);
    for (const [name, value] of Object.entries(answer.headers ?? {})) {
      if (value === undefined) headers.delete(name);
      else headers.set(name, value);
    }
    const body = bodyOf(machine, life, answer, answer.body ?? truth, init.signal);
    return { status: answer.status ?? (range ? 206 : 200), headers, body } as Response;
  }

  const { ports } = computer.boot(fetchOf);
  computer.folder.fault = (step) => script.folder?.(step, performance.now());
  computer.parts.isHeld = () => script.held?.(performance.now()) === true;
  computer.parts.isFull = () => script.room?.(performance.now()) === false;
  computer.parts.isShort = () => script.short?.(performance.now()) === true;
  let engine: Engine | undefined;
  const run = async (): Promise<void> => {
    engine = await Engine.start(ports);
    engine['downloads']['known'].set('store.test', connections);
    await engine.setLimits({ connections });
    await engine.open(published.link);
    await engine.setDestination(picked);
    await engine.start(order);
    script.started?.(engine);
  };
  let failure: Error | undefined;
  run().catch((error: unknown) => (failure = error as Error));
  const spinner = new Spinner();
  const look = (): void => void setTimeout(look, LOOK_EVERY);
  look();
  let acting = false;
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve));
    const wrong = failure ?? computer.violation;
    if (wrong) throw wrong;
    const summary = engine?.snapshot(true, undefined).orders[0];
    if (summary) spinner.check(summary);
    if (summary?.reason && reasons.at(-1) !== summary.reason.code) reasons.push(summary.reason.code);
    const now = performance.now();
    const over = summary?.state === 'done' || (summary?.state === 'attention' && !script.act) || now > PATIENCE;
    if (engine && summary && over && machine.inFlight === 0) {
      const { rows } = engine.rows(order, 0);
      return {
        rows,
        summary,
        reasons,
        asks,
        connections,
        grantRequests,
        took: now,
        saved: computer.folder.files,
        report: engine.diagnostics(),
      };
    }
    if (engine && summary?.state === 'attention' && script.act && !acting) {
      acting = true;
      void script.act(engine, summary).finally(() => (acting = false));
    }
    if (vi.getTimerCount() <= 1 && !over) throw new Error(`It hangs: ${summary?.state}, ${summary?.reason?.code}`);
    vi.advanceTimersToNextTimer();
  }
}

/** Nothing comes, until the request is ended. */
function silence(signal: AbortSignal | null | undefined): Promise<void> {
  return new Promise((resolve) => signal?.addEventListener('abort', () => resolve()));
}

/** Ms between two looks at the page, whatever else happens. */
const LOOK_EVERY = 2_000;
/** Ms after which a page that shows no progress must have said why. */
const SILENCE = 30_000;

/** What always holds: within 30 s without progress there is a named state. */
class Spinner {
  private last = '';
  private since = 0;

  check({ state, reason, bytesReceived, bytesVerified, bytesSaved, filesSaving }: OrderSummary): void {
    const now = [state, bytesReceived, bytesVerified, bytesSaved, filesSaving].join();
    if (now !== this.last || state !== 'running' || reason) this.since = performance.now();
    this.last = now;
    if (performance.now() - this.since > SILENCE)
      throw new Error(`For 30 s nothing moves, and nobody says why: ${now}`);
  }
}

function reply(status: number, { json, bytes }: { json?: unknown; bytes?: Uint8Array<ArrayBuffer> }): Response {
  return bytes ? new Response(bytes, { status }) : Response.json(json, { status });
}

function bodyOf(
  machine: Machine,
  life: number,
  { chunk = 3_000, pause = 20, ending = 'end' }: Answer,
  bytes: Uint8Array,
  signal: AbortSignal | null | undefined,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream({
    type: 'bytes',
    start(controller) {
      signal?.addEventListener('abort', () => controller.error(new DOMException('aborted', 'AbortError')));
    },
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      if (signal?.aborted) return;
      if (at < bytes.length) {
        controller.enqueue(bytes.slice(at, at + chunk));
        at += chunk;
        return;
      }
      if (ending === 'silence') return machine.delay(life, 0).then(() => new Promise<void>(() => undefined));
      if (ending === 'reset') return controller.error(new TypeError('network error'));
      controller.close();
      if ('byobRequest' in controller) controller.byobRequest?.respond(0);
    },
  });
}
