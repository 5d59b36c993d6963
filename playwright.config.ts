import { defineConfig } from '@playwright/test';

const report = process.env['HOLDFAST_E2E_REPORT'];

export default defineConfig({
  testDir: 'e2e',
  // an hour long
  ...(process.env['HOLDFAST_DEEP'] === '1' ? {} : { testIgnore: '**/soak.spec.ts' }),
  outputDir: 'test-results',
  workers: 2,
  retries: 0,
  timeout: 120_000,
  use: { actionTimeout: 60_000, navigationTimeout: 60_000 },
  expect: { timeout: 30_000 },
  forbidOnly: true,
  reporter: report ? [['list'], ['json', { outputFile: report }]] : 'list',
});
