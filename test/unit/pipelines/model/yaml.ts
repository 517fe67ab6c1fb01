import type { PipelineFile } from '../../../../pipelines/model/check.ts';
import type { Mistake } from '../../../../pipelines/model/mistake.ts';
import { readPipeline } from '../../../../pipelines/model/read.ts';

/** A pipeline that is right; line 1 is `pipeline: move`. */
export const MOVE = `pipeline: move
description: Moves one table.
schedule: '15 * * * *'
timezone: Asia/Jakarta
source: { postgres: application }
dataset: warehouse
tables:
  - source: things
    contract: test/thing
    destination: thing
    key: [id]
    cursor: updated_at
    partition: { field: created_at }
    audit:
      - expect_column_values_to_be_unique: { column: id }
`;

export const GENERATE = `pipeline: generate
description: Makes rows.
schedule: '0 * * * *'
generate: { model: library, postgres: application }
`;

/** Line 1 is `pipeline: events`. */
export const EVENTS = `pipeline: events
description: Things as they happen.
events:
  contract: test/thing
  dataset: warehouse
  table: thing_event
  partition: { field: publish_time, by: hour }
  cluster: [id]
`;

/** MOVE with one piece of its text replaced; the piece must be there. */
export function move(piece: string, by: string): string {
  if (!MOVE.includes(piece)) throw new Error(`MOVE has no ${JSON.stringify(piece)}`);
  return MOVE.replace(piece, by);
}

export function mistakesIn(text: string, file = 'move.yaml'): readonly Mistake[] {
  const read = readPipeline(file, text);
  return 'mistakes' in read ? read.mistakes : [];
}

export function fileOf(text: string, file = 'move.yaml'): PipelineFile {
  const read = readPipeline(file, text);
  if ('mistakes' in read) throw new Error(read.mistakes.map(({ rule }) => rule).join('; '));
  return read;
}
