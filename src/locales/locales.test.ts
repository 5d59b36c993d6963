import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const XLIFF = 'src/locales/xliff';
const folder = mkdtempSync(join(tmpdir(), 'holdfast-locales-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Does what `npm run localize` does, beside the sources: their words, taken out anew. */
function localize(): void {
  const config = JSON.parse(readFileSync('lit-localize.json', 'utf8')) as { output: object; interchange: object };
  cpSync(XLIFF, join(folder, 'xliff'), { recursive: true });
  const beside = {
    ...config,
    $schema: undefined,
    tsConfig: resolve('tsconfig.json'),
    output: { ...config.output, outputDir: join(folder, 'out'), localeCodesModule: join(folder, 'locale-codes.ts') },
    interchange: { ...config.interchange, xliffDir: join(folder, 'xliff') },
  };
  const path = join(folder, 'lit-localize.json');
  writeFileSync(path, JSON.stringify(beside));
  for (const command of ['extract', 'build']) {
    execFileSync(process.execPath, ['node_modules/@lit/localize-tools/bin/lit-localize.js', command, '--config', path]);
  }
}

it('says every message of the page in Chinese, and none that the page no longer has', { timeout: 60_000 }, () => {
  localize();
  const xliff = readFileSync(`${XLIFF}/zh-Hans.xlf`, 'utf8');
  expect(readFileSync(join(folder, 'xliff/zh-Hans.xlf'), 'utf8'), 'run `npm run localize`').toBe(xliff);
  const units = xliff.match(/<trans-unit[\s\S]*?<\/trans-unit>/g) ?? [];
  expect(units.length).toBeGreaterThan(100);
  expect(units.filter((unit) => !/<target>[^<]*\S/.test(unit.replaceAll(/<x [^>]*>/g, 'x')))).toEqual([]);
  // shown as they are: the page's words are no markup
  expect(readFileSync('src/locales/zh-Hans.ts', 'utf8')).not.toMatch(/&(\w+|#\d+);/);
  const built = readFileSync(join(folder, 'out/zh-Hans.ts'), 'utf8');
  expect(readFileSync('src/locales/zh-Hans.ts', 'utf8'), 'run `npm run localize`').toBe(built);
});
