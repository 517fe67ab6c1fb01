import type pg from 'pg';
import type { TableRange } from '../../functions/sources/range.ts';
import { describeColumns } from '../../functions/transcoder/columns.ts';
import type { SourceColumn, SourceType } from '../../functions/transcoder/rule.ts';
import { unpackNumeric } from '../../functions/transcoder/type-name.ts';

export const BENCH_TABLE = 'public.bench';

/** All of it, as a first run reads it. */
export const BENCH_RANGE: TableRange = { table: 'bench', key: ['id'], cursor: 'created_at', from: '-infinity' };

/** Ten columns of the kinds that most tables have, two of them with nulls. */
export async function generateTable(client: pg.Client, rows: number, table = BENCH_TABLE): Promise<void> {
  await client.query(`drop table if exists ${table}`);
  await client.query(
    `create table ${table} as
     select i::bigint as id, (i * 7919::bigint % 100000)::int as member, (i % 500)::int as quantity,
            (i % 30)::smallint as grade, 'Title of the book number ' || i as title,
            ((i * 37::bigint % 1000000)::numeric / 100)::numeric(12, 2) as price,
            timestamptz '2024-01-01 00:00+00' + i * interval '13 seconds' + i % 1000000 * interval '1 us' as created_at,
            case when i % 5 > 0 then timestamptz '2025-01-01 00:00+00' + i * interval '7 seconds' end as returned_at,
            date '2024-01-01' + (i % 1000)::int as day,
            case when i % 3 > 0 then 'note ' || md5(i::text) end as note
       from generate_series(1, $1::int) as i`.replace('$1', String(rows)),
  );
  await client.query(`vacuum (analyze) ${table}`);
}

/** A contract for a table that has none: every column that has an obvious Avro type, nullable. */
export async function contractJson(client: pg.Client, table: string): Promise<Record<string, unknown>> {
  const columns = await describeColumns(client, table);
  const fields = fieldsOf(columns);
  if (fields.length > 0) return { type: 'record', name: 'bench', doc: table, fields };
  throw new Error(`no column of ${table} has a type that a contract can hold; choose another table, or a view of it`);
}

function fieldsOf(columns: readonly SourceColumn[]): unknown[] {
  return columns.flatMap(({ name, type }) => {
    const avro = avroOf(type);
    return avro === undefined ? [] : [{ name, doc: type.name, type: ['null', avro] }];
  });
}

const logical = (type: string, logicalType: string): unknown => ({ type, logicalType });
const AVRO: Readonly<Record<string, unknown>> = {
  bool: 'boolean',
  int2: 'int',
  int4: 'int',
  int8: 'long',
  float4: 'float',
  float8: 'double',
  bytea: 'bytes',
  uuid: logical('string', 'uuid'),
  json: { type: 'string', sqlType: 'JSON' },
  jsonb: { type: 'string', sqlType: 'JSON' },
  date: logical('int', 'date'),
  time: logical('long', 'time-micros'),
  timestamp: logical('long', 'local-timestamp-micros'),
  timestamptz: logical('long', 'timestamp-micros'),
  ...Object.fromEntries(
    ['text', 'varchar', 'bpchar', 'name', 'citext', 'interval', 'timetz', 'inet', 'cidr'].map((name) => [
      name,
      'string',
    ]),
  ),
};

function avroOf(type: SourceType): unknown {
  if (type.labels) return 'string';
  if (type.attributes) return undefined;
  if (type.element) {
    const items = type.element.element ? undefined : avroOf(type.element);
    return items === undefined ? undefined : { type: 'array', items };
  }
  if (type.name !== 'numeric') return AVRO[type.name];
  const { precision, scale } = type.modifier < 4 ? { precision: 38, scale: 9 } : unpackNumeric(type.modifier);
  return { type: 'bytes', logicalType: 'decimal', precision, scale };
}
