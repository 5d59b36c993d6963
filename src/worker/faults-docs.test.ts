import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';

/** Rows of the fault table. */
const ROWS = 46;
const paths = ['src', 'e2e'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)),
);

/** Tests that a cell of docs/faults.md names: `file` "a part of a title", "of another one"; `file` … */
function testsOf(cell: string): { readonly file: string; readonly title: string }[] {
  return cell.split('; `').flatMap((part) => {
    const [, file = ''] = /([\w.-]+\.ts)`/.exec(part) ?? [];
    return [...part.matchAll(/"([^"]+)"/g)].map(([, title = '']) => ({ file, title }));
  });
}

it('has for each row of the fault table tests in Node and in the browser, which are there', () => {
  const rows = readFileSync('docs/faults.md', 'utf8').match(/^\| \d+ .*$/gm) ?? [];
  expect(rows.map((row) => Number(row.split('|')[1]))).toEqual(Array.from({ length: ROWS }, (_, i) => i + 1));
  for (const row of rows) {
    const [, number = '', , inNode = '', inBrowser = ''] = row.split('|');
    for (const [side, cell] of [
      ['Node', inNode],
      ['the browser', inBrowser],
    ] as const) {
      const tests = testsOf(cell);
      expect(tests.length, `row ${number.trim()} has no test in ${side}`).toBeGreaterThan(0);
      for (const { file, title } of tests) {
        expect(/\.spec\.ts|\.browser\.test\.ts/.test(file), `${file} in the column of ${side}`).toBe(side !== 'Node');
        const path = paths.find((each) => basename(each) === file);
        expect(path, `${file}, which row ${number.trim()} names`).toBeDefined();
        const text = readFileSync(path!, 'utf8').replaceAll("\\'", "'");
        // `…` is a part of the title that the file computes
        for (const part of title.split('…').map((each) => each.trim()))
          expect(text.includes(part), `${file} has no test "${title}"`).toBe(true);
      }
    }
  }
});
