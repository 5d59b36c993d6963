import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a request for bytes gets instead of the truth; undefined lets it through. */
type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | { readonly kind: 'corrupt'; readonly at: number }
  | { readonly kind: 'drop'; readonly after: number };

/** A request for bytes that was answered: its `Range` header and the bytes that were sent on. */
interface Served {
  readonly path: string;
  readonly range: string | undefined;
  bytes: number;
}

/** A reverse proxy that misbehaves on command, in front of the service (folder store) or of the object store. */
export interface FaultServer {
  readonly port: number;
  readonly served: Served[];
  /** Bytes per second over all connections; undefined for no limit. */
  rate: number | undefined;
  /** Asked for each request for bytes. */
  fault: (path: string) => Fault | undefined;
  /** Bytes sent on since the start. */
  bytes(): number;
  stop(): Promise<void>;
}

const XML =
  '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>';

/** Starts a fault server on 127.0.0.1. Only paths of which `isBytes` is true are counted, limited and damaged. */
export async function startFaultServer(
  target: () => { host: string; port: number },
  isBytes: (path: string) => boolean,
): Promise<FaultServer> {
  let freeAt = 0;
  const server = createServer((incoming, outgoing) => void forward(incoming, outgoing));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const self: FaultServer = {
    port: (server.address() as AddressInfo).port,
    served: [],
    rate: undefined,
    fault: () => undefined,
    bytes: () => self.served.reduce((sum, { bytes }) => sum + bytes, 0),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  async function forward(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const path = incoming.url ?? '/';
    const bytes = isBytes(path) && incoming.method === 'GET';
    const fault = bytes ? self.fault(path) : undefined;
    if (fault?.kind === 'status') {
      outgoing.writeHead(fault.status, { 'Access-Control-Allow-Origin': '*', ...fault.headers }).end(XML);
      return;
    }
    const answer = await ask(incoming).catch(() => undefined);
    if (!answer) {
      outgoing.destroy();
      return;
    }
    outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    if (!bytes) {
      answer.pipe(outgoing);
      return;
    }
    const record: Served = { path, range: incoming.headers.range, bytes: 0 };
    self.served.push(record);
    outgoing.on('close', () => answer.destroy());
    try {
      for await (const chunk of answer as AsyncIterable<Buffer>) {
        if (fault?.kind === 'drop' && record.bytes + chunk.length > fault.after) {
          outgoing.destroy();
          return;
        }
        const at = fault?.kind === 'corrupt' ? fault.at - record.bytes : -1;
        if (at >= 0 && at < chunk.length) chunk[at] = (chunk[at] as number) ^ 1;
        await turn(chunk.length);
        record.bytes += chunk.length;
        if (!outgoing.write(chunk)) await drained(outgoing);
        if (outgoing.destroyed) return;
      }
      outgoing.end();
    } catch {
      outgoing.destroy();
    }
  }

  function ask(incoming: IncomingMessage): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const { method, url: path, headers } = incoming;
      const request = httpRequest({ ...target(), method, path, headers }, resolve);
      request.on('error', reject);
      incoming.pipe(request);
    });
  }

  async function turn(length: number): Promise<void> {
    if (self.rate === undefined) return;
    const now = performance.now();
    freeAt = Math.max(freeAt, now) + (length / self.rate) * 1000;
    await new Promise((resolve) => setTimeout(resolve, freeAt - now));
  }

  return self;
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
