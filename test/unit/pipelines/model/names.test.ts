import { describe, expect, test } from '@jest/globals';
import {
  bucketName,
  functionName,
  functionNames,
  jobId,
  manualRunId,
  quarantineObject,
  scheduledRunId,
  scheduleName,
  serviceAccountName,
  sliceObject,
  slicePrefix,
  sourceVariable,
  stages,
  stagingDataset,
  stagingTable,
  topicName,
} from '../../../../pipelines/model/names.ts';
import { pipelineSchema } from '../../../../pipelines/model/pipeline.ts';
import { seeded } from '../../random.ts';

const TICK = new Date('2026-11-20T08:15:00.000Z');

describe('names are made of what they name', () => {
  test('a run has the name of its pipeline and its tick, without milliseconds', () => {
    expect(scheduledRunId('library', TICK)).toBe('library-20261120T081500Z');
    expect(manualRunId('library', new Date('2026-11-20T08:15:33.987Z'), '1a2b')).toBe('library-20261120T081533Z-m1a2b');
  });

  test('a slice lies under its pipeline, table, day and run', () => {
    const address = { pipeline: 'library', table: 'rent', tick: TICK, runId: 'library-20261120T081500Z' };
    expect(slicePrefix(address)).toBe('library/rent/dt=2026-11-20/run=library-20261120T081500Z/');
    expect(sliceObject(address, 7)).toBe(`${slicePrefix(address)}slice-00007.avro`);
    expect(quarantineObject(address, 123_456)).toBe(`${slicePrefix(address)}slice-123456.jsonl`);
  });

  test('environments share a project, so their name is in all names', () => {
    expect(topicName('dev', 'encode')).toBe('alir-dev-encode');
    expect(functionName('dev', 'notify')).toBe('alir-dev-notify');
    expect(scheduleName('dev', 'library')).toBe('alir-dev-library');
    expect(bucketName('my-project', 'dev', 'lake')).toBe('my-project-alir-dev-lake');
  });

  test('a source has a variable of its own', () => {
    expect(sourceVariable('my-shop2')).toBe('ALIR_POSTGRES_MY_SHOP2');
  });

  test('two attempts of a job, two tables, two stages never share an id', () => {
    const ids = [jobId('load', 'r', 't', 1), jobId('load', 'r', 't', 2), jobId('merge', 'r', 't', 1)];
    expect(new Set([...ids, jobId('load', 'r', 'u', 1)]).size).toBe(4);
  });
});

/** https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names */
const PUBSUB_ID = /^(?!goog)[A-Za-z][A-Za-z0-9._~+%-]{2,254}$/;
/** https://cloud.google.com/storage/docs/buckets#naming */
const BUCKET = /^(?!goog)[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$/;
/** https://cloud.google.com/bigquery/docs/tables#table_naming, in its narrowest reading */
const TABLE_ID = /^\w{1,1024}$/;
/** https://cloud.google.com/bigquery/docs/reference/rest/v2/JobReference */
const JOB_ID = /^[A-Za-z0-9_-]{1,1024}$/;
/** https://cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs */
const SCHEDULE_ID = /^[A-Za-z0-9_-]{1,500}$/;
/** https://cloud.google.com/functions/docs/reference/rest/v2/projects.locations.functions/create */
const FUNCTION_ID = /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

test('of every pipeline that the schema allows, every name is one that Google allows', () => {
  const random = seeded(1);
  const allowed = (pipeline: string, source: string, destination: string): boolean =>
    pipelineSchema.safeParse({
      pipeline,
      description: 'd',
      schedule: '* * * * *',
      source: { postgres: 'application' },
      dataset: destination,
      tables: [{ source, contract: 'c', destination, key: ['id'], cursor: 'at' }],
    }).success;
  const letters = 'abz019-_AZ';
  let checked = 0;
  for (let round = 0; round < 3000; round += 1) {
    const pipeline = random.text(letters.slice(0, 8), 1 + random.below(random.pick([4, 42])));
    const destination = random.text(letters, 1 + random.below(random.pick([4, 66])));
    if (!allowed(pipeline, destination, destination)) continue;
    checked += 1;
    const runId = manualRunId(pipeline, TICK, 'abcdef0123456789');
    expect(scheduleName('staging', pipeline)).toMatch(SCHEDULE_ID);
    expect(stagingTable(destination, runId)).toMatch(TABLE_ID);
    expect(stagingDataset(destination)).toMatch(TABLE_ID);
    expect(jobId('extract', runId, destination, 99)).toMatch(JOB_ID);
    const slice = sliceObject({ pipeline, table: destination, tick: TICK, runId }, 99_999);
    expect(Buffer.byteLength(slice)).toBeLessThanOrEqual(1024);
    expect(slice).not.toMatch(/[\r\n#?*[\]]/);
  }
  expect(checked).toBeGreaterThan(100);
});

/** https://cloud.google.com/iam/docs/service-accounts-create */
const SERVICE_ACCOUNT_ID = /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/;

test('of the longest project, and an environment of 15 characters, every name is one that Google allows', () => {
  const environment = 'e'.repeat(15);
  for (const actor of [...functionNames, 'pusher', 'builder'] as const) {
    expect(serviceAccountName(environment, actor)).toMatch(SERVICE_ACCOUNT_ID);
  }
  for (const stage of [...stages, 'dead-letter'] as const) expect(topicName(environment, stage)).toMatch(PUBSUB_ID);
  for (const name of functionNames) expect(functionName(environment, name)).toMatch(FUNCTION_ID);
  for (const purpose of ['lake', 'quarantine', 'code'] as const) {
    expect(bucketName('p'.repeat(30), environment, purpose)).toMatch(BUCKET);
  }
});
