import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseOrderLink } from '../../src/order/link.ts';
import { grantsPath, manifestPath } from '../../src/order/service-api.ts';
import { publishOrder } from '../publish/publish-order.ts';
import { openStore } from '../store/open-store.ts';
import { serve, type RunningService } from './serve.ts';

const MIB = 1024 * 1024;
const base = await mkdtemp(join(tmpdir(), 'holdfast-slow-'));
let service: RunningService;
let headers: Record<string, string>;
let path: string;
const sockets: Socket[] = [];
beforeAll(async () => {
  await mkdir(join(base, 'source'));
  await writeFile(join(base, 'source', 'a'), 'one');
  const target = await openStore({ store: join(base, 'store'), port: 0 });
  const source = join(base, 'source');
  const { link } = await publishOrder({ source, order: 'A-1', target, expiresIn: 600_000, urlExpiresIn: 60 });
  const { key, manifest } = parseOrderLink(link);
  headers = { authorization: `Bearer ${key}` };
  path = manifestPath('A-1', manifest);
  // the limits of production are half a minute; what is tried is that they are kept, and what the clients cost meanwhile
  const patience = { headers: 2000, request: 3000, look: 250 };
  service = await serve({ target, logLevel: 'silent', patience });
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await service.close();
  await rm(base, { recursive: true });
});

/** A connection that is open. */
async function open(): Promise<Socket> {
  const socket = connect(service.port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
}
/** What came on a connection until its end. */
async function toEnd(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('utf8').on('data', (more: string) => (text += more));
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
  return text;
}
const answered = async (): Promise<number> =>
  (await fetch(`http://127.0.0.1:${service.port}${path}`, { headers })).status;

describe('clients with bad manners', () => {
  it('who send JSON without an end are cut off at the limit, and cost no memory', async () => {
    const socket = await open();
    const before = process.memoryUsage().rss;
    socket.write(
      `POST ${grantsPath('A-1')} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    const piece = `10000\r\n${'['.repeat(0x10000)}\r\n`;
    let sent = 0;
    const push = (): void => {
      while (!socket.destroyed && sent < 4096 * MIB) {
        sent += piece.length;
        if (!socket.write(piece)) return void socket.once('drain', push);
      }
    };
    push();
    const reply = await toEnd(socket);
    expect(reply).toMatch(/^HTTP\/1\.1 400 /);
    expect(sent).toBeLessThan(64 * MIB);
    expect(process.memoryUsage().rss - before).toBeLessThan(128 * MIB);
    expect(await answered()).toBe(200);
  });

  it('who stop in the middle of a request, a thousand of them, hold nobody up and are cut off', async () => {
    const stuck = await Promise.all(Array.from({ length: 1000 }, open));
    const ends = stuck.map(toEnd);
    for (const [n, socket] of stuck.entries())
      // half in the head, half in the body
      socket.write(
        n % 2 === 0
          ? `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthor`
          : `POST ${grantsPath('A-1')} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"man`,
      );
    let ended = 0;
    for (const end of ends) void end.then(() => ended++);
    expect(await answered()).toBe(200);
    expect(ended, 'some are stuck still').toBeLessThan(1000);
    const replies = await Promise.all(ends);
    expect(new Set(replies.map((reply) => reply.slice(0, 12)))).toEqual(new Set(['HTTP/1.1 408']));
    expect(await answered()).toBe(200);
  }, 30_000);
});
