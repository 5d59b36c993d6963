import { readFileSync } from 'node:fs';
import type { ErrorCode } from '../../order/errors.ts';

/** A line of the table in docs/errors.md: what the user can press, and after which codes. */
interface ErrorAction {
  /** The button's English name; undefined where there is nothing to press. */
  readonly button: string | undefined;
  /** Where it is. */
  readonly where: string;
  readonly codes: readonly ErrorCode[];
}

/** What docs/errors.md says that the user can do. */
export function readErrorActions(): readonly ErrorAction[] {
  const [, section = ''] = readFileSync('docs/errors.md', 'utf8').split('## What to press\n');
  const lines = section.split('\n## ', 1)[0]!.match(/^\| (?!button|--).*$/gm) ?? [];
  return lines.map((line) => {
    const [, button = '', where = '', codes = ''] = line.split('|').map((cell) => cell.trim());
    const named = [...codes.matchAll(/`([\w-]+)`/g)].map(([, code]) => code as ErrorCode);
    return { button: /^`(.+)`$/.exec(button)?.[1], where, codes: named };
  });
}
