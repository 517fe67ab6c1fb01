import type { Mutant } from './mutant.ts';

const handle = 'functions/runtime/handle.ts';

export const nothingForgotten: readonly Mutant[] = [
  {
    name: 'passing-errors-are-acknowledged',
    breaks: 7,
    why: 'A function that met a passing error answers that all is well.',
    edits: [
      {
        file: handle,
        from: 'if (!(error instanceof TerminalError)) throw error;',
        to: 'if (!(error instanceof TerminalError)) return;',
      },
    ],
  },
  {
    name: 'publishing-is-not-awaited',
    breaks: 7,
    alsoFoundBy: [1],
    why: 'A message is acknowledged while the ones that it causes are still on their way.',
    edits: [
      {
        file: handle,
        from: 'await publishAll(services, [...next, ...(await waitingRuns(services, message))]);',
        to: 'publishAll(services, [...next, ...(await waitingRuns(services, message))]).catch(() => undefined);',
      },
    ],
  },
  {
    name: 'no-dead-letter',
    breaks: 7,
    why: 'A run that fails for good fails in silence.',
    seed: 11,
    edits: [
      {
        file: 'functions/runtime/handle.ts',
        from: 'if (delivery) await giveUp(definition.stage, delivery, error, services);',
        to: 'if (delivery) await giveUp(definition.stage, delivery, error, { ...services, publisher: async () => ({ publish: async () => "0", close: async () => undefined }) });',
      },
    ],
  },
  {
    name: 'run-ends-before-its-letter',
    breaks: 7,
    why: 'A run is failed first and its dead letter sent after; when sending fails, the repetition finds nothing left to do.',
    seed: 83,
    edits: [
      {
        file: 'functions/runtime/failure.ts',
        from: 'const publisher = await services.publisher();',
        to: 'const early = readMessage(delivery.data); if (early) await failRun(services, early, delivery.publishTime, error.message, failureOf(error)); const publisher = await services.publisher();',
      },
    ],
  },
];
