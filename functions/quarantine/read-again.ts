import { crc32 } from 'node:zlib';
import pg from 'pg';
import type { QuarantinedRow } from '../avro/quarantine.ts';
import type { Found, RejectedBounds } from '../ledger/replays.ts';
import { TerminalError } from '../runtime/errors.ts';
import { quote, quoteTable } from '../sources/postgres.ts';
import type { Rejection } from '../transcoder/rows.ts';

/** Rows of a table by the values of their key, as they are in the source now. */
export interface ReadAgain {
  /** Selects them; a query without parameters, as COPY wants it. */
  readonly query: string;
  /** To be told of every row that is rejected again. */
  rejected(rows: readonly Rejection[]): void;
  /** By the run that had rejected them. Final when the query's rows have been read. */
  found(): Found[];
}

export interface WantedRows {
  /** Table of the source. */
  readonly table: string;
  readonly key: readonly string[];
  readonly selectList: string;
  readonly bounds: RejectedBounds;
}

/**
 * Plans to read rejected rows again. What they were is of no interest any more: the source is the truth, where a row may
 * have been corrected or deleted since. A row that was rejected by several runs is read once, or else the staging table
 * would hold it twice. Call it in the transaction in which the query will run, so that both see the same.
 * @param rejected every row that the runs of the bounds have in quarantine
 * @throws TerminalError STATE_UNEXPECTED when the rows were kept without a column of the key; what pg says
 */
export async function readAgain(
  client: pg.Client,
  { table, key, selectList, bounds }: WantedRows,
  rejected: AsyncIterable<QuarantinedRow>,
): Promise<ReadAgain> {
  const wanted = new Map<string, Set<string>>();
  for await (const { runId, row } of rejected) {
    const id = keyOf(row, key, table);
    if (crc32(id) % bounds.of !== bounds.part) continue;
    const runs = wanted.get(id) ?? new Set();
    wanted.set(id, runs.add(runId));
  }
  const keys = [...wanted.keys()];
  const list = `(select ${await castKeys(client, table, key)}, n from json_array_elements(${pg.escapeLiteral(`[${keys.join(',')}]`)}::json) with ordinality as given (k, n))`;
  const columns = key.map((_, index) => `k${index}`).join(', ');
  const gone = await missing(client, table, key, list);
  const again = new Set<string>();
  return {
    query: `select ${selectList} from ${quoteTable(table)} where (${key.map(quote).join(', ')}) in (select ${columns} from ${list} as wanted)`,
    rejected(rows) {
      for (const { values } of rows) again.add(keyOf(values, key, table));
    },
    found: () =>
      bounds.rejectedBy.map((ofRun) => {
        const ofIt = keys.map((id, index) => ({ id, index })).filter(({ id }) => wanted.get(id)?.has(ofRun));
        return {
          ofRun,
          rows: ofIt.length,
          gone: ofIt.filter(({ index }) => gone.has(index)).length,
          rejected: ofIt.filter(({ id }) => again.has(id)).length,
        };
      }),
  };
}

/** The key's values as a JSON list: what tells rows apart, and what Postgres is given to find them. */
function keyOf(values: Readonly<Record<string, string | null>>, key: readonly string[], table: string): string {
  const found = key.map((column) => values[column]);
  const absent = key.find((_, index) => found[index] === undefined);
  if (absent === undefined) return JSON.stringify(found);
  throw new TerminalError(
    'STATE_UNEXPECTED',
    `rows of ${table} were put into quarantine without column "${absent}", which is in the key now, so they cannot be found by it; a change in the source (e.g. of its cursor column) makes the next run read them`,
  );
}

/** The types are those of the columns, so that an index can find the rows. */
async function castKeys(client: pg.Client, table: string, key: readonly string[]): Promise<string> {
  const { rows } = await client.query<{ name: string; type: string }>(
    `select attname as name, format_type(atttypid, null) as type from pg_attribute
      where attrelid = $1::regclass and attname = any($2) and not attisdropped`,
    [quoteTable(table), key],
  );
  const types = new Map(rows.map(({ name, type }) => [name, type]));
  return key.map((column, index) => `(k->>${index})::${types.get(column) ?? 'text'} as k${index}`).join(', ');
}

/** Which of the keys, by their place in the list, are no longer in the table. A key with null in it finds nothing. */
async function missing(
  client: pg.Client,
  table: string,
  key: readonly string[],
  list: string,
): Promise<ReadonlySet<number>> {
  const isSame = key.map((column, index) => `source.${quote(column)} = wanted.k${index}`).join(' and ');
  const { rows } = await client.query<[string]>({
    text: `select (n - 1)::text from ${list} as wanted where not exists (select from ${quoteTable(table)} as source where ${isSame})`,
    rowMode: 'array',
  });
  return new Set(rows.map(([index]) => Number(index)));
}
