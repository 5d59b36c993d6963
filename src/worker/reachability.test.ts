import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { whyUnreachable } from './reachability.ts';

let own: () => Promise<Partial<Response>>;
let permission: () => Promise<{ state: string }>;

beforeEach(() => {
  own = () => Promise.resolve({ type: 'basic' });
  permission = () => Promise.resolve({ state: 'granted' });
  vi.stubGlobal('fetch', () => own());
  vi.stubGlobal('navigator', { permissions: { query: () => permission() } });
});
afterEach(() => void vi.unstubAllGlobals());

describe('why a request failed', () => {
  it('33: offline, where the own origin is silent too', async () => {
    own = () => Promise.reject(new TypeError('Failed to fetch'));
    expect((await whyUnreachable('https://store.example/a')).code).toBe('offline');
  });

  it('30: a sign-in, where the network redirects the own origin', async () => {
    own = () => Promise.resolve({ type: 'opaqueredirect' });
    expect((await whyUnreachable('https://store.example/a')).code).toBe('sign-in-needed');
  });

  it('29: the store alone, by its name', async () => {
    expect(await whyUnreachable('https://store.example/a')).toMatchObject({
      code: 'source-unreachable',
      detail: { host: 'store.example' },
    });
    expect((await whyUnreachable(undefined)).detail).toEqual({});
  });

  it.each([
    'http://192.168.1.9:9000/a',
    'http://10.0.0.1/a',
    'http://172.20.0.1/a',
    'http://nas.local/a',
    'http://[fd00::1]/a',
  ])('34: the permission for the local network was refused (%s)', async (url) => {
    permission = () => Promise.resolve({ state: 'denied' });
    const error = await whyUnreachable(url);
    expect(error).toMatchObject({ code: 'network-permission', rule: 'ask', detail: { host: new URL(url).host } });
    permission = () => Promise.reject(new TypeError('no such permission'));
    expect(await whyUnreachable(url)).toMatchObject({ code: 'source-unreachable', detail: { local: 1 } });
  });

  it.each(['https://172.32.0.1/a', 'https://11.0.0.1/a', 'https://store.example/a'])(
    '34: does not matter to %s',
    async (url) => {
      permission = () => Promise.resolve({ state: 'denied' });
      expect((await whyUnreachable(url)).code).toBe('source-unreachable');
    },
  );
});
