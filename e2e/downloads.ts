import type { Download, Page } from '@playwright/test';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Collects the page's downloads: SHA-256 (hexadecimal) by name. */
export function collectDownloads(page: Page): () => Promise<Map<string, string>> {
  const downloads: Download[] = [];
  page.on('download', (download) => downloads.push(download));
  return async () => {
    const hashOf = async (download: Download): Promise<[string, string]> => {
      const bytes = readFileSync(await download.path());
      return [download.suggestedFilename(), createHash('sha256').update(bytes).digest('hex')];
    };
    return new Map(await Promise.all(downloads.map(hashOf)));
  };
}
