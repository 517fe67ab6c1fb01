import { type BigQueryColumn, bigQueryColumns } from '../../schemas/bigquery.ts';
import {
  bucketName,
  type FunctionName,
  functionName,
  functionNames,
  scheduleName,
  type Stage,
  stages,
  stagingDataset,
  topicName,
} from './names.ts';
import { isMovePipeline, type MovePipeline, type Pipeline, type TableSpec } from './pipeline.ts';
import type { Catalog } from './read.ts';

/** Where the pipelines run. */
export interface Environment {
  /** Part of every resource's name, so that two environments share a project. */
  readonly name: string;
  readonly projectId: string;
  /** Region of functions and schedules. */
  readonly region: string;
  /** Location of buckets and datasets, which must be the same for load jobs; e.g. `US`. */
  readonly location: string;
}

/** Every resource that the pipelines need, as plain data. `infra/` and the local provisioner both read it. */
export interface Plan {
  readonly environment: Environment;
  readonly topics: readonly TopicPlan[];
  readonly functions: readonly FunctionPlan[];
  readonly subscriptions: readonly SubscriptionPlan[];
  readonly schedules: readonly SchedulePlan[];
  readonly buckets: readonly BucketPlan[];
  readonly datasets: readonly DatasetPlan[];
  readonly tables: readonly TablePlan[];
  /** Databases of the Postgres instance: the ledger's, and one for each source. */
  readonly databases: readonly string[];
}

export interface TopicPlan {
  readonly name: string;
  readonly description: string;
}

export interface FunctionPlan {
  readonly name: string;
  /** The name that it is registered under in `functions/index.ts`. */
  readonly entryPoint: FunctionName;
  readonly memoryMiB: number;
  readonly timeoutSeconds: number;
  readonly maxInstances: number;
}

export interface SubscriptionPlan {
  readonly name: string;
  readonly topic: string;
  /** The function that the subscription pushes to: `FunctionPlan.name`. */
  readonly function: string;
  readonly ackDeadlineSeconds: number;
  readonly minBackoffSeconds: number;
  readonly maxBackoffSeconds: number;
  readonly retentionSeconds: number;
  readonly deadLetter?: { readonly topic: string; readonly maxDeliveryAttempts: number };
}

export interface SchedulePlan {
  readonly name: string;
  readonly description: string;
  /** Five cron fields, in `timezone`. */
  readonly schedule: string;
  readonly timezone: string;
  readonly topic: string;
  /** The message, as JSON. */
  readonly message: Readonly<Record<string, unknown>>;
}

export interface BucketPlan {
  readonly name: string;
  readonly purpose: 'lake' | 'quarantine';
}

export interface DatasetPlan {
  readonly name: string;
  readonly description: string;
  readonly defaultTableExpirationSeconds?: number;
}

export interface TablePlan {
  readonly dataset: string;
  readonly name: string;
  readonly description: string;
  readonly columns: readonly BigQueryColumn[];
  readonly partition?: { readonly field: string; readonly by: 'HOUR' | 'DAY' | 'MONTH' | 'YEAR' };
  readonly cluster: readonly string[];
}

/** The longest push deadline there is; a stage stays well below it. https://cloud.google.com/pubsub/docs/lease-management */
const ACK_DEADLINE_SECONDS = 600;
const TIMEOUT_SECONDS = 540;
const DAY_SECONDS = 86_400;
const STAGING_DAYS = 3;
const LEDGER_DATABASE = 'alir';

const MEMORY_MIB: Readonly<Record<FunctionName, number>> = {
  generate: 256,
  extract: 256,
  encode: 1024,
  load: 256,
  audit: 256,
  merge: 256,
  notify: 256,
};

/** Instances at most; each holds up to five Postgres connections, and `infra/` sizes the instance by their sum. */
const MAX_INSTANCES: Readonly<Record<FunctionName, number>> = {
  generate: 2,
  extract: 5,
  encode: 20,
  load: 10,
  audit: 10,
  merge: 10,
  notify: 2,
};

