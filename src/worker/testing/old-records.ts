/** Records in the form in which a version of the app kept them, by the commit that brought it, and what they must be read as. */
interface OldRecords {
  readonly commit: string;
  readonly order: object;
  readonly files: readonly object[];
  /** What a field of the first file is now, where it is not what it was. */
  readonly now?: object;
}

const PIECES = Uint8Array.of(3);
const FAILED = { kind: 'failed', error: { code: 'not-found', message: 'gone', detail: { status: 404 } } };
const plain = {
  order: 'one',
  kind: 'order',
  id: 'A-1',
  title: 'Lot 7',
  addedAt: 1,
  will: 'started',
  files: 2,
  bytes: 9,
};
const withKey = { ...plain, key: 'k'.repeat(43) };
const file = (index: number, state: object, more: object = {}): object => ({
  order: 'one',
  file: index,
  state,
  pieces: PIECES,
  ...more,
});

/** Every form that ever landed, all in version 1 of the database. */
export const OLD_RECORDS: readonly OldRecords[] = [
  {
    commit: '13d09a0',
    order: withKey,
    // the name of a begun save was a part of the state
    files: [file(0, { kind: 'saving', name: 'a.7z' }, { hashes: new Uint8Array(64) }), file(1, FAILED)],
    now: { state: { kind: 'saving' }, claimed: 'a.7z' },
  },
  {
    commit: '3db5a77',
    order: withKey,
    files: [file(0, { kind: 'verified' }, { claimed: 'a.7z' }), file(1, { kind: 'saved', name: 'b.7z' })],
  },
  {
    commit: '1be0ee7',
    order: { ...withKey, listed: 2 },
    files: [file(0, { kind: 'handed-over', name: 'a.7z' }), file(1, { kind: 'downloading' })],
  },
  {
    commit: 'f96caa3',
    order: { ...withKey, listed: 2 },
    files: [file(0, { kind: 'waiting' }, { replaces: 'a.7z' }), file(1, { kind: 'waiting' })],
  },
  {
    commit: '7fe7f21',
    order: { ...withKey, rank: -3, firstFiles: [1], listed: 1 },
    files: [file(0, { kind: 'waiting' })],
  },
  {
    commit: 'b4d7c00',
    order: { ...plain, password: 'p', at: 'https://store.example/grants.json', receipted: 1 },
    files: [file(0, { kind: 'saved', name: 'a.7z' })],
  },
];
