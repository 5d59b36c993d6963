import { defineConfig } from '@playwright/test';

const report = process.env['HOLDFAST_E2E_REPORT'];

const SAME_ON_EVERY_STORE = [
  'a11y',
  'ui-*',
  'looks',
  'firefox',
  'copies',
  'check',
  'folder',
  'hand-over',
  'faults-{storage,life,network,order}',
  'kill-points',
  'matrix',
  'start',
].map((name) => `**/${name}.spec.ts`);
/** Objects that are in the store already, multipart uploads, links to the store itself, drives that are lost: a folder has none of them. */
const ONLY_ON_S3 = ['publish', 'static-link', 'drives'].map((name) => `**/${name}.spec.ts`);

export default defineConfig({
  testDir: 'e2e',
  globalSetup: './e2e/global-setup.ts',
  testIgnore: [
    // an hour long
    ...(process.env['HOLDFAST_DEEP'] === '1' ? [] : ['**/soak.spec.ts']),
    // what the page and the browser do is the same whatever store the bytes come from
    ...(process.env['HOLDFAST_E2E_STORE'] === 's3' ? SAME_ON_EVERY_STORE : ONLY_ON_S3),
  ],
  outputDir: 'test-results',
  workers: 3,
  // a busy machine may make one late; what needed it is named at the end. Specs that kill never get a second attempt: a loss is one
  retries: 1,
  timeout: 120_000,
  use: { actionTimeout: 60_000, navigationTimeout: 60_000 },
  expect: {
    timeout: 30_000,
    // the pictures that the README shows are those that the screens are compared with (e2e/looks.spec.ts)
    // one other word in a label is 80 pixels; the same screen drawn anew was the same to the pixel
    toHaveScreenshot: { pathTemplate: 'docs/pictures/{arg}{ext}', maxDiffPixels: 20 },
  },
  forbidOnly: true,
  reporter: report ? [['list'], ['json', { outputFile: report }]] : 'list',
});
