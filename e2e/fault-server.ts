import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { readRange, type Asked, type Fault, type ServiceFault } from './fault.ts';

/** A request for bytes that was answered with some. */
interface Served extends Asked {
  readonly path: string;
  /** Where its first byte is in the object. */
  readonly start: number;
  /** Bytes sent on. */
  bytes: number;
  /** What was wrong with the answer; undefined for the truth. */
  readonly fault: Fault | undefined;
  /** When it was asked and when it ended, `performance.now()` in ms. */
  readonly at: number;
  endedAt: number | undefined;
}

/** Where a request goes. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/** A reverse proxy that misbehaves on command, in front of the service and of the object store. */
export interface FaultServer {
  readonly port: number;
  readonly served: Served[];
  /** Requests of any kind that came to it. */
  asked: number;
  /** TCP connections that were opened to it. */
  connections: number;
  /** Bytes per second over all connections; undefined for no limit. */
  rate: number | undefined;
  /** Asked for each request for bytes. */
  fault: (path: string, asked: Asked) => Fault | undefined;
  /** Asked for each other request. */
  serviceFault: (path: string, method: string) => ServiceFault | undefined;
  /** Where an instrumented app that starts now is to ask before it goes on. */
  point: { readonly name: string; readonly reached: () => Promise<void> } | undefined;
  /** Bytes sent on since the start. */
  bytes(): number;
  /** Bytes that were sent on more than once, whatever became of them on the way: most of them sat in buffers and reached no page. */
  sentTwice(): number;
  /** Kinds of faults that answers were to have, while none of them came to it: their bodies ended before. */
  missed(): string[];
  /** Resets all connections that carry bytes now. */
  cut(): void;
  /** Closes all connections and refuses new ones, as a pulled cable does; and listens again. */
  unplug(): Promise<void>;
  plugIn(): Promise<void>;
  stop(): Promise<void>;
}

const XML =
  '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>';
const LOGIN = '<!doctype html><title>Welcome</title><form><button>Accept the terms and connect</button></form>';
const CORS = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': 'Retry-After' };
/** Where an instrumented app learns its named point, and, behind another `/`, asks when it has come there. */
const POINT = '/test-point';

