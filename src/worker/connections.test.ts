import { describe, expect, it } from 'vitest';
import { Connections } from './connections.ts';

/** Receives for `seconds` at the rate that `rateOf` gives for a count of connections, in bytes per second. */
function receive(connections: Connections, seconds: number, rateOf: (count: number) => number, from = 1): void {
  for (let ms = 0; ms < seconds * 1000; ms += 50) {
    connections.active = connections.limit;
    connections.received(rateOf(connections.limit) / 20, from + ms);
  }
}

describe('Connections', () => {
  it('goes up to six within some seconds where each brings as much as the first, and remembers the host', () => {
    const known = new Map<string, number>();
    const connections = new Connections('app.example', known);
    connections.use('store.example');
    receive(connections, 5, (count) => count * 3e6);
    expect(connections.limit).toBe(6);
    expect(known.get('store.example')).toBe(6);
  });

  it('takes five at most to the host of the app itself', () => {
    const connections = new Connections('app.example');
    connections.use('app.example');
    receive(connections, 5, (count) => count * 3e6);
    expect(connections.limit).toBe(5);
  });

  it('stays at two on a fast link', () => {
    const connections = new Connections('app.example');
    connections.use('store.example');
    receive(connections, 5, (count) => 200e6 + count);
    expect(connections.limit).toBe(2);
  });

  it('goes back where more connections bring nothing', () => {
    const connections = new Connections('app.example');
    connections.use('store.example');
    receive(connections, 10, () => 10e6);
    expect(connections.limit).toBe(2);
  });

  it('begins with what it knows of a host', () => {
    const connections = new Connections('app.example', new Map([['store.example', 6]]));
    connections.use('store.example');
    expect(connections.limit).toBe(6);
  });

  it('halves when the server asks for patience, and comes back one at a time', () => {
    const connections = new Connections('app.example', new Map([['store.example', 6]]));
    connections.use('store.example');
    connections.halve(1);
    expect(connections.limit).toBe(3);
    receive(connections, 8, (count) => count * 3e6, 2);
    expect(connections.limit).toBe(3);
    receive(connections, 4, (count) => count * 3e6, 11_000);
    expect(connections.limit).toBeGreaterThan(3);
  });

  it('halves once for a burst of refusals', () => {
    const connections = new Connections('app.example', new Map([['store.example', 6]]));
    connections.use('store.example');
    for (let i = 0; i < 6; i++) connections.halve(5_000 + i);
    expect(connections.limit).toBe(3);
    connections.halve(7_000);
    expect(connections.limit).toBe(1);
  });

  it('never exceeds what the user allows', () => {
    const connections = new Connections('app.example', new Map([['store.example', 6]]));
    connections.use('store.example');
    connections.atMost = 1;
    receive(connections, 5, (count) => count * 3e6);
    expect(connections.limit).toBe(1);
  });
});
