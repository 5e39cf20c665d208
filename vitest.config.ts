import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

// Importing the real `electron` in Node starts its downloader, so every test sees the fake.
const alias = { electron: here('./tests/fakes/electron.ts') };

// On a machine that others share, a browser that stalls is not a defect: its tests have a second try in CI, and the report names what
// needed it. Promises (unit, integration, faults) are never tried twice.
const retry = process.env['CI'] === 'true' ? 1 : 0;

// What a test waits for has no bound of its own in time: on a machine that stalls, the poll's own second would be one that no promise
// names. It ends just before the test would, so that it is the assertion that is reported.
const within = (testTimeout: number) => ({
  testTimeout,
  expect: { poll: { timeout: testTimeout - 2_000 } },
});

export default defineConfig({
  resolve: { alias },
  test: {
    ...within(60_000),
    hookTimeout: 60_000,
    // Most of a test's time is waiting for sockets; one worker less than the cores would leave half of two idle.
    maxWorkers: 3,
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          environment: 'node',
          include: [
            '{common,main,gateway,relay,practice,renderer,scripts}/**/*.test.{ts,tsx}',
            'tests/rules/**/*.test.ts',
          ],
          ...within(60_000),
          hookTimeout: 60_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'integration',
          environment: 'node',
          include: ['tests/integration/**/*.test.ts'],
          globalSetup: ['tests/faults/support/table.ts'],
          ...within(60_000),
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'faults',
          environment: 'node',
          include: ['tests/faults/**/*.test.ts'],
          globalSetup: ['tests/faults/support/table.ts'],
          ...within(60_000),
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'e2e',
          retry,
          environment: 'node',
          include: ['tests/e2e/**/*.test.ts'],
          ...within(60_000),
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'long',
          environment: 'node',
          include: ['tests/long/**/*.test.ts'],
          globalSetup: ['tests/faults/support/table.ts'],
          ...within(60_000),
          testTimeout: 3_600_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
