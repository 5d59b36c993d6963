import type { FileRow, FileStatus } from '../engine-api.ts';

/** Which files are shown. */
export type FileFilter = 'all' | 'active' | 'saved' | 'waiting' | 'failed';

export const FILE_FILTERS: readonly FileFilter[] = ['all', 'active', 'saved', 'waiting', 'failed'];

const GROUP: Record<FileStatus, Exclude<FileFilter, 'all'>> = {
  waiting: 'waiting',
  downloading: 'active',
  verified: 'active',
  saving: 'active',
  saved: 'saved',
  'handed-over': 'saved',
  paused: 'waiting',
  failed: 'failed',
};

/** How many files each filter shows. */
export function countFiles(rows: readonly FileRow[]): Record<FileFilter, number> {
  const counts = { all: rows.length, active: 0, saved: 0, waiting: 0, failed: 0 };
  for (const { status } of rows) counts[GROUP[status]]++;
  return counts;
}

/** What needs somebody first, then what is at work; all others in the order's own order. */
function urgentFirst(rows: readonly FileRow[]): readonly FileRow[] {
  const is = (filter: FileFilter) => (row: FileRow) => GROUP[row.status] === filter;
  const others = rows.filter(({ status }) => GROUP[status] !== 'failed' && GROUP[status] !== 'active');
  return others.length === rows.length ? rows : [...rows.filter(is('failed')), ...rows.filter(is('active')), ...others];
}

/** The files of a filter whose path has `search` in it, whatever its case. */
export function filterFiles(rows: readonly FileRow[], filter: FileFilter, search: string): readonly FileRow[] {
  const wanted = search.trim().toLowerCase();
  if (filter === 'all' && wanted === '') return urgentFirst(rows);
  return rows.filter(
    ({ status, path }) => (filter === 'all' || GROUP[status] === filter) && path.toLowerCase().includes(wanted),
  );
}
