import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CodecName } from '../../functions/transcoder/codecs.ts';
import { describeColumns } from '../../functions/transcoder/columns.ts';
import { compilePlan } from '../../functions/transcoder/plan.ts';
import { Transcoding } from '../../functions/transcoder/transcode.ts';
import { bigQueryColumns } from '../../schemas/bigquery.ts';
import { type Loads, openLoads } from '../emulators/bigquery/load-helpers.ts';
import { createDatabase, withConnection } from '../support/postgres.ts';
import { contractOf } from '../unit/records.ts';

const decimal = (precision: number, scale: number): unknown => ({
  type: 'bytes',
  logicalType: 'decimal',
  precision,
  scale,
});
const logical = (type: string, logicalType: string): unknown => ({ type, logicalType });
const part = {
  type: 'record',
  name: 'Part',
  fields: [
    { name: 'note', type: ['null', 'string'], doc: 'n' },
    { name: 'price', type: decimal(5, 2), doc: 'p' },
  ],
};

/** Column type, value, Avro type, and the value as BigQuery's API answers it. */
const COLUMNS: readonly (readonly [postgres: string, value: string, avro: unknown, wire: unknown])[] = [
  ['bool', 'true', 'boolean', 'true'],
  ['int8', "'-9223372036854775808'", 'long', '-9223372036854775808'],
  ['float4', '0.5', 'float', '0.5'],
  ['float8', "'NaN'", 'double', 'NaN'],
  ['numeric(12,2)', "'-1234567890.12'", decimal(12, 2), '-1234567890.12'],
  [
    'numeric(38,9)',
    '12345678901234567890123456789.123456789',
    decimal(38, 9),
    '12345678901234567890123456789.123456789',
  ],
  ['numeric', '1.000000000001', decimal(30, 12), '1.000000000001'],
  ['money', "'12.34'", decimal(19, 2), '12.34'],
  ['text', "'é'", 'string', 'é'],
  ['bytea', "'\\x00ff'", 'bytes', 'AP8='],
  ['uuid', "'0190a2b4-7a7e-7000-8000-000000000001'", logical('string', 'uuid'), '0190a2b4-7a7e-7000-8000-000000000001'],
  ['jsonb', "'[]'", { type: 'string', sqlType: 'JSON' }, '[]'],
  ['date', "'0001-01-01'", logical('int', 'date'), '0001-01-01'],
  ['time', "'23:59:59.999999'", logical('long', 'time-micros'), '23:59:59.999999'],
  ['timestamptz', "'9999-12-31 23:59:59.999999+00'", logical('long', 'timestamp-micros'), '253402300799999999'],
  [
    'timestamp',
    "'2026-11-20 01:02:03.000004'",
    logical('long', 'local-timestamp-micros'),
    '2026-11-20T01:02:03.000004',
  ],
  ['interval', "'1 year 2 days'", 'string', 'P1Y2D'],
  ['inet', "'::1'", 'string', '::1'],
  ['mood', "'sad'", { type: 'enum', name: 'Mood', symbols: ['happy', 'sad'] }, 'sad'],
  ['int4[]', 'array[1, 2]', { type: 'array', items: 'int' }, [{ v: '1' }, { v: '2' }]],
  ['part', 'row(null, 1.5)', part, { f: [{ v: null }, { v: '1.5' }] }],
];

let loads: Loads;
beforeAll(async () => {
  loads = await openLoads();
});
afterAll(async () => {
  await loads.stop();
});

describe('a load job takes what the transcoder writes, into a table with the columns of the contract', () => {
  test.each<CodecName>(['null', 'deflate', 'snappy', 'zstandard'])('%s', async (codec) => {
    const contract = contractOf({
      ...Object.fromEntries(COLUMNS.map(([, , avro], index) => [`c${index}`, avro])),
      nothing: ['null', 'int'],
    });
    const pieces: Buffer[] = [];
    await withConnection(await createDatabase(), async (client) => {
      await client.query(
        "create type mood as enum ('happy', 'sad'); create type part as (note text, price numeric(5, 2))",
      );
      await client.query(
        `create table t as select ${COLUMNS.map(([type, value], index) => `${value}::${type} as c${index}`).join(', ')}, null::int as nothing`,
      );
      const plan = compilePlan(contract, 't', await describeColumns(client, 't'));
      const query = `select ${plan.select} from t`;
      const onRejected = async (): Promise<void> => {
        await Promise.reject(new Error('rejected'));
      };
      for await (const piece of new Transcoding(client, { plan, query, codec, identity: 't', onRejected }).file())
        pieces.push(piece);
    });
    loads.bucket.objects.set(`${codec}.avro`, Buffer.concat(pieces));
    const table = `in_${codec}`;
    const fields = bigQueryColumns(contract);
    await loads.warehouse.client.dataset('d').createTable(table, { schema: { fields } } as never);
    const job = await loads.load(table, `${codec}.avro`, { decimalTargetTypes: ['NUMERIC', 'BIGNUMERIC'] });
    expect(job.status).toEqual({ state: 'DONE' });
    expect(await loads.firstRow(table)).toEqual([...COLUMNS.map(([, , , wire]) => wire), null]);

    // The same where the load itself makes the table: what BigQuery reads out of the file is what the contract says.
    await loads.load(`made_of_${codec}`, `${codec}.avro`, { decimalTargetTypes: ['NUMERIC', 'BIGNUMERIC'] });
    const metadata: unknown = await loads.warehouse.client.dataset('d').table(`made_of_${codec}`).getMetadata();
    const types = (metadata as [{ schema: { fields: { name: string; type: string }[] } }])[0].schema.fields;
    expect(types.map(({ name, type }) => ({ name, type }))).toEqual(fields.map(({ name, type }) => ({ name, type })));
  });
});
