import type { Mutant } from './mutant.ts';

export const repetition: readonly Mutant[] = [
  {
    name: 'ticks-are-their-messages',
    breaks: 3,
    why: 'A run has the name of the instant at which its trigger was published, so that a schedule that fires twice runs twice.',
    seed: 4,
    edits: [
      {
        file: 'functions/runtime/run.ts',
        from: 'return { runId: scheduledRunId(pipeline, tick), pipeline, tick, manual: false };',
        to: 'return { runId: `${scheduledRunId(pipeline, tick)}-${publishTime.getTime()}`, pipeline, tick, manual: false };',
      },
    ],
  },
  {
    name: 'claim-of-what-is-done',
    breaks: 3,
    alsoFoundBy: [1, 5, 6, 7],
    why: 'A claim is an upsert without a comparison: a repetition takes the work from whoever is at it, or does it again.',
    edits: [
      {
        file: 'functions/ledger/tasks.ts',
        from: `where task.state = 'claimed' and task.claimed_until < clock_timestamp()`,
        to: `where true`,
      },
    ],
  },
];
