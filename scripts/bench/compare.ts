import type pg from 'pg';
import { Storage } from '@google-cloud/storage';
import type { EncodeOptions } from './options.ts';
import { type Bench, compareBucket, compareEncoders, compareMemory, compareReaders, compareSlices } from './parts.ts';
import { type Place, withPlace } from './place.ts';
import { bundleWays, copyWithPsql, findPsql } from './processes.ts';
import { describeMachine, type Report, type Section } from './report.ts';
import { BENCH_TABLE, contractJson, generateTable } from './table.ts';
import type { Task } from './task.ts';
import { connect, queryOf } from './ways/connect.ts';

/** Every part that was asked for, one after the other, on one table. */
export async function compare(options: EncodeOptions): Promise<Report> {
  return await withPlace(async (place) => {
    const url = options.url ?? (await place.startPostgres());
    const client = await connect(url);
    try {
      return await compareOn(place, client, url, options);
    } finally {
      await client.end();
    }
  });
}

async function compareOn(place: Place, client: pg.Client, url: string, options: EncodeOptions): Promise<Report> {
  const { table = BENCH_TABLE, only, rounds } = options;
  const psql = await findPsql();
  const machine = describeMachine({
    postgres: await readValue(client, 'show server_version'),
    limit: psql ?? 'no psql',
  });
  if (options.table === undefined) await generateTable(client, options.rows);
  const contract = await contractJson(client, table);
  const rows = Number(await readValue(client, `select count(*)::text as value from ${table}`));
  const run = await bundleWays(place.folder);
  const bench: Bench = {
    source: { url, table, contract },
    rows,
    rounds,
    folder: place.folder,
    run,
    limitName: psql === undefined ? 'bytes off the socket' : 'psql to nowhere',
    limit: async (source, where) => {
      const task: Task = { ...source, way: 'discard', codec: 'null', ...(where === undefined ? {} : { where }) };
      return await (psql === undefined ? run(task) : copyWithPsql(source.url, queryOf(task)));
    },
  };
  const sections: Section[] = [];
  if (only.includes('encoding')) sections.push(await compareEncoders(bench));
  if (only.includes('reading')) sections.push(await compareReaders(bench));
  const storage = only.includes('bucket') || options.memory ? await openStorage(place) : undefined;
  if (storage && only.includes('bucket')) sections.push(await compareBucket(bench, storage));
  // Of a table that is not ours nobody knows the column to slice by.
  if (only.includes('slices') && options.table === undefined) {
    const blocks = `select (pg_relation_size('${table}') / current_setting('block_size')::int)::text as value`;
    sections.push(await compareSlices(bench, Number(await readValue(client, blocks))));
  }
  if (storage && options.memory) {
    sections.push(await compareMemory(bench, storage, await generateSizes(client, bench, options.memory)));
  }
  return { machine, table, rows, rounds, sections };
}

async function generateSizes(
  client: pg.Client,
  { source }: Bench,
  sizes: readonly number[],
): Promise<Map<number, Bench['source']>> {
  const tables = new Map<number, Bench['source']>();
  for (const rows of sizes) {
    const table = `${BENCH_TABLE}_${rows}`;
    await generateTable(client, rows, table);
    tables.set(rows, { ...source, table });
  }
  return tables;
}

async function openStorage(place: Place): Promise<NonNullable<Task['storage']>> {
  const { STORAGE_EMULATOR_HOST: host = '' } = await place.start('storage');
  process.env['STORAGE_EMULATOR_HOST'] = host; // Google's client finds the emulator by it.
  const bucket = 'alir-bench-lake';
  await new Storage({ projectId: 'alir-bench' }).createBucket(bucket);
  return { host, bucket };
}

/** The first value of the only row, whatever its column is called. */
async function readValue(client: pg.Client, query: string): Promise<string> {
  const { rows } = await client.query<string[]>({ text: query, rowMode: 'array' });
  return rows[0]?.[0] ?? '';
}
