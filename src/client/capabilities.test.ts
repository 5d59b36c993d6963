import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { describeCapability, missingCapabilities, type Capability } from './capabilities.ts';

/** A browser that has everything. */
const whole = () => ({
  window: { isSecureContext: true },
  navigator: { storage: { getDirectory: () => undefined }, locks: {}, serviceWorker: {} } as Record<string, unknown>,
  crypto: { subtle: {} } as Record<string, unknown>,
  AbortSignal: { any: () => undefined } as Record<string, unknown>,
});
let browser: ReturnType<typeof whole>;

beforeEach(() => {
  browser = whole();
  for (const [name, value] of Object.entries(browser)) vi.stubGlobal(name, value);
});
afterEach(() => void vi.unstubAllGlobals());

describe('46: what a browser cannot do', () => {
  it('is nothing in one that can', () => expect(missingCapabilities()).toEqual([]));

  it('is one cause on a page without https, where everything else is missing as well', () => {
    browser.window.isSecureContext = false;
    for (const name of ['storage', 'locks', 'serviceWorker']) delete browser.navigator[name];
    delete browser.crypto['subtle'];
    expect(missingCapabilities()).toEqual(['secure-context']);
    expect(describeCapability('secure-context')).toMatch(/without https.*open the same link there/);
  });

  it.each([
    ['private-files', () => (browser.navigator['storage'] = {}), /private window.*current Chrome or Edge/],
    ['locks', () => delete browser.navigator['locks'], /two windows.*current Chrome or Edge/],
    ['service-worker', () => delete browser.navigator['serviceWorker'], /private window.*current Chrome or Edge/],
    ['hashes', () => delete browser.crypto['subtle'], /check files.*current Chrome or Edge/],
    ['signals', () => delete browser.AbortSignal['any'], /too old.*current Chrome, Edge or Firefox/],
  ] as const)('is said with what to do about it: %s', (capability: Capability, remove, words) => {
    remove();
    expect(missingCapabilities()).toEqual([capability]);
    expect(describeCapability(capability)).toMatch(words);
  });
});