/** Starts a fault server on 127.0.0.1. Only paths of which `isBytes` is true are counted, limited and damaged. */
export async function startFaultServer(
  target: (path: string) => Target,
  isBytes: (path: string) => boolean,
): Promise<FaultServer> {
  const server = createServer((incoming, outgoing) => {
    forward(incoming, outgoing).catch(() => outgoing.destroy());
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  server.on('connection', () => self.connections++);
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const turn = limiter();
  const requests = new Map<string, number>();
  const carrying = new Set<Socket>();
  const [given, fired] = [new Set<string>(), new Set<string>()];
  const self: FaultServer = {
    port,
    served: [],
    asked: 0,
    connections: 0,
    rate: undefined,
    fault: () => undefined,
    serviceFault: () => undefined,
    point: undefined,
    bytes: () => self.served.reduce((sum, { bytes }) => sum + bytes, 0),
    sentTwice: () => sentTwice(self.served),
    missed: () => [...given].filter((kind) => !fired.has(kind)),
    cut() {
      for (const socket of carrying) socket.resetAndDestroy();
    },
    unplug: close,
    plugIn: () => listen(port),
    stop: close,
  };

  async function forward(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const path = incoming.url ?? '/';
    self.asked++;
    if (path === POINT) {
      outgoing.setHeader('Cache-Control', 'no-store').end(self.point?.name ?? '');
    } else if (path.startsWith(POINT)) {
      if (path === `${POINT}/${encodeURIComponent(self.point?.name ?? '')}`) await self.point?.reached();
      outgoing.end();
    } else if (isBytes(path) && incoming.method === 'GET') {
      await forwardBytes(path, incoming, outgoing);
    } else {
      await forwardOther(path, incoming, outgoing);
    }
  }

  async function forwardOther(path: string, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const fault = self.serviceFault(path, incoming.method ?? 'GET');
    if (fault?.kind === 'drop') {
      outgoing.destroy();
      return;
    }
    if (fault?.kind === 'status') {
      outgoing.writeHead(fault.status, { 'Content-Type': 'application/json' }).end(fault.body ?? '{}');
      return;
    }
    const answer = await ask(incoming, target(path));
    if (fault?.kind !== 'edit') {
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(outgoing);
      return;
    }
    const body = fault.edit(await text(answer));
    const headers = { ...answer.headers, 'content-length': String(Buffer.byteLength(body)) };
    outgoing.writeHead(answer.statusCode ?? 502, headers).end(body);
  }

  async function forwardBytes(path: string, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const object = path.split('?')[0] as string;
    const before = requests.get(object) ?? 0;
    requests.set(object, before + 1);
    const asked: Asked = { object, range: readRange(incoming.headers.range), before };
    const fault = self.fault(path, asked);
    if (fault) given.add(fault.kind);
    // all others are in the headers, or act from the first byte
    if (fault && !WITHIN_BODY.has(fault.kind)) fired.add(fault.kind);
    if (fault?.kind === 'status') {
      outgoing.writeHead(fault.status, { ...CORS, ...fault.headers }).end(XML);
      return;
    }
    if (fault?.kind === 'login-page') {
      outgoing.writeHead(200, { 'Content-Type': 'text/html' }).end(LOGIN);
      return;
    }
    if (fault?.kind === 'whole-file') delete incoming.headers.range;
    const answer = await ask(incoming, target(path));
    const headers = damagedHeaders(answer, fault);
    if (fault?.kind === 'encoded' && fault.as === 'gzip') {
      const chunks: Buffer[] = [];
      for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
      const compressed = gzipSync(Buffer.concat(chunks), { level: 1 });
      outgoing.writeHead(answer.statusCode ?? 502, headers).end(compressed);
      return;
    }
    outgoing.writeHead(answer.statusCode ?? 502, headers);
    const start = fault?.kind === 'whole-file' ? 0 : (asked.range?.start ?? 0);
    const record: Served = { ...asked, path, start, bytes: 0, fault, at: performance.now(), endedAt: undefined };
    self.served.push(record);
    const { socket } = incoming;
    carrying.add(socket);
    outgoing.on('close', () => {
      carrying.delete(socket);
      record.endedAt = performance.now();
      answer.destroy();
    });
    await send(answer, outgoing, record, fault);
  }

  async function send(
    answer: IncomingMessage,
    outgoing: ServerResponse,
    record: Served,
    fault: Fault | undefined,
  ): Promise<void> {
    const slow = fault?.kind === 'drip' ? limiter() : undefined;
    const length = Number(answer.headers['content-length']);
    const limit = endOf(fault, length);
    for await (const whole of answer as AsyncIterable<Buffer>) {
      const chunk = whole.subarray(0, limit - record.bytes);
      if (fault && damage(chunk, record, fault)) fired.add(fault.kind);
      for (let from = 0; from < chunk.length; from += SLICE) {
        const slice = chunk.subarray(from, from + SLICE);
        await turn(slice.length, self.rate);
        if (fault?.kind === 'drip') await slow?.(slice.length, fault.rate);
        if (outgoing.destroyed) return;
        record.bytes += slice.length;
        if (!outgoing.write(slice)) await drained(outgoing);
      }
      if (record.bytes >= limit && limit < length) break;
    }
    const cut = limit < length ? fault : undefined;
    if (cut) fired.add(cut.kind);
    if (cut?.kind === 'drop' || cut?.kind === 'stall') await sent(outgoing);
    if (cut?.kind === 'stall') return;
    if (cut?.kind === 'reset') outgoing.socket?.resetAndDestroy();
    else if (cut?.kind === 'drop') outgoing.destroy();
    else if (fault?.kind === 'long') outgoing.end(Buffer.alloc(fault.by, 'x'));
    else outgoing.end();
  }

  return self;
}

/** These happen at some byte of the body, if it comes to that one. */
const WITHIN_BODY: ReadonlySet<Fault['kind']> = new Set(['drop', 'reset', 'stall', 'corrupt', 'replaced']);

/** Bytes that are sent between two looks at the clock. */
const SLICE = 16 * 1024;

function ask(incoming: IncomingMessage, target: Target): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { method, url: path, headers } = incoming;
    const request = httpRequest({ ...target, method, path, headers }, resolve);
    request.on('error', reject);
    incoming.pipe(request);
  });
}

