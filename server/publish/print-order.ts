import prettyBytes from 'pretty-bytes';
import type { PublishedOrder } from './publish-order.ts';

/** At most so many names are listed of the files that differ. */
const NAMES = 10;

/** The text that `holdfast publish` prints. */
export function printOrder({ order, title, link, expiresAt, earlier, files }: PublishedOrder): string {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const rows = files.flatMap(({ path, size, seconds, url }) => [
    `${path}  ${prettyBytes(size, { binary: true })}  ${seconds.toFixed(1)} s`,
    `  ${url}`,
  ]);
  const heading = title === order ? order : `${order}: ${title}`;
  return [
    ...rows,
    '',
    `${heading}, ${files.length} ${files.length === 1 ? 'file' : 'files'}, ${prettyBytes(total, { binary: true })}`,
    ...printEarlier(earlier),
    `Order link (until ${expiresAt}): ${link}`,
    '',
  ].join('\n');
}

function printEarlier(earlier: PublishedOrder['earlier']): string[] {
  if (!earlier) return [];
  const { createdAt, added, removed, changed } = earlier;
  if (added.length + removed.length + changed.length === 0)
    return [
      `Unchanged since ${createdAt}: nothing was uploaded. This is one more link to the same order; older links go on.`,
    ];
  const list = (word: string, paths: readonly string[]): string[] => {
    const more = paths.length > NAMES ? ` and ${paths.length - NAMES} more` : '';
    return paths.length === 0 ? [] : [`  ${word}: ${paths.slice(0, NAMES).join(', ')}${more}`];
  };
  return [
    `Differs from what was published at ${createdAt}; older links still lead to that:`,
    ...list('added', added),
    ...list('changed', changed),
    ...list('removed', removed),
  ];
}
