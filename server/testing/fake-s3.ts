import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** As much of an S3 server as a test of what is asked of it needs; every object is `size` bytes of one letter. */
export interface FakeS3 {
  readonly endpoint: string;
  /** Methods of the requests that came, the oldest first. */
  readonly methods: string[];
  /** Connections that were opened to it. */
  connections: number;
  /** Answers instead, when it is set and returns true. */
  answer: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  close(): Promise<void>;
}

/** Starts one on a free port, and gives the SDK credentials where there are none. `size` in bytes. */
export async function startFakeS3(size: number): Promise<FakeS3> {
  process.env['AWS_ACCESS_KEY_ID'] ??= 'test';
  process.env['AWS_SECRET_ACCESS_KEY'] ??= 'test';
  const server = createServer((request, response) => {
    self.methods.push(request.method ?? '');
    if (self.answer?.(request, response)) return;
    response.writeHead(200, { 'content-length': size, etag: '"fake"' });
    const send = (left: number): void => {
      if (left <= 0) return void response.end();
      const more = response.write(Buffer.alloc(Math.min(left, 65_536), 'x'));
      const next = (): void => send(left - 65_536);
      if (more) setImmediate(next);
      else response.once('drain', next);
    };
    if (request.method === 'HEAD') response.end();
    else send(size);
  });
  server.on('connection', () => self.connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const self: FakeS3 = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    methods: [],
    connections: 0,
    answer: undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return self;
}
