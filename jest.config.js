export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/scripts/jest-transform.js' },
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  setupFilesAfterEnv: ['<rootDir>/test/support/equality.ts'],
  testTimeout: 120_000,
  testSequencer: '<rootDir>/scripts/jest-sequencer.js',
  // By default jest leaves a core to itself; on two that is one file after the other. Many files wait for Postgres or for
  // processes that start, so that three at a time keep two cores busy.
  maxWorkers: 3,
};
