import { defineConfig } from 'vitest/config';

const shared = { testTimeout: 60_000, hookTimeout: 60_000 };

/** They count every frame, or measure: one after the other, with the machine to themselves. */
const alone = [
  'blackout',
  'chaos',
  'clock',
  'cycles',
  'faults',
  'footage',
  'full-load',
  'image-steps',
  'native-faults',
  'reconnect-leaks',
  'reload',
  'stand-in-faults',
  'storm',
  'supervisor',
  'synthetic',
].map((name) => `test/e2e/${name}.test.ts`);

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...shared,
          name: 'fast',
          include: ['test/unit/**/*.test.ts', 'test/contract/**/*.test.ts'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Real processes, which mostly wait for each other.
        test: {
          ...shared,
          name: 'e2e',
          maxWorkers: 3,
          include: ['test/e2e/**/*.test.ts'],
          exclude: alone,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...shared,
          name: 'alone',
          include: alone,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
