import { jobId } from '../../../pipelines/model/names.ts';
import { type Invariant, runKey, Violation } from './invariant.ts';

/** More attempts than a merge is ever given. */
const ATTEMPTS = 20;

/** The cursor moves only after the merge committed, in one ledger transaction with the run's completion. */
export const cursorLast: Invariant = {
  number: 4,
  name: 'the cursor moves last',
  afterLedger({ before, after, moved }, { google }) {
    for (const cursor of after.cursors) {
      const old = before.cursors.find(
        ({ pipeline, table_name }) => pipeline === cursor.pipeline && table_name === cursor.table_name,
      );
      if (old?.value === cursor.value && old.run_id === cursor.run_id) continue;
      const key = runKey(cursor);
      const run = moved.find(({ to }) => runKey(to) === key)?.to;
      if (run?.state !== 'succeeded') {
        throw new Violation(
          cursorLast,
          `the cursor of ${cursor.table_name} moved to ${cursor.value}, and ${key} did not succeed with it`,
        );
      }
      if (run.cursor_to !== cursor.value) {
        throw new Violation(
          cursorLast,
          `${key} was to move the cursor to ${run.cursor_to ?? 'nothing'}, and it is at ${cursor.value}`,
        );
      }
      const merged = Array.from({ length: ATTEMPTS }, (_, n) =>
        google.job(jobId('merge', run.run_id, run.table_name, n + 1)),
      );
      if (merged.some((job) => job?.state === 'DONE' && !job.error)) continue;
      throw new Violation(cursorLast, `the cursor of ${cursor.table_name} moved, and no merge job of ${key} is done`);
    }
  },
};
