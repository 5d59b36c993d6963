import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A proxy in front of an S3 server that counts what is uploaded. */
export interface CountingProxy {
  readonly url: string;
  /** The bodies that the store took, in bytes, by method and path. */
  readonly taken: { readonly method: string; readonly path: string; readonly bytes: number }[];
  /** Bytes that came in bodies of PUT requests, also of those that were cut off. */
  received: number;
  /** True for a request whose body shall have one bit flipped on its way. */
  damages: (path: string) => boolean;
  /** PUT requests that are not answered yet, by path without its query. */
  readonly running: Map<string, number>;
  /** Called when a PUT request has come; it is answered after that. */
  hold: () => Promise<void>;
  /** Called with `received` as bytes come. */
  onReceived: (bytes: number) => void;
  close(): Promise<void>;
}

/** Passes everything on to `target`, `Host` as it came: it is part of the signature. */
export async function startCountingProxy(target: string): Promise<CountingProxy> {
  const { hostname, port } = new URL(target);
  const server = createServer((incoming, outgoing) => {
    const { method = '', url: path = '', headers } = incoming;
    let bytes = 0;
    const onward = request({ hostname, port, method, path, headers }, (reply: IncomingMessage) => {
      if (method === 'PUT' && reply.statusCode === 200) self.taken.push({ method, path, bytes });
      outgoing.writeHead(reply.statusCode ?? 502, reply.rawHeaders);
      void held.then(() => {
        count(-1);
        reply.pipe(outgoing);
      });
    });
    onward.on('error', () => outgoing.destroy());
    const [object = ''] = path.split('?', 1);
    const count = (by: number): void =>
      void (method === 'PUT' && self.running.set(object, (self.running.get(object) ?? 0) + by));
    count(1);
    const held = method === 'PUT' ? self.hold() : Promise.resolve();
    let damage = method === 'PUT' && self.damages(path);
    incoming.on('data', (chunk: Buffer) => {
      // before it is passed on: this listener is the first
      if (damage) chunk[0] = (chunk[0] ?? 0) ^ 1;
      damage = false;
      bytes += chunk.length;
      if (method === 'PUT') self.onReceived((self.received += chunk.length));
    });
    incoming.on('close', () => {
      if (!incoming.complete) onward.destroy();
    });
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const self: CountingProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken: [],
    received: 0,
    running: new Map(),
    hold: () => Promise.resolve(),
    damages: () => false,
    onReceived: () => undefined,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return self;
}
