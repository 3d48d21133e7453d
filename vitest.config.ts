import { defineConfig } from 'vitest/config'

const ignored = ['**/node_modules/**', '**/dist/**', '**/.waybill/**']

/**
 * With WAYBILL_TEST_ENGINES=distributed every Waybill of the tests runs on other engines. What is of the embedded default stays
 * out, and so does what brings engines of its own: both are in the ordinary run.
 */
const ordinaryRunOnly =
  process.env.WAYBILL_TEST_ENGINES === 'distributed'
    ? [
        'test/start.e2e.test.ts',
        'test/packed.e2e.test.ts',
        'test/roles.e2e.test.ts',
        'test/faults/**',
        'test/chaos/**',
        'test/s3/**',
      ]
    : []

/** One project per cost: the suffix of a test file says what it needs, and so how long it may take. */
export default defineConfig({
  test: {
    reporters: ['default', './test/tested-with.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/*.unit.test.ts'],
          exclude: ignored,
          pool: 'threads',
          maxWorkers: 2,
          testTimeout: 5_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'int',
          include: ['**/*.int.test.ts'],
          exclude: ignored,
          globalSetup: ['./test/global-setup.ts'],
          pool: 'forks',
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // One at a time: each starts servers and real clients, and some measure.
        test: {
          name: 'e2e',
          include: ['**/*.e2e.test.ts'],
          exclude: [...ignored, ...ordinaryRunOnly],
          globalSetup: ['./test/global-setup.ts'],
          pool: 'forks',
          maxWorkers: 1,
          testTimeout: 300_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
