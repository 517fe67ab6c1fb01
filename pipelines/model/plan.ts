import { accessOf, LEDGER_DATABASE, sourcesOf } from './access.ts';
import { planDatasets, planTable } from './datasets.ts';
import { planDeletes } from './plan-deletes.ts';
import { planEventSubscription, planEventTable, planEventTopic } from './events.ts';
import {
  bucketName,
  type FunctionName,
  functionName,
  functionNames,
  labels,
  scheduleName,
  serviceAccountName,
  type Stage,
  stages,
  topicName,
} from './names.ts';
import { isMovePipeline, type Pipeline } from './pipeline.ts';
import type { Catalog } from './read.ts';
import { DELIVERY } from './retries.ts';
import type {
  BucketPlan,
  Environment,
  FunctionPlan,
  FunctionSize,
  Plan,
  SchedulePlan,
  Sizes,
  SubscriptionPlan,
} from './resources.ts';

/** The longest push deadline there is; a stage stays well below it. https://cloud.google.com/pubsub/docs/lease-management */
const ACK_DEADLINE_SECONDS = 600;

const SIZES: Readonly<Record<FunctionName, FunctionSize>> = {
  generate: { memoryMiB: 256, maxInstances: 2 },
  extract: { memoryMiB: 256, maxInstances: 5 },
  encode: { memoryMiB: 1024, maxInstances: 20 },
  load: { memoryMiB: 256, maxInstances: 10 },
  audit: { memoryMiB: 256, maxInstances: 10 },
  merge: { memoryMiB: 256, maxInstances: 10 },
  notify: { memoryMiB: 256, maxInstances: 2 },
};

const SCHEDULE_RETRY = { count: 5, minBackoffSeconds: 5, maxBackoffSeconds: 60 };

/** Nobody reads a slice again once it is merged, unless something went wrong or a table is built anew. */
const LAKE_CLASSES: BucketPlan['storageClasses'] = [
  { afterDays: 30, storageClass: 'NEARLINE' },
  { afterDays: 90, storageClass: 'COLDLINE' },
  { afterDays: 365, storageClass: 'ARCHIVE' },
];
const KEEP_REPLACED_DAYS = 30;

/** Resolves pipelines to resources. Pure: the same arguments give the same plan. */
export function plan(catalog: Catalog, environment: Environment, sizes: Sizes = {}): Plan {
  const moves = catalog.pipelines.filter(isMovePipeline);
  const deadLetter = topicName(environment.name, 'dead-letter');
  return {
    environment,
    topics: [
      ...stages.map((stage) => ({
        name: topicName(environment.name, stage),
        description: `Work for ${stage}.`,
        labels: labels(environment.name),
      })),
      {
        name: deadLetter,
        description: 'What no function could do: terminal errors, and messages out of attempts.',
        labels: labels(environment.name),
      },
      ...catalog.events.map((pipeline) => planEventTopic(catalog, environment, pipeline)),
    ],
    functions: functionNames.map((name) => planFunction(catalog, environment, name, sizes[name])),
    subscriptions: [
      ...stages.map((stage) => planSubscription(environment, stage, deadLetter)),
      // No dead letter of its own: what the last resort cannot record stays in the topic and is tried again.
      pushSubscription(functionName(environment.name, 'notify'), deadLetter),
    ],
    eventSubscriptions: catalog.events.map((pipeline) => planEventSubscription(environment, pipeline)),
    schedules: [
      ...catalog.pipelines.map((pipeline) => planSchedule(environment, pipeline)),
      ...moves.flatMap((pipeline) => planDeletes(environment, pipeline, SCHEDULE_RETRY)),
    ],
    buckets: (['lake', 'quarantine'] as const).map((purpose) => ({
      name: bucketName(environment.projectId, environment.name, purpose),
      purpose,
      keepReplacedDays: KEEP_REPLACED_DAYS,
      storageClasses: purpose === 'lake' ? LAKE_CLASSES : [],
    })),
    datasets: planDatasets(environment, moves, catalog.events),
    tables: [
      ...moves.flatMap((pipeline) => pipeline.tables.map((table) => planTable(catalog, environment, pipeline, table))),
      ...catalog.events.map((pipeline) => planEventTable(catalog, environment, pipeline)),
    ],
    databases: [LEDGER_DATABASE, ...sourcesOf(catalog)],
  };
}

function planFunction(
  catalog: Catalog,
  environment: Environment,
  name: FunctionName,
  size: Partial<FunctionSize> = {},
): FunctionPlan {
  return {
    name: functionName(environment.name, name),
    entryPoint: name,
    serviceAccount: serviceAccountName(environment.name, name),
    access: accessOf(name, catalog, environment),
    timeoutSeconds: DELIVERY.timeoutSeconds,
    ...SIZES[name],
    ...size,
  };
}

function planSubscription(environment: Environment, stage: Stage, deadLetter: string): SubscriptionPlan {
  return {
    ...pushSubscription(functionName(environment.name, stage), topicName(environment.name, stage)),
    deadLetter: { topic: deadLetter, maxDeliveryAttempts: DELIVERY.maxAttempts },
  };
}

function pushSubscription(functionToCall: string, topic: string): SubscriptionPlan {
  return {
    name: functionToCall,
    topic,
    function: functionToCall,
    ackDeadlineSeconds: ACK_DEADLINE_SECONDS,
    minBackoffSeconds: DELIVERY.minBackoffSeconds,
    maxBackoffSeconds: DELIVERY.maxBackoffSeconds,
    retentionSeconds: DELIVERY.retentionSeconds,
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
    retry: SCHEDULE_RETRY,
  };
}
