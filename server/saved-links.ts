import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';

const LINKS_FILE = 'links.json';

const Links = v.record(
  v.string(),
  v.object({
    link: v.string(),
    expiresAt: v.pipe(v.string(), v.isoTimestamp()),
    /** What was published: paths, sizes and times. */
    fingerprint: v.string(),
  }),
);

/** Links that `npm start` made before, by their source. They hold keys: the file is for its owner only. */
export type SavedLinks = v.InferOutput<typeof Links>;

/** Reads the saved links of a folder store; none when there are none or they cannot be read. */
export async function readLinks(root: string): Promise<SavedLinks> {
  try {
    return v.parse(Links, JSON.parse(await readFile(join(root, LINKS_FILE), 'utf8')));
  } catch {
    return {};
  }
}

/** Saves links in the root of a folder store, as a whole or not at all. */
export async function writeLinks(root: string, links: SavedLinks): Promise<void> {
  const file = join(root, LINKS_FILE);
  await writeFile(`${file}.new`, `${JSON.stringify(links, undefined, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
