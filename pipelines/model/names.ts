/**
 * Every name of every resource is made here and nowhere else. Names are deterministic, so that work done twice lands
 * in the same place: https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names and
 * https://cloud.google.com/bigquery/docs/tables#table_naming set the limits.
 */

/** The stages of the chain; each is one cloud function behind one topic. */
export const stages = ['generate', 'extract', 'encode', 'load', 'audit', 'merge'] as const;
export type Stage = (typeof stages)[number];

/** Every cloud function: the stages, and the one that hears of what could not be done. */
export const functionNames = [...stages, 'notify'] as const;
export type FunctionName = (typeof functionNames)[number];

export function topicName(environment: string, stage: Stage | 'dead-letter'): string {
  return `alir-${environment}-${stage}`;
}

/** The topic that the events of a pipeline are published to; its schema and its subscription have the same name. */
export function eventTopicName(environment: string, pipeline: string): string {
  return `alir-${environment}-events-${pipeline}`;
}

/** A push subscription has the name of the function that it calls. */
export function functionName(environment: string, name: FunctionName): string {
  return `alir-${environment}-${name}`;
}

export function scheduleName(environment: string, pipeline: string): string {
  return `alir-${environment}-${pipeline}`;
}

/** Of the schedule that looks for rows that are gone; no pipeline has "_" in its name. */
export function deletesScheduleName(environment: string, pipeline: string, table: string): string {
  return `${scheduleName(environment, pipeline)}_deletes_${table}`;
}

/** `code` holds what the functions are built from; the pipelines never touch it. */
export function bucketName(projectId: string, environment: string, purpose: 'lake' | 'quarantine' | 'code'): string {
  return `${projectId}-alir-${environment}-${purpose}`;
}

/**
 * Who acts: each function, Pub/Sub when it calls them, Cloud Build when it builds them. At most 30 characters, so an
 * environment has at most 15.
 */
export function serviceAccountName(environment: string, actor: FunctionName | 'pusher' | 'builder'): string {
  return `alir-${environment}-${actor}`;
}

/** By which Google's bill is split: https://cloud.google.com/resource-manager/docs/labels-overview */
export function labels(environment: string, pipeline?: string): Readonly<Record<string, string>> {
  return { 'alir-environment': environment, ...(pipeline === undefined ? {} : { 'alir-pipeline': pipeline }) };
}

/** The same for a BigQuery job; values are lower case: https://cloud.google.com/bigquery/docs/labels-intro#requirements */
export function jobLabels(
  environment: string,
  { pipeline, table }: { readonly pipeline: string; readonly table: string },
  stage: Stage,
): Readonly<Record<string, string>> {
  return { ...labels(environment, pipeline), 'alir-table': table.toLowerCase(), 'alir-stage': stage };
}

/** A log-based metric: https://cloud.google.com/logging/docs/reference/v2/rest/v2/projects.metrics */
export function metricName(environment: string, metric: string): string {
  return `alir-${environment}/${metric}`;
}

/** The Postgres instance, its network, and the registry of the functions' images: an environment has one of each. */
export function instanceName(environment: string): string {
  return `alir-${environment}`;
}

/** The secret that holds the URL of a database. */
export function secretName(environment: string, database: string): string {
  return `alir-${environment}-postgres-${database}`;
}

/** The variable that tells a function the URL of a source: `application` → `ALIR_POSTGRES_APPLICATION`. */
export function sourceVariable(name: string): string {
  return `ALIR_POSTGRES_${name.replaceAll('-', '_').toUpperCase()}`;
}

/** Datasets have no environment in their name unless the environment says so: people write it into their queries. */
export function datasetName(environment: { readonly datasetPrefix: string }, dataset: string): string {
  return `${environment.datasetPrefix}${dataset}`;
}

/** Staging tables live in a dataset of their own, whose tables expire. */
export function stagingDataset(dataset: string): string {
  return `${dataset}_staging`;
}

/** `library-20261120T081500Z`: the same tick is the same run, however often it fires. */
export function scheduledRunId(pipeline: string, tick: Date): string {
  return `${pipeline}-${compact(tick)}`;
}

/** `library-20261120T081533Z-m1a2b3c4`: a run that somebody asked for. */
export function manualRunId(pipeline: string, instant: Date, trigger: string): string {
  return `${pipeline}-${compact(instant)}-m${trigger}`;
}

/**
 * `library-20261120T023000Z-deletes-rent`: a run that looks for rows that are gone, never the one that moves rows at the
 * same tick. A table has no "-" in its name.
 */
export function scheduledDeletesRunId(pipeline: string, tick: Date, table: string): string {
  return `${scheduledRunId(pipeline, tick)}-deletes-${table}`;
}

/** `library-20261120T081533Z-m1a2b3c4-deletes` */
export function manualDeletesRunId(pipeline: string, instant: Date, trigger: string): string {
  return `${manualRunId(pipeline, instant, trigger)}-deletes`;
}

export function stagingTable(destination: string, runId: string): string {
  return `${destination}__${runId.replaceAll('-', '_')}`;
}

export interface SliceAddress {
  readonly pipeline: string;
  readonly table: string;
  readonly tick: Date;
  readonly runId: string;
}

/** The folder of one table run in the lake and in quarantine; ends in `/`. */
export function slicePrefix({ pipeline, table, tick, runId }: SliceAddress): string {
  return `${pipeline}/${table}/dt=${tick.toISOString().slice(0, 10)}/run=${runId}/`;
}

export function sliceObject(address: SliceAddress, slice: number): string {
  return `${slicePrefix(address)}slice-${String(slice).padStart(5, '0')}.avro`;
}

export function quarantineObject(address: SliceAddress, slice: number): string {
  return `${slicePrefix(address)}slice-${String(slice).padStart(5, '0')}.jsonl`;
}

/** A BigQuery job id, at most one per attempt: a failed id is burnt, a successful one answers 409 to a repetition. */
export function jobId(stage: Stage, runId: string, table: string, attempt: number): string {
  return `alir-${stage}-${runId}-${table}-${attempt}`;
}

function compact(instant: Date): string {
  return instant
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(/[-:]/g, '');
}
