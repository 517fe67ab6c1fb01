import { BigQuery } from '@google-cloud/bigquery';
import { PubSub } from '@google-cloud/pubsub';
import { Storage } from '@google-cloud/storage';
import { emulatorAuth } from '../../../../functions/gcp/auth.ts';
import { openScheduler } from '../../../../functions/gcp/scheduler.ts';
import type { Environment } from '../../../../pipelines/model/resources.ts';
import type { Part } from '../../../../scripts/up/part.ts';
import { postgresUrl } from '../../../../scripts/up/variables.ts';
import { execute } from '../../../support/postgres.ts';
import { answerAsGoogle } from '../answers.ts';
import type { Resource } from '../graph.ts';
import type { State } from '../monitor.ts';
import type { Inputs } from '../wire.ts';
import { applyDataset, applyTable } from './bigquery.ts';
import { environmentOf, serveFunction, type ServiceConfig } from './functions.ts';
import { lastPart } from './inputs.ts';
import { applySchema, applySubscription, applyTopic } from './pubsub.ts';
import { applyJob } from './scheduler.ts';
import { applyBucket, applyObject } from './storage.ts';

export interface ApplierOptions {
  readonly environment: Environment;
  /** Where the emulators and Postgres are; Google's clients read it from the process's environment themselves. */
  readonly env: Readonly<Record<string, string>>;
  /** For the functions' logs. */
  readonly folder: string;
}

export interface Applier {
  readonly answer: (resource: Resource) => Promise<State>;
  close(): Promise<void>;
}

/** What the local cloud has no counterpart of: who may do what, which APIs are on, networks, builds, alerts. */
const NOT_LOCAL =
  /^(?:artifactregistry|cloudrunv2|compute|logging|monitoring|projects|secretmanager|serviceaccount|servicenetworking)\/|i?amMember:|^sql\/(?:databaseInstance|user):/i;

/** Makes each resource of the program in the emulators, through Google's clients, as Google's provider would. */
export function openApplier({ environment, env, folder }: ApplierOptions): Applier {
  const { projectId, region } = environment;
  const pubsub = new PubSub({ projectId });
  const storage = new Storage({ projectId });
  const bigquery = new BigQuery({ projectId, ...emulatorAuth(env['BIGQUERY_EMULATOR_HOST']) });
  const scheduler = openScheduler(projectId, env);
  const google = answerAsGoogle({ project: projectId, region, projectNumber: '1' });
  const parts: Part[] = [];
  const secrets = new Map<string, string>();
  let starting: Promise<unknown> = Promise.resolve();

  const appliers: Readonly<Record<string, (resource: Resource) => Promise<Inputs | undefined>>> = {
    'bigquery/dataset:Dataset': made(async (one) => {
      await applyDataset(bigquery, one);
    }),
    'bigquery/table:Table': made(async (one) => {
      await applyTable(bigquery, one);
    }),
    'cloudscheduler/job:Job': made(async (one) => {
      await applyJob(scheduler, projectId, one);
    }),
    'pubsub/schema:Schema': made(async (one) => {
      await applySchema(pubsub, one);
    }),
    'pubsub/subscription:Subscription': made(async (one) => {
      await applySubscription(pubsub, one);
    }),
    'pubsub/topic:Topic': made(async (one) => {
      await applyTopic(pubsub, one);
    }),
    'sql/database:Database': made(async ({ inputs }) => {
      await execute(postgresUrl(env, 'postgres'), `create database "${String(inputs['name'])}"`);
    }),
    'storage/bucket:Bucket': made(async (one) => {
      await applyBucket(storage, one);
    }),
    'storage/bucketObject:BucketObject': made(async (one) => {
      await applyObject(storage, one);
    }),
    'secretmanager/secretVersion:SecretVersion': made(({ inputs }) => {
      secrets.set(lastPart(String(inputs['secret'])), String(inputs['secretData']));
    }),
    'cloudfunctionsv2/function:Function': async (one) => {
      const service = one.inputs['serviceConfig'] as ServiceConfig;
      const variables = environmentOf(service, env, (id) => secrets.get(id) ?? '');
      // One after the other: started all at once, they would keep each other from being ready in time.
      const served = starting.then(async () => await serveFunction(one, variables, emulatorsIn(env), folder));
      starting = served.catch(() => undefined);
      const { part, url } = await served;
      parts.push(part);
      return { serviceConfig: { ...service, uri: url } };
    },
  };
  return {
    async answer(resource) {
      const apply = appliers[resource.type];
      if (!apply && !NOT_LOCAL.test(resource.type)) {
        throw new Error(`${resource.type}: nothing says whether the local cloud has it`);
      }
      const { id, outputs } = google(resource);
      return { id, outputs: { ...outputs, ...(await apply?.(resource)) } };
    },
    async close() {
      await Promise.all([
        pubsub.close(),
        scheduler.close(),
        ...parts.map(async (part) => {
          await part.stop();
        }),
      ]);
    },
  };
}

/** For what Google adds nothing to that matters here. */
function made(apply: (resource: Resource) => Promise<void> | void): (resource: Resource) => Promise<undefined> {
  return async (resource) => {
    await apply(resource);
    return undefined;
  };
}

/** All but what is ours, which a function has from its own configuration or not at all; its archive brings the catalog. */
function emulatorsIn(env: Readonly<Record<string, string>>): Record<string, string> {
  const ours = /^(?:ALIR_(?!PIPELINES$|SCHEMAS$)|PG|GOOGLE_CLOUD_PROJECT$)/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !ours.test(name)));
}