/** Resolves pipelines to resources. Pure: the same pipelines and environment give the same plan. */
export function plan(catalog: Catalog, environment: Environment): Plan {
  const moves = catalog.pipelines.filter(isMovePipeline);
  const deadLetter = topicName(environment.name, 'dead-letter');
  return {
    environment,
    topics: [
      ...stages.map((stage) => ({ name: topicName(environment.name, stage), description: `Work for ${stage}.` })),
      { name: deadLetter, description: 'What no function could do: terminal errors, and messages out of attempts.' },
    ],
    functions: functionNames.map((name) => planFunction(environment, name)),
    subscriptions: [
      ...stages.map((stage) => planSubscription(environment, stage, deadLetter)),
      // No dead letter of its own: what the last resort cannot record stays in the topic and is tried again.
      pushSubscription(functionName(environment.name, 'notify'), deadLetter),
    ],
    schedules: catalog.pipelines.map((pipeline) => planSchedule(environment, pipeline)),
    buckets: (['lake', 'quarantine'] as const).map((purpose) => ({
      name: bucketName(environment.projectId, environment.name, purpose),
      purpose,
    })),
    datasets: planDatasets(moves),
    tables: moves.flatMap((pipeline) => pipeline.tables.map((table) => planTable(catalog, pipeline, table))),
    databases: [LEDGER_DATABASE, ...sourcesOf(catalog)],
  };
}

/** The Postgres sources that the pipelines read from or write to, sorted. */
export function sourcesOf(catalog: Catalog): string[] {
  const names = catalog.pipelines.map((p) => (isMovePipeline(p) ? p.source.postgres : p.generate.postgres));
  return [...new Set(names)].sort();
}

function planFunction(environment: Environment, name: FunctionName): FunctionPlan {
  return {
    name: functionName(environment.name, name),
    entryPoint: name,
    memoryMiB: MEMORY_MIB[name],
    timeoutSeconds: TIMEOUT_SECONDS,
    maxInstances: MAX_INSTANCES[name],
  };
}

function planSubscription(environment: Environment, stage: Stage, deadLetter: string): SubscriptionPlan {
  return {
    ...pushSubscription(functionName(environment.name, stage), topicName(environment.name, stage)),
    deadLetter: { topic: deadLetter, maxDeliveryAttempts: 10 },
  };
}

function pushSubscription(functionToCall: string, topic: string): SubscriptionPlan {
  return {
    name: functionToCall,
    topic,
    function: functionToCall,
    ackDeadlineSeconds: ACK_DEADLINE_SECONDS,
    minBackoffSeconds: 10,
    maxBackoffSeconds: 600,
    retentionSeconds: 7 * DAY_SECONDS,
  };
}

function planSchedule(environment: Environment, pipeline: Pipeline): SchedulePlan {
  return {
    name: scheduleName(environment.name, pipeline.pipeline),
    description: pipeline.description,
    schedule: pipeline.schedule,
    timezone: pipeline.timezone,
    topic: topicName(environment.name, isMovePipeline(pipeline) ? 'extract' : 'generate'),
    message: { v: 1, kind: 'tick', pipeline: pipeline.pipeline },
  };
}

function planDatasets(moves: readonly MovePipeline[]): DatasetPlan[] {
  const names = [...new Set(moves.map((pipeline) => pipeline.dataset))];
  return names.flatMap((name) => [planFinalDataset(name), planStagingDataset(name)]);
}

export function planFinalDataset(name: string): DatasetPlan {
  return { name, description: 'Final tables.' };
}

/** Staging tables expire, so nobody has to clean up after a run that failed. */
export function planStagingDataset(name: string): DatasetPlan {
  return {
    name: stagingDataset(name),
    description: `Staging tables of ${name}, one per table run.`,
    defaultTableExpirationSeconds: STAGING_DAYS * DAY_SECONDS,
  };
}

/** The final table of one table of a pipeline. @throws Error when the catalog lacks its contract */
export function planTable(catalog: Catalog, pipeline: MovePipeline, table: TableSpec): TablePlan {
  const contract = catalog.contracts.get(table.contract);
  if (!contract) throw new Error(`pipeline ${pipeline.pipeline}: contract ${table.contract} is not in the catalog`);
  return {
    dataset: pipeline.dataset,
    name: table.destination,
    description: contract.doc,
    columns: bigQueryColumns(contract),
    cluster: table.cluster ?? [],
    ...(table.partition ? { partition: { field: table.partition.field, by: partitionUnit(table.partition.by) } } : {}),
  };
}

function partitionUnit(by: NonNullable<TableSpec['partition']>['by']): NonNullable<TablePlan['partition']>['by'] {
  return by.toUpperCase() as Uppercase<typeof by>;
}
