import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BigQuery } from '@google-cloud/bigquery';
import { beforeAll, expect, test } from '@jest/globals';
import { emulatorAuth } from '../../functions/gcp/auth.ts';
import { readCatalog } from '../../pipelines/model/read.ts';
import { proveTables } from '../../scripts/commands/proof.ts';
import { localEnvironment } from '../../scripts/up/variables.ts';
import { startTestCloud, type TestCloud } from '../support/cloud.ts';
import { temporaryFolder } from '../support/folders.ts';
import { applicationUrl } from '../support/library.ts';
import { execute } from '../support/postgres.ts';
import { avroField, avroRecord, TIMESTAMP } from '../unit/records.ts';

/** A table with the types that tables have, through the whole chain. */
const PIPELINE = `
pipeline: kinds
description: Every kind of column.
schedule: '0 * * * *'
source: { postgres: application }
dataset: kinds
tables:
  - source: kind
    contract: test/kind
    destination: kind
    key: [id]
    cursor: updated_at
`;
const decimal = (precision: number, scale: number) => ({ type: 'bytes', logicalType: 'decimal', precision, scale });
const address = {
  type: 'record',
  name: 'address',
  fields: [avroField('street', ['null', 'string']), avroField('number', ['null', 'int'])],
};
const CONTRACT = avroRecord(
  avroField('id', { type: 'string', logicalType: 'uuid' }),
  avroField('price', decimal(12, 2)),
  avroField('huge', ['null', decimal(38, 18)]),
  avroField('paid', ['null', decimal(12, 2)]),
  avroField('mood', { type: 'enum', name: 'mood', symbols: ['sad', 'happy'] }),
  avroField('opens', ['null', { type: 'long', logicalType: 'time-micros' }]),
  avroField('weight', ['null', 'double']),
  avroField('details', ['null', { type: 'string', sqlType: 'JSON' }]),
  avroField('home', ['null', address]),
  avroField('prices', { type: 'array', items: decimal(12, 2) }),
  avroField('network', ['null', 'string']),
  avroField('updated_at', TIMESTAMP),
);

let cloud: TestCloud;
beforeAll(async () => {
  const folder = temporaryFolder();
  const [pipelines, schemas] = [join(folder, 'pipelines'), join(folder, 'schemas')];
  mkdirSync(pipelines);
  mkdirSync(join(schemas, 'test'), { recursive: true });
  writeFileSync(join(pipelines, 'kinds.yaml'), PIPELINE);
  writeFileSync(join(schemas, 'test/kind.avsc'), JSON.stringify(CONTRACT));
  const env = { PATH: process.env['PATH'], ALIR_PIPELINES: pipelines, ALIR_SCHEMAS: schemas };
  cloud = await startTestCloud({ catalog: readCatalog(pipelines, schemas), env });
  await execute(
    applicationUrl(cloud),
    `create type mood as enum ('sad', 'happy');
     create type address as (street text, number int);
     create table kind (id uuid primary key, price numeric(12, 2) not null, huge numeric, paid money, mood mood not null, opens time,
       weight float8, details jsonb, home address, prices numeric(12, 2)[] not null, network inet,
       updated_at timestamptz not null default now());
     insert into kind values
       ('00000000-0000-4000-8000-000000000001', 1.50, 12345678901234567890.000000000000000001, '12.34', 'happy', '23:59:59.999999',
        0.1, '{"a": [1, 2]}', row('Jalan Sudirman', 1), '{1.10, -2.00}', '10.0.0.1/8'),
       ('00000000-0000-4000-8000-000000000002', -0.01, null, null, 'sad', null, null, null, null, '{}', null),
       ('00000000-0000-4000-8000-000000000003', 0, 'NaN', null, 'sad', null, null, null, null, '{}', null)`,
  );
});

test('every kind arrives exactly, what BigQuery cannot hold is in quarantine, and the proof says what it leaves out', async () => {
  const run = await cloud.run('kinds');
  expect(run.reason).toBeUndefined();
  expect(run).toMatchObject({ state: 'succeeded', tables: [{ extracted: 3, encoded: 2, quarantined: 1, loaded: 2 }] });

  const client = new BigQuery({ projectId: localEnvironment.projectId, ...emulatorAuth('emulator') });
  const [rows] = await client.query(
    `SELECT CAST(price AS STRING) AS price, CAST(huge AS STRING) AS huge, CAST(paid AS STRING) AS paid, mood, CAST(opens AS STRING) AS opens,
            weight, home.street AS street, ARRAY_TO_STRING(ARRAY(SELECT CAST(p AS STRING) FROM UNNEST(prices) AS p), ' ') AS prices, network
       FROM kinds.kind ORDER BY id`,
  );
  expect(rows).toEqual([
    {
      price: '1.5',
      huge: '12345678901234567890.000000000000000001',
      paid: '12.34',
      mood: 'happy',
      opens: '23:59:59.999999',
      weight: 0.1,
      street: 'Jalan Sudirman',
      prices: '1.1 -2',
      network: '10.0.0.1/8',
    },
    {
      ...{ price: '-0.01', huge: null, paid: null, mood: 'sad', opens: null },
      ...{ weight: null, street: null, prices: '', network: null },
    },
  ]);

  await execute(applicationUrl(cloud), `delete from kind where huge = 'NaN'`);
  expect(await proveTables(cloud.services)).toMatchObject([
    { finalRows: 2, checksumsEqual: true, notCompared: ['weight', 'details', 'home'] },
  ]);
  await execute(applicationUrl(cloud), `update kind set price = price + 0.01 where mood = 'sad'`);
  expect(await proveTables(cloud.services)).toMatchObject([{ checksumsEqual: false }]);
});
