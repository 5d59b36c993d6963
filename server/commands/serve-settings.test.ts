import { describe, expect, it } from 'vitest';
import { readSettings } from './serve-settings.ts';

describe('the settings of the service', () => {
  it('have sound defaults, and an empty one is none', () => {
    const empty = readSettings({ port: '', gateway: '', trustProxy: '' }, { HOLDFAST_METRICS_TOKEN: '' });
    expect(empty).toEqual(readSettings({}, {}));
    expect(empty).toEqual({
      grantExpires: 3600,
      gateway: false,
      mirror: [],
      cors: [],
      connect: [],
      trustProxy: [],
      logLevel: 'warn',
      drain: 0,
    });
  });

  it.each<[Record<string, string>, object]>([
    [{ port: '8420' }, { port: 8420 }],
    [{ gateway: 'false' }, { gateway: false }],
    [{ gateway: '0' }, { gateway: false }],
    [{ gateway: 'No' }, { gateway: false }],
    [{ gateway: 'off' }, { gateway: false }],
    [{ gateway: 'true' }, { gateway: true }],
    [{ gateway: '1' }, { gateway: true }],
    [{ gateway: 'YES' }, { gateway: true }],
    [{ grantExpires: '10m' }, { grantExpires: 600 }],
    [{ drain: '10s' }, { drain: 10_000 }],
    [{ drain: '0' }, { drain: 0 }],
    [{ trustProxy: '10.0.0.0/8, ::1 loopback' }, { trustProxy: ['10.0.0.0/8', '::1', 'loopback'] }],
    [{ cors: 'https://a.example/,http://b:81' }, { cors: ['https://a.example', 'http://b:81'] }],
    [{ logLevel: 'debug' }, { logLevel: 'debug' }],
  ])('are read: %j', (given, settings) => {
    expect(readSettings(given, {})).toMatchObject(settings);
  });

  it.each<[Record<string, string>, string]>([
    [{ port: '0' }, '--port (HOLDFAST_PORT) 0'],
    [{ port: '65536' }, '--port (HOLDFAST_PORT)'],
    [{ port: 'many' }, '--port (HOLDFAST_PORT)'],
    [{ port: 'tcp://10.0.0.1:8420' }, '--port (HOLDFAST_PORT)'],
    [{ gateway: 'perhaps' }, '--gateway (HOLDFAST_GATEWAY)'],
    [{ grantExpires: 'soon' }, '--grant-expires (HOLDFAST_GRANT_EXPIRES)'],
    [{ grantExpires: '8d' }, '--grant-expires (HOLDFAST_GRANT_EXPIRES)'],
    [{ drain: '-1s' }, '--drain (HOLDFAST_DRAIN)'],
    [{ drain: '2h' }, '--drain (HOLDFAST_DRAIN)'],
    [{ logLevel: 'loud' }, '--log-level (HOLDFAST_LOG_LEVEL)'],
    [{ trustProxy: 'yes' }, '--trust-proxy (HOLDFAST_TRUST_PROXY) yes'],
    [{ trustProxy: '10.0.0.0/33' }, '--trust-proxy (HOLDFAST_TRUST_PROXY)'],
    [{ trustProxy: '10.0.0.1,proxy.lab' }, '--trust-proxy (HOLDFAST_TRUST_PROXY) proxy.lab'],
    [{ cors: '*' }, '--cors (HOLDFAST_CORS)'],
    [{ cors: 'https://a.example/path' }, '--cors (HOLDFAST_CORS)'],
    [{ connect: 'ftp://a' }, '--connect (HOLDFAST_CONNECT)'],
    [{ mirror: 'here' }, '--mirror (HOLDFAST_MIRRORS)'],
    [{ tlsCert: 'x' }, '--tls-key (HOLDFAST_TLS_KEY)'],
    [{ tlsKey: 'x' }, '--tls-cert (HOLDFAST_TLS_CERT)'],
  ])('are refused, with their names: %j', (given, name) => {
    const read = (): unknown => readSettings(given, {});
    expect(read).toThrow(name);
    expect(read).toThrow(/Nothing was (started|done)\.$/);
  });

  it('have a token worth the name, which no error shows', () => {
    const read = (): unknown => readSettings({}, { HOLDFAST_METRICS_TOKEN: 'short' });
    expect(read).toThrow('HOLDFAST_METRICS_TOKEN');
    expect(read).not.toThrow('short');
  });
});
