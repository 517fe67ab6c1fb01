import { z } from 'zod';
import { cursorSchema } from './cursor.ts';
import { deletesSchema } from './deletes.ts';
import { cluster, columnName, contract, dataset, identifier, lowerName, named, partition } from './fields.ts';

/**
 * Glossary. The words of this file are the words of the whole project.
 *
 * - **pipeline**: one YAML file in `pipelines/`: what moves, from where, how often, under which contract, to where.
 * - **event pipeline**: one that no schedule sets in motion: Pub/Sub writes each event that is published into a table.
 * - **contract**: one Avro schema in `schemas/`; columns, casts and checks derive from it.
 * - **tick**: the scheduled instant that a run stands for: the cron tick at or before the trigger's publish time.
 * - **run**: one pipeline at one tick, or one manual trigger.
 * - **table run**: one table of one run; the unit that is leased, retried and reported.
 * - **slice**: the part of a table run that one call of `encode` turns into one Avro file.
 * - **cursor**: where the next run of a table begins; it moves only after the merge has committed.
 * - **lake**: the bucket with every slice's Avro file. **quarantine**: the bucket with every row that was rejected.
 * - **staging table**: a per-run BigQuery table. **final table**: what people query.
 * - **audit**: the checks on staging before the merge.
 * - **plan**: the list of every resource that the pipelines need, as plain data.
 */

const severity = z
  .enum(['error', 'warn'])
  .default('error')
  .describe('`error` stops the run before the merge; `warn` is recorded and lets it pass.');
const mostly = z.number().min(0).max(1).default(1).describe('Share of the rows that must meet the expectation.');

interface Range {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}
const hasBound = ({ min, max }: Range): boolean => min !== undefined || max !== undefined;
const isOrdered = ({ min = -Infinity, max = Infinity }: Range): boolean => min <= max;

/** Expectations use Great Expectations' names: https://greatexpectations.io/expectations */
export const expectationSchema = z.union([
  z.strictObject({
    expect_column_values_to_not_be_null: z.strictObject({ column: columnName, mostly, severity }),
  }),
  z.strictObject({
    expect_column_values_to_be_unique: z.strictObject({ column: columnName, severity }),
  }),
  z.strictObject({
    expect_column_values_to_be_between: z
      .strictObject({ column: columnName, min: z.number().optional(), max: z.number().optional(), mostly, severity })
      .refine(hasBound, 'needs a min, a max or both')
      .refine(isOrdered, 'min is above max'),
  }),
  z.strictObject({
    expect_column_pair_values_a_to_be_greater_than_b: z.strictObject({
      a: columnName,
      b: columnName,
      mostly,
      severity,
    }),
  }),
  z.strictObject({
    expect_table_row_count_to_be_between: z
      .strictObject({ min: z.int().optional(), max: z.int().optional(), severity })
      .refine(hasBound, 'needs a min, a max or both')
      .refine(isOrdered, 'min is above max'),
  }),
]);

/** The names of all expectations, in the order of the union's branches. */
export const expectationNames = expectationSchema.options.map((option) => Object.keys(option.shape)[0] ?? '');

const tableSchema = z.strictObject({
  source: identifier('a source table').describe('Table in the source database, in its `public` schema.'),
  contract,
  destination: identifier('a destination table').describe('Table in the dataset.'),
  key: z.array(columnName).min(1, 'a key needs at least one column').describe('Columns that identify a row.'),
  cursor: cursorSchema.describe('How a run knows what is new; docs/cursors.md says which is for which table.'),
  partition: z
    .strictObject({
      ...partition,
      immutable: z
        .boolean()
        .default(false)
        .describe(
          'The field never changes once a row exists. Only then may a merge scan nothing but the partitions it touches.',
        ),
    })
    .optional(),
  cluster: cluster.optional(),
  slice: z
    .strictObject({
      rows: z.int().min(1).default(1_000_000).describe('Rows that one encode call takes on, about.'),
      bytes: z
        .int()
        .min(8192, 'a slice has at least one block of Postgres, 8192 bytes')
        .default(268_435_456)
        .describe('Bytes of the source table that one encode call takes on, about; large reads are cut by both.'),
    })
    .prefault({}),
  quarantine: z
    .strictObject({
      rows: z.int().min(0).default(0).describe('So many rows of a run may be rejected, whatever their share.'),
      share: z
        .number()
        .min(0, 'a share is between 0 and 1, e.g. 0.01 for 1 %')
        .max(1, 'a share is between 0 and 1, e.g. 0.01 for 1 %')
        .default(0)
        .describe('So large a share of the rows that a run reads may be rejected, e.g. 0.01.'),
    })
    .default({ rows: 100, share: 0.05 })
    .describe(
      'How much may go to quarantine; the larger of both limits holds, and one that is left out is 0. A run that rejects more stops before the merge. Without it: 100 rows, or 5 %.',
    ),
  deletes: deletesSchema
    .optional()
    .describe('Finds rows that are gone from the source; docs/deletes.md. Without it they stay in the final table.'),
  audit: z.array(expectationSchema).default([]),
});

