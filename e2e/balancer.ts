import { connect, createServer, type Socket } from 'node:net';

/** A balancer for TCP, in front of copies of the service. */
export interface Balancer {
  /** The copy with the most connections now. */
  busiest(): number;
  stop(): Promise<void>;
}

/** Listens on `port` of 127.0.0.1 and sends each connection to the next of `copies` that takes it. */
export async function startBalancer(port: number, copies: readonly number[]): Promise<Balancer> {
  const open = new Map<number, number>(copies.map((copy) => [copy, 0]));
  const sockets = new Set<Socket>();
  let turn = 0;
  const count = (copy: number, by: number): unknown => open.set(copy, (open.get(copy) ?? 0) + by);
  const pass = (client: Socket, tries: number): void => {
    const copy = copies[turn++ % copies.length] ?? 0;
    if (tries === 0) return void client.destroy();
    const onward = connect(copy, '127.0.0.1');
    onward.once('error', () => pass(client, tries - 1));
    onward.once('connect', () => {
      onward.removeAllListeners('error');
      count(copy, 1);
      client.pipe(onward).pipe(client);
      for (const [one, other] of [
        [client, onward],
        [onward, client],
      ] as const)
        one.on('error', () => other.destroy()).once('close', () => other.destroy());
      onward.once('close', () => count(copy, -1));
    });
  };
  const server = createServer((client) => {
    sockets.add(client);
    client.once('close', () => sockets.delete(client));
    client.on('error', () => client.destroy());
    pass(client, copies.length);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    busiest: () => [...open].sort(([, a], [, b]) => b - a)[0]?.[0] ?? 0,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const each of sockets) each.destroy();
      }),
  };
}
