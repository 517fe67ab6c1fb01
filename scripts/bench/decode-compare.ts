import { execFile } from 'node:child_process';
import { createWriteStream, statSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import type pg from 'pg';
import type { CodecName } from '../../functions/transcoder/codecs.ts';
import type { LoadTask } from './decode-main.ts';
import { withPlace } from './place.ts';
import { findPsql } from './processes.ts';
import { describeMachine, type Report } from './report.ts';
import { takeTurns } from './rounds.ts';
import { BENCH_TABLE, contractJson, generateTable } from './table.ts';
import type { Measure, Task } from './task.ts';
import { connect, openTranscoding, queryOf } from './ways/connect.ts';

export interface DecodeOptions {
  readonly rows: number;
  readonly rounds: number;
  readonly table?: string;
  readonly url?: string;
  readonly json?: true;
}

const run = promisify(execFile);
const CODECS: readonly CodecName[] = ['null', 'zstandard', 'snappy', 'deflate'];
const TARGET = 'public.bench_back';

/** Files of the same rows into a table that is unlogged, and empty before each. */
export async function compareDecoders(options: DecodeOptions): Promise<Report> {
  return await withPlace(async (place) => {
    const url = options.url ?? (await place.startPostgres());
    const client = await connect(url);
    try {
      return await compareOn(client, url, place.folder, options);
    } finally {
      await client.query(`drop table if exists ${TARGET}`);
      await client.end();
    }
  });
}

async function compareOn(client: pg.Client, url: string, folder: string, options: DecodeOptions): Promise<Report> {
  const { table = BENCH_TABLE, rounds } = options;
  const psql = await findPsql();
  if (psql === undefined) throw new Error('there is no psql, which is what all is measured by; install it');
  if (options.table === undefined) await generateTable(client, options.rows);
  const source: Task = { way: 'transcoder', codec: 'null', url, table, contract: await contractJson(client, table) };
  await client.query(`drop table if exists ${TARGET}`);
  await client.query(`create unlogged table ${TARGET} as ${queryOf(source)} with no data`);
  const copyFile = join(folder, 'rows.copy');
  await run('psql', ['-X', '-qc', `\\copy (${queryOf(source)}) to '${copyFile}' (format binary)`, url]);
  let rows = 0;
  for (const codec of CODECS) {
    const transcoding = await openTranscoding(client, { ...source, codec });
    await pipeline(transcoding.file(), createWriteStream(join(folder, `${codec}.avro`)));
    rows = transcoding.counts.encoded;
  }
  const program = await bundleLoader(folder);
  const emptied = async (measure: () => Promise<Measure>): Promise<Measure> => {
    await client.query(`truncate ${TARGET}`);
    const measured = await measure();
    const { rows: counted } = await client.query<{ n: string }>(`select count(*) as n from ${TARGET}`);
    if (Number(counted[0]?.n) !== rows) throw new Error(`${counted[0]?.n} rows of ${rows} are there`);
    return measured;
  };
  const contenders = [
    { way: 'psql', measure: async () => await emptied(async () => await loadWithPsql(url, copyFile)) },
    ...CODECS.map((codec) => {
      const task = { url, table: TARGET, file: join(folder, `${codec}.avro`), contract: source.contract };
      return { way: `transcoder, ${codec}`, measure: async () => await emptied(async () => await load(program, task)) };
    }),
  ];
  const outcomes = await takeTurns(contenders, rows, rounds);
  const { rows: server } = await client.query<{ server_version: string }>('show server_version');
  const machine = describeMachine({ postgres: server[0]?.server_version ?? '', limit: psql });
  const note = 'of a file into an unlogged table; the first is psql with a file of COPY BINARY';
  return { machine, table, rows, rounds, sections: [{ title: 'Loading', note, outcomes }] };
}

async function load(program: string, task: LoadTask): Promise<Measure> {
  const started = performance.now();
  const { stdout } = await run(process.execPath, [program, JSON.stringify(task)]);
  const processSeconds = (performance.now() - started) / 1000;
  return { ...(JSON.parse(stdout) as Omit<Measure, 'processSeconds'>), processSeconds };
}

/** It takes the time of the COPY itself. */
async function loadWithPsql(url: string, file: string): Promise<Measure> {
  const started = performance.now();
  const copy = `\\copy ${TARGET} from '${file}' (format binary)`;
  const { stdout } = await run('psql', ['-X', '-v', 'ON_ERROR_STOP=1', '-c', '\\timing on', '-c', copy, url]);
  const [, milliseconds = ''] = /^Time: ([\d.,]+) ms/m.exec(stdout) ?? [];
  const seconds = Number(milliseconds.replace(',', '.')) / 1000;
  const to = performance.timeOrigin + performance.now();
  const span = [to - seconds * 1000, to] as const;
  const processSeconds = (performance.now() - started) / 1000;
  return { rows: 0, bytes: statSync(file).size, seconds, span, cpuSeconds: 0, peakMb: 0, processSeconds };
}

/** In one file, as a function is deployed: reading TypeScript takes memory that is not the transcoder's. */
async function bundleLoader(folder: string): Promise<string> {
  const outfile = join(folder, 'decode-main.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'decode-main.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
    logLevel: 'error',
    external: ['pg-native'],
    define: { __dirname: 'import.meta.dirname' },
    banner: { js: "import { createRequire as from } from 'node:module'; const require = from(import.meta.url);" },
  });
  return outfile;
}
