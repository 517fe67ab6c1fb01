import { isMovePipeline } from '../../pipelines/model/pipeline.ts';
import { plan } from '../../pipelines/model/plan.ts';
import { readCatalog } from '../../pipelines/model/read.ts';
import { nextTick } from '../../pipelines/model/tick.ts';
import { localEnvironment } from '../up/variables.ts';
import { formatTable } from './format.ts';

export interface CheckOptions {
  readonly pipelines?: string;
  readonly schemas?: string;
}

/** Validates every pipeline with the contracts it names; needs no cloud. @throws PipelineMistakes listing all that is wrong */
export function check(options: CheckOptions): number {
  const catalog = readCatalog(options.pipelines, options.schemas);
  const resources = plan(catalog, localEnvironment);
  const rows = catalog.pipelines.map((pipeline) => [
    pipeline.pipeline,
    isMovePipeline(pipeline)
      ? pipeline.tables.map((table) => `${table.destination} (${table.contract})`).join(', ')
      : 'generates',
    `${pipeline.schedule} ${pipeline.timezone}`,
    nextTick(pipeline.schedule, pipeline.timezone, new Date()),
  ]);
  const events = catalog.events.map(({ pipeline, events: { table, contract } }) => [
    pipeline,
    `${table} (${contract})`,
    'with each event',
  ]);
  const { topics, functions, schedules, buckets, datasets, tables } = resources;
  const subscriptions = [...resources.subscriptions, ...resources.eventSubscriptions];
  const counts = Object.entries({ topics, subscriptions, functions, schedules, buckets, datasets, tables });
  const header = ['pipeline', 'tables', 'schedule', 'next tick'];
  process.stdout.write(`${formatTable(header, [...rows, ...events])}\n\n`);
  process.stdout.write(`plan: ${counts.map(([what, list]) => `${list.length} ${what}`).join(', ')}\n`);
  return 0;
}
