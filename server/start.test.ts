import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { OrderId } from '../src/order/link.ts';
import { parseDuration, parseUrlDuration } from './durations.ts';
import { SAMPLE_FILES, orderIdFor } from './sample.ts';
import { start } from './start.ts';

const base = await mkdtemp(join(tmpdir(), 'holdfast-start-'));
afterAll(() => rm(base, { recursive: true }));

describe('npm start', () => {
  it('keeps the link of what did not change, and makes a new one of what did', async () => {
    const source = join(base, 'my chips');
    const appFolder = join(base, 'app');
    await mkdir(source);
    await mkdir(appFolder);
    await writeFile(join(source, 'a'), 'one');
    const run = async (): Promise<string> => {
      // port 0: any that is free; the address stays the same for the comparison
      const { service, links } = await start({ sources: [source], store: join(base, 'store'), port: 0, appFolder });
      await service.close();
      return links.join('\n');
    };
    const first = await run();
    expect(first).toMatch(/#\/order\/my-chips-\d{4}-\d\d-\d\d\?key=/);
    expect(await run()).toBe(first);
    await writeFile(join(source, 'a'), 'other');
    expect(await run()).not.toBe(first);
  });

  it('has a sample of a dozen files', () => {
    expect(SAMPLE_FILES).toHaveLength(12);
    const total = SAMPLE_FILES.reduce((sum, [, size]) => sum + size, 0);
    expect(Math.round(total / 1e7)).toBe(15);
  });

  it('makes an order id of any name', () => {
    for (const name of ['chips', '晶片', '..', '.x.', 'a/b', 'é'.repeat(100), '-._']) {
      expect(v.is(OrderId, orderIdFor(name, new Date())), name).toBe(true);
    }
  });
});

describe('durations', () => {
  it('are read, and refused when they are none or too long', () => {
    expect(parseDuration('--expires', '30d')).toBe(30 * 86_400_000);
    expect(parseUrlDuration('--url-expires', '7d')).toBe(604_800);
    for (const text of ['', '7', 'soon', '-1d', '0s'])
      expect(() => parseDuration('--expires', text), text).toThrow('no duration');
    expect(() => parseUrlDuration('--url-expires', '8d')).toThrow('7 days at most');
  });
});
