import prettyBytes from 'pretty-bytes';
import type { PublishedOrder } from './publish-order.ts';

/** The text that `holdfast publish` prints. */
export function printOrder({ order, title, link, expiresAt, files }: PublishedOrder): string {
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
    `Order link (until ${expiresAt}): ${link}`,
    '',
  ].join('\n');
}
