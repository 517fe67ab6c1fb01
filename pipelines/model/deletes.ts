import { z } from 'zod';
import { columnName } from './fields.ts';

const HINT = 'a share is between 0 and 1, e.g. 0.1 for 10 %';

/** A cursor never sees that a row was deleted; docs/deletes.md says what this does about it. */
export const deletesSchema = z.strictObject({
  schedule: z
    .string()
    .describe('When to compare the keys of both sides: cron with five fields, in the time zone of the pipeline.'),
  mode: z
    .enum(['soft', 'hard'])
    .default('soft')
    .describe('`soft` keeps the row and writes into `column` when it was found gone; `hard` deletes it.'),
  at_most: z
    .number()
    .min(0, HINT)
    .max(1, HINT)
    .default(0.1)
    .describe('So large a share of the live rows of the final table may go at once; a run that finds more stops.'),
  column: columnName
    .default('deleted_at')
    .describe('Column of the final table that `soft` writes to, beside those of the contract.'),
});
export type DeletesSpec = z.infer<typeof deletesSchema>;