/** The true headers, as the fault changes them. */
function damagedHeaders(answer: IncomingMessage, fault: Fault | undefined): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(answer.headers)) if (value !== undefined) headers[name] = value;
  const length = Number(headers['content-length']);
  if (fault?.kind === 'content-range') headers['content-range'] = fault.change(String(headers['content-range']));
  if (fault?.kind === 'etag') headers['etag'] = fault.etag;
  if (fault?.kind === 'cors-exposes') {
    headers['access-control-expose-headers'] = fault.headers.join(', ');
    delete headers['last-modified'];
    if (fault.modified !== undefined) headers['last-modified'] = fault.modified;
  }
  if (fault?.kind === 'short') headers['content-length'] = String(Math.max(0, length - fault.by));
  if (fault?.kind === 'long') headers['content-length'] = String(length + fault.by);
  if (fault?.kind === 'no-cors') {
    for (const name of Object.keys(headers)) if (name.startsWith('access-control-')) delete headers[name];
  }
  if (fault?.kind === 'encoded') {
    headers['content-encoding'] = fault.as;
    headers['access-control-expose-headers'] = 'Content-Range, Content-Encoding';
    if (fault.as === 'gzip') delete headers['content-length'];
  }
  return headers;
}

function endOf(fault: Fault | undefined, length: number): number {
  if (fault?.kind === 'drop' || fault?.kind === 'reset' || fault?.kind === 'stall') return fault.after;
  return fault?.kind === 'short' ? Math.max(0, length - fault.by) : Infinity;
}

/** True when a byte was changed. */
function damage(chunk: Buffer, { start, bytes }: Served, fault: Fault): boolean {
  if (fault.kind === 'corrupt') {
    const at = fault.at - bytes;
    if (at < 0 || at >= chunk.length) return false;
    chunk[at] = (chunk[at] as number) ^ 1;
    return true;
  }
  if (fault.kind !== 'replaced') return false;
  const from = Math.min(chunk.length, Math.max(0, fault.from - start - bytes));
  chunk.fill('r', from);
  return from < chunk.length;
}

function sentTwice(served: readonly Served[]): number {
  let twice = 0;
  for (const object of new Set(served.map((each) => each.object))) {
    const spans = served
      .filter((each) => each.object === object)
      .map(({ start, bytes }) => ({ start, end: start + bytes }))
      .sort((a, b) => a.start - b.start);
    let covered = 0;
    for (const { start, end } of spans) {
      twice += Math.max(0, Math.min(covered, end) - start);
      covered = Math.max(covered, end);
    }
  }
  return twice;
}

/** Holds each caller back so that all of them together send `rate` bytes a second. */
function limiter(): (length: number, rate: number | undefined) => Promise<void> {
  let freeAt = 0;
  return async (length, rate) => {
    if (rate === undefined) return;
    const now = performance.now();
    freeAt = Math.max(freeAt, now) + (length / rate) * 1000;
    if (freeAt - now > 5) await new Promise((resolve) => setTimeout(resolve, freeAt - now));
  };
}

/** Waits until all that was written is with the system: `destroy` loses the rest. */
function sent(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    outgoing.once('close', resolve);
    outgoing.write('', () => resolve());
  });
}

function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      outgoing.off('drain', done).off('close', done);
      resolve();
    };
    outgoing.on('drain', done).on('close', done);
  });
}