const common = {
  ...named,
  schedule: z.string().describe('Cron with five fields: minute, hour, day of month, month, day of week.'),
  timezone: z.string().default('UTC').describe('IANA time zone of the schedule, e.g. Asia/Jakarta.'),
};

const sourceName = lowerName('a source', 30)
  .refine((name) => name !== 'alir', 'a source cannot be called "alir": that database holds the ledger')
  .describe('A Postgres source; its URL is in ALIR_POSTGRES_<NAME>.');

const movePipelineSchema = z.strictObject({
  ...common,
  overlap: z
    .enum(['skip', 'queue'])
    .default('skip')
    .describe('What a run does when the one before still holds the table: record itself as skipped, or wait its turn.'),
  source: z.strictObject({
    postgres: sourceName,
    parallel: z
      .int()
      .min(1)
      .max(100)
      .default(8)
      .describe(
        'Slices read at once, at most, over all tables of the pipeline, each table one at least; each slice is one connection to the source.',
      ),
  }),
  dataset,
  tables: z.array(tableSchema).min(1, 'a pipeline needs at least one table'),
});

const generatePipelineSchema = z.strictObject({
  ...common,
  generate: z.strictObject({
    model: z.enum(['library']),
    postgres: sourceName,
    books: z.int().min(0).max(1000).default(25),
    members: z.int().min(0).max(5000, 'randomuser gives at most 5000 at once').default(20),
    rents: z.int().min(0).max(10_000).default(10),
    changes: z.int().min(0).max(10_000).default(5).describe('Existing rents extended, and existing stocks corrected.'),
  }),
});

const eventPipelineSchema = z.strictObject({
  ...named,
  events: z.strictObject({
    contract,
    dataset,
    table: identifier('an events table').describe('Table in the dataset; a row for each event, at least once.'),
    partition: z
      .strictObject(partition)
      .optional()
      .describe("A field of the contract, or `publish_time`, which is Pub/Sub's own."),
    cluster: cluster.optional(),
  }),
});

/** Everything that a pipeline file may be. */
export const pipelineSchema = z.union([movePipelineSchema, generatePipelineSchema, eventPipelineSchema]);

/** A pipeline that a schedule sets in motion, as declared, defaults filled in. */
export type Pipeline = MovePipeline | z.infer<typeof generatePipelineSchema>;
export type MovePipeline = z.infer<typeof movePipelineSchema>;
export type EventPipeline = z.infer<typeof eventPipelineSchema>;
export type TableSpec = z.infer<typeof tableSchema>;
export type Expectation = z.infer<typeof expectationSchema>;

export function isMovePipeline(pipeline: Pipeline | EventPipeline): pipeline is MovePipeline {
  return 'tables' in pipeline;
}

export function isEventPipeline(pipeline: Pipeline | EventPipeline): pipeline is EventPipeline {
  return 'events' in pipeline;
}

/** Which of the forms a file means, so that its mistakes are told by that form alone and not by all of them. */
export function schemaFor(declared: unknown): (typeof pipelineSchema.options)[number] {
  const has = (setting: string): boolean => typeof declared === 'object' && declared !== null && setting in declared;
  if (has('events')) return eventPipelineSchema;
  return has('generate') ? generatePipelineSchema : movePipelineSchema;
}
