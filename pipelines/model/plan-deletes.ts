import type { BigQueryColumn } from '../../schemas/bigquery.ts';
import { deletesScheduleName, topicName } from './names.ts';
import type { MovePipeline, TableSpec } from './pipeline.ts';
import type { Environment, SchedulePlan } from './resources.ts';

type WithDeletes = Pick<TableSpec, 'deletes'>;

/** The column that marks rows as gone; undefined for a table whose rows are not marked. */
export function deletedColumn({ deletes }: WithDeletes): BigQueryColumn | undefined {
  if (deletes?.mode !== 'soft') return undefined;
  return {
    name: deletes.column,
    type: 'TIMESTAMP',
    mode: 'NULLABLE',
    description: 'When the row was found to be gone from the source; null while it is there.',
  };
}

/** Tables that look for rows that are gone at the same time, in one run; it has the name of the first. */
export interface DeletesGroup {
  readonly schedule: string;
  /** Destinations, at least one. */
  readonly tables: readonly string[];
}

export function deletesGroups({ tables }: Pick<MovePipeline, 'tables'>): DeletesGroup[] {
  const groups = new Map<string, string[]>();
  for (const { destination, deletes } of tables) {
    if (deletes) groups.set(deletes.schedule, [...(groups.get(deletes.schedule) ?? []), destination]);
  }
  return [...groups].map(([schedule, of]) => ({ schedule, tables: of }));
}

/** When a run for these tables is due: they have one schedule. Undefined when the first of them has none, any more. */
export function deletesSchedule(
  { tables }: Pick<MovePipeline, 'tables'>,
  named: readonly string[] | undefined,
): string | undefined {
  return tables.find(({ destination }) => destination === named?.[0])?.deletes?.schedule;
}

/** The ticks that set these runs in motion, with all that a schedule has beside its own. */
export function planDeletes(
  environment: Environment,
  pipeline: MovePipeline,
  retry: SchedulePlan['retry'],
): SchedulePlan[] {
  return deletesGroups(pipeline).map(({ schedule, tables }) => ({
    name: deletesScheduleName(environment.name, pipeline.pipeline, tables[0] ?? ''),
    description: `Rows that are gone from the source of ${pipeline.pipeline}: ${tables.join(', ')}.`,
    schedule,
    timezone: pipeline.timezone,
    topic: topicName(environment.name, 'extract'),
    message: { v: 1, kind: 'tick', pipeline: pipeline.pipeline, tables, deletes: {} },
    retry,
  }));
}
