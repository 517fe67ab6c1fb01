import type { BigQueryColumn } from '../../schemas/bigquery.ts';
import type { Access } from './access.ts';
import type { FunctionName } from './names.ts';

/** Where the pipelines run. */
export interface Environment {
  /** Part of every resource's name, so that two environments share a project. */
  readonly name: string;
  readonly projectId: string;
  /** Region of functions and schedules. */
  readonly region: string;
  /** Location of buckets and datasets, which must be the same for load jobs; e.g. `US`. */
  readonly location: string;
  /** Begins every dataset's name, so that two environments share a project; e.g. `dev_`, or nothing. */
  readonly datasetPrefix: string;
}

/** Every resource that the pipelines need, as plain data. `infra/` and the local provisioner both read it. */
export interface Plan {
  readonly environment: Environment;
  readonly topics: readonly TopicPlan[];
  readonly functions: readonly FunctionPlan[];
  readonly subscriptions: readonly SubscriptionPlan[];
  readonly eventSubscriptions: readonly EventSubscriptionPlan[];
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
  readonly labels: Readonly<Record<string, string>>;
  /** Publishing refuses what does not fit it. */
  readonly schema?: { readonly name: string; /** Avro, as JSON text. */ readonly definition: string };
}

export interface FunctionPlan extends FunctionSize {
  readonly name: string;
  /** The name that it is registered under in `functions/index.ts`. */
  readonly entryPoint: FunctionName;
  /** The account that it runs as, and nothing else does. */
  readonly serviceAccount: string;
  readonly access: Access;
  readonly timeoutSeconds: number;
}

export interface FunctionSize {
  readonly memoryMiB: number;
  /** Instances at most; each holds up to five Postgres connections, and `infra/` sizes the instance by their sum. */
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

/** Pub/Sub itself writes the topic's events into a table, column by field, at least once each. */
export interface EventSubscriptionPlan {
  readonly name: string;
  readonly topic: string;
  /** One of the plan's; its columns are the topic schema's fields, and Pub/Sub's own metadata. */
  readonly table: { readonly dataset: string; readonly name: string };
  readonly labels: Readonly<Record<string, string>>;
  readonly retentionSeconds: number;
  readonly deadLetter: { readonly topic: string; readonly maxDeliveryAttempts: number };
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
  /** For a publish that failed; a tick that is late by less than a period still stands for its own run. */
  readonly retry: { readonly count: number; readonly minBackoffSeconds: number; readonly maxBackoffSeconds: number };
}

export interface BucketPlan {
  readonly name: string;
  readonly purpose: 'lake' | 'quarantine';
  /** An object that is written again keeps its former generation for so long. */
  readonly keepReplacedDays: number;
  /** Objects get colder with age, and dearer to read. */
  readonly storageClasses: readonly { readonly afterDays: number; readonly storageClass: StorageClass }[];
}

/** https://cloud.google.com/storage/docs/storage-classes */
export type StorageClass = 'NEARLINE' | 'COLDLINE' | 'ARCHIVE';

export interface DatasetPlan {
  readonly name: string;
  readonly description: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly defaultTableExpirationSeconds?: number;
}

export interface TablePlan {
  readonly dataset: string;
  readonly name: string;
  readonly description: string;
  readonly columns: readonly BigQueryColumn[];
  readonly labels: Readonly<Record<string, string>>;
  readonly partition?: { readonly field: string; readonly by: 'HOUR' | 'DAY' | 'MONTH' | 'YEAR' };
  readonly cluster: readonly string[];
}

/** Sizes that differ from the defaults. */
export type Sizes = Readonly<Partial<Record<FunctionName, Partial<FunctionSize>>>>;
