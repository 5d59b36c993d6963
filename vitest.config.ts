import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';

const executablePath = process.env['HOLDFAST_BROWSER'];

export default defineConfig({
  test: {
    // of two cores Vitest would leave one to itself, which needs next to nothing of it
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'server/**/*.test.ts'],
          exclude: ['**/*.browser.test.ts', '**/*.s3.test.ts'],
          // files, sockets and scrypt on a machine that does much else
          testTimeout: 20_000,
        },
      },
      {
        test: { name: 's3', include: ['server/**/*.s3.test.ts'], testTimeout: 60_000 },
      },
      {
        test: {
          name: 'browser',
          include: ['src/**/*.browser.test.ts'],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: { ...(executablePath && { executablePath }), args: ['--no-sandbox'] },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
        optimizeDeps: { include: ['comlink', 'idb', 'filenamify/browser', 'p-limit'] },
      },
    ],
  },
});
