import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type pg from 'pg';
import type { CodecName } from '../../functions/transcoder/codecs.ts';
import { describeColumns } from '../../functions/transcoder/columns.ts';
import { compilePlan } from '../../functions/transcoder/plan.ts';
import type { Rejection } from '../../functions/transcoder/rows.ts';
import type { SourceColumn } from '../../functions/transcoder/rule.ts';
import { Transcoding } from '../../functions/transcoder/transcode.ts';
import { parseContract } from '../../schemas/contract.ts';
import { avroField, avroRecord } from '../unit/records.ts';
import { ChoppedSocket } from '../unit/functions/transcoder/chopped.ts';
import { decodeFile } from '../unit/functions/transcoder/decode.ts';
import { arrayOf, compositeOf, printNullable, renamed, unwrap } from '../unit/functions/transcoder/nested.ts';
import { SCALARS, type SqlValue, type TypeSpec } from '../unit/functions/transcoder/values.ts';
import { CODECS, type Column, connect, writer } from './transcoder-tables.ts';

interface Way {
  readonly codec: CodecName;
  readonly blockBytes: number;
  readonly reader: pg.Client;
}

let tables = 0;

/** Writes rows to a table, transcodes it, and compares what avsc decodes with what pg returns. */
async function roundTrip(columns: readonly Column[], rows: readonly (readonly SqlValue[])[], way: Way): Promise<void> {
  const client = await writer;
  const table = `t${(tables += 1)}`;
  for (const statement of columns.flatMap(({ spec }) => spec.setup ?? [])) await client.query(statement).catch(ifThere);
  await client.query(`create table ${table} (n int, ${columns.map((c) => `${c.name} ${c.spec.postgres}`).join(', ')})`);
  for (const [n, row] of rows.entries()) {
    await client.query(`insert into ${table} values (${[n, ...row.map(({ sql }) => sql)].join(', ')})`);
  }
  const contract = parseContract(
    'test/thing',
    avroRecord(
      avroField('n', 'int'),
      ...columns.map(({ name, spec, nullable }) =>
        avroField(name, renamed(nullable ? ['null', spec.avro] : spec.avro)),
      ),
    ),
  );
  const plan = compilePlan(contract, table, await describeColumns(way.reader, table));
  const rejected: Rejection[] = [];
  const transcoding = new Transcoding(way.reader, {
    plan,
    ...way,
    query: `select ${plan.select} from ${table} order by n`,
    identity: table,
    onRejected: async (some) => {
      await Promise.resolve();
      rejected.push(...some);
    },
  });
  const pieces: Buffer[] = [];
  for await (const piece of transcoding.file()) pieces.push(piece);
  const file = await decodeFile(Buffer.concat(pieces));

  const printed = await client.query<{ row: unknown }>(
    `select json_build_array(n, ${columns.map(({ spec, name }) => printNullable(spec, name)).join(', ')})::text as row
       from ${table} order by n`,
  );
  const expected = printed.rows.map(({ row }) => JSON.parse(row as string) as unknown);
  const fits = rows.map((row) => row.every((value) => value.fits));
  const decoded = file.records.map((record) => [
    record['n'],
    ...columns.map(({ name, spec, nullable }) => unwrap(spec, record[name], nullable)),
  ]);
  expect(decoded).toEqual(expected.filter((_, n) => fits[n]));
  expect(rejected.map(({ position }) => position)).toEqual([...fits.keys()].filter((n) => fits[n] !== true));
  expect(file).toMatchObject({ codec: way.codec, schema: JSON.stringify(contract.avro) });
  expect(transcoding.counts).toEqual({
    extracted: rows.length,
    encoded: file.records.length,
    quarantined: rejected.length,
  });
  await client.query(`drop table ${table}`);
}

function ifThere(error: unknown): void {
  if ((error as { code?: string }).code !== '42710') throw error;
}

const scalar = fc.constantFrom(...Object.values(SCALARS));
const composites = [
  compositeOf(Object.values(SCALARS).filter(({ postgres }) => !/^(?:money|macaddr|varbit|int4range)/.test(postgres))),
  compositeOf([SCALARS['text'], arrayOf(SCALARS['numericWide'] as TypeSpec), SCALARS['int8']] as TypeSpec[]),
];
const [, small = composites[0]] = composites;
const deep = compositeOf([arrayOf(small as TypeSpec), small as TypeSpec, SCALARS['timestamptz'] as TypeSpec]);
const spec = fc.oneof(
  { weight: 6, arbitrary: scalar },
  { weight: 2, arbitrary: scalar.map(arrayOf) },
  { weight: 1, arbitrary: fc.constantFrom(...composites, deep, arrayOf(deep)) },
);
const value = ({ spec: { values }, nullable }: Column): fc.Arbitrary<SqlValue> =>
  fc.option(values, { freq: 8 }).map((some) => some ?? { sql: 'null', fits: nullable });
const table = fc
  .array(fc.record({ spec, nullable: fc.boolean() }), { minLength: 1, maxLength: 5 })
  .map((columns) => columns.map((column, index) => ({ ...column, name: `c${index}` })))
  .chain((columns) =>
    fc.record({
      columns: fc.constant(columns),
      rows: fc.array(fc.tuple(...columns.map(value)), { maxLength: 12 }),
    }),
  );

describe('what avsc decodes is what pg returns, bit for bit', () => {
  const cases = Object.entries(SCALARS).flatMap(([name, one]) => [
    [name, one] as const,
    [`${name}[]`, arrayOf(one)] as const,
  ]);
  test.each(cases)('%s', async (_, one) => {
    const reader = await connect();
    const columns = [true, false].map((nullable, index) => ({ name: `c${index}`, spec: one, nullable }));
    const rows = fc.sample(fc.tuple(...columns.map(value)), 60);
    await roundTrip(columns, rows, { codec: 'null', blockBytes: 1000, reader });
    await reader.end();
  });

  test('any table, in any codec, block size and pieces, down to one byte', async () => {
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.constantFrom(...CODECS),
        fc.integer({ min: 1, max: 3000 }),
        fc.oneof(
          fc.constant([1]),
          fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 7 }),
          fc.constant([70_000]),
        ),
        async ({ columns, rows }, codec, blockBytes, pieces) => {
          const reader = await connect({ stream: () => new ChoppedSocket(pieces) });
          try {
            await roundTrip(columns, rows, { codec, blockBytes, reader });
          } finally {
            await reader.end();
          }
        },
      ),
      { numRuns: 80 },
    );
  });
});

test('types that are the same in every Postgres are what its catalog says of them', async () => {
  const client = await writer;
  const types = Object.values(SCALARS).map(({ postgres }) => postgres);
  const columns = [...new Set(types)].map((type, index) => `c${index} ${type}`);
  await client.query(`create type asked_about as (a int)`);
  const described: SourceColumn[][] = [];
  for (const [index, column] of columns.entries()) {
    await client.query(
      `create table alone_${index} (${column}); create table beside_${index} (${column}, z asked_about)`,
    );
    const [alone, [beside]] = [
      await describeColumns(client, `alone_${index}`),
      await describeColumns(client, `beside_${index}`),
    ];
    expect(alone).toEqual([beside]);
    described.push(alone);
  }
  expect(described.length).toBeGreaterThan(20);
});
