import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type pg from 'pg';
import type { CodecName } from '../../functions/transcoder/codecs.ts';
import { describeColumns } from '../../functions/transcoder/columns.ts';
import { loadFile } from '../../functions/transcoder/load-file.ts';
import { compilePlan } from '../../functions/transcoder/plan.ts';
import { Transcoding } from '../../functions/transcoder/transcode.ts';
import { parseContract } from '../../schemas/contract.ts';
import { avroField, avroRecord } from '../unit/records.ts';
import { ChoppedSocket } from '../unit/functions/transcoder/chopped.ts';
import { arrayOf, compositeOf, printNullable, renamed } from '../unit/functions/transcoder/nested.ts';
import { piecesOf } from '../unit/functions/transcoder/pieces-of.ts';
import { SCALARS, type SqlValue, type TypeSpec } from '../unit/functions/transcoder/values.ts';
import { CODECS, type Column, connect, writer } from './transcoder-tables.ts';

interface Way {
  readonly codec: CodecName;
  readonly blockBytes: number;
  readonly messageBytes: number;
  readonly pieces: readonly number[];
  readonly client: pg.Client;
}

let tables = 0;

/** Table → file → another table of the same types, and what either has that the other has not. */
async function roundTrip(columns: readonly Column[], rows: readonly (readonly SqlValue[])[], way: Way): Promise<void> {
  const client = await writer;
  const [from, to] = [`t${(tables += 1)}`, `b${tables}`];
  for (const statement of columns.flatMap(({ spec }) => spec.setup ?? [])) await client.query(statement).catch(ifThere);
  await client.query(`create table ${from} (n int, ${columns.map((c) => `${c.name} ${c.spec.postgres}`).join(', ')})`);
  await client.query(`create table ${to} (like ${from})`);
  for (const [n, row] of rows.entries()) {
    await client.query(`insert into ${from} values (${[n, ...row.map(({ sql }) => sql)].join(', ')})`);
  }
  const fields = columns.map(({ name, spec, nullable }) =>
    avroField(name, renamed(nullable ? ['null', spec.avro] : spec.avro)),
  );
  const contract = parseContract('test/thing', avroRecord(avroField('n', 'int'), ...fields));
  const plan = compilePlan(contract, from, await describeColumns(way.client, from));
  const query = `select ${plan.select} from ${from} order by n`;
  const onRejected = async (some: readonly unknown[]): Promise<void> => {
    await Promise.reject(new Error(JSON.stringify(some)));
  };
  const transcoding = new Transcoding(way.client, { plan, ...way, query, identity: from, onRejected });
  const file: Buffer[] = [];
  for await (const piece of transcoding.file()) file.push(piece);

  const stored = await loadFile(way.client, {
    plan: compilePlan(contract, to, await describeColumns(way.client, to)),
    table: to,
    file: piecesOf(Buffer.concat(file), way.pieces),
    records: rows.length,
    messageBytes: way.messageBytes,
  });
  expect(stored).toBe(rows.length);
  const list = columns.map(({ spec, name }) => `(${printNullable(spec, name)})::text`).join(', ');
  const minus = (one: string, other: string): string =>
    `(select n, ${list} from ${one} except all select n, ${list} from ${other})`;
  const { rows: differences } = await client.query(`${minus(from, to)} union all ${minus(to, from)}`);
  expect(differences).toEqual([]);
  await client.query(`drop table ${from}, ${to}`);
}

function ifThere(error: unknown): void {
  if ((error as { code?: string }).code !== '42710') throw error;
}

/** Types that come back as their text, which nothing but a column can be cast from. */
const THROUGH_TEXT = /^(?:money|macaddr|varbit|int4range|timetz|interval|inet|cidr)/;
const some = (...names: readonly string[]): TypeSpec[] => names.map((name) => SCALARS[name] as TypeSpec);
const small = compositeOf([...some('text', 'int8'), arrayOf(SCALARS['numericWide'] as TypeSpec), ...some('enum')]);
const composites = [
  compositeOf(Object.values(SCALARS).filter(({ postgres }) => !THROUGH_TEXT.test(postgres))),
  small,
  compositeOf([arrayOf(small), small, ...some('timestamptz', 'domain')]),
];
const scalar = fc.constantFrom(...Object.values(SCALARS));
const spec = fc.oneof(
  { weight: 6, arbitrary: scalar },
  { weight: 2, arbitrary: scalar.map(arrayOf) },
  { weight: 2, arbitrary: fc.constantFrom(...composites, ...composites.map(arrayOf)) },
);
const value = ({ spec: { values }, nullable }: Column): fc.Arbitrary<SqlValue> => {
  const fitting = values.filter(({ fits }) => fits);
  return nullable ? fc.option(fitting, { freq: 8 }).map((one) => one ?? { sql: 'null', fits: true }) : fitting;
};
const table = fc
  .array(fc.record({ spec, nullable: fc.boolean() }), { minLength: 1, maxLength: 5 })
  .map((columns) => columns.map((column, index) => ({ ...column, name: `c${index}` })))
  .chain((columns) =>
    fc.record({
      columns: fc.constant(columns),
      rows: fc.array(fc.tuple(...columns.map(value)), { maxLength: 12 }),
    }),
  );

describe('what a file gives back is what was in the table', () => {
  const cases = [...Object.entries(SCALARS), ...composites.map((one, index) => [`composite ${index}`, one] as const)];
  test.each(cases.flatMap(([name, one]) => [[name, one] as const, [`${name}[]`, arrayOf(one)] as const]))(
    '%s',
    async (_, one) => {
      const client = await connect();
      const columns = [true, false].map((nullable, index) => ({ name: `c${index}`, spec: one, nullable }));
      const rows = fc.sample(fc.tuple(...columns.map(value)), 40);
      await roundTrip(columns, rows, { codec: 'null', blockBytes: 1000, messageBytes: 500, pieces: [700], client });
      await client.end();
    },
  );

  test('any table, in any codec, block and message size and pieces, down to one byte', async () => {
    const sizes = fc.oneof(
      fc.constant([1]),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 7 }),
      fc.constant([70_000]),
    );
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.record({
          codec: fc.constantFrom(...CODECS),
          blockBytes: fc.integer({ min: 1, max: 3000 }),
          messageBytes: fc.integer({ min: 20, max: 3000 }),
          pieces: sizes,
        }),
        async ({ columns, rows }, way) => {
          const client = await connect({ stream: () => new ChoppedSocket(way.pieces) });
          try {
            await roundTrip(columns, rows, { ...way, client });
          } finally {
            await client.end();
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
