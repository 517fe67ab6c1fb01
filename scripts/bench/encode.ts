import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { build } from 'esbuild';
import pg from 'pg';
import type { CodecName } from '../../functions/transcoder/codecs.ts';
import { startPart } from '../up/part.ts';
import { BENCH_TABLE, contractJson, generateTable } from './table.ts';
import type { Measure, Task } from './ways.ts';

/**
 * How fast a table becomes an Avro file, beside what Postgres can send at all (`psql` copying to /dev/null) and beside
 * the usual way (rows through a cursor, avsc). All ways take turns, round by round, so that whatever else the machine
 * does hits all of them; what is printed are medians, and ratios. Usage: node scripts/bench/encode.ts
 * [--rows N] [--rounds N] [--json] [--table schema.name --url postgres://…]
 */
const run = promisify(execFile);
const CODECS: readonly CodecName[] = ['null', 'zstandard', 'snappy', 'deflate'];

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '2000000' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
    table: { type: 'string' },
    url: { type: 'string' },
  },
});

const folder = mkdtempSync(join(tmpdir(), 'alir-bench-'));
const postgres = options.url === undefined ? await startPostgres(folder) : undefined;
try {
  await bench(options.url ?? postgres?.url ?? '', options.table ?? BENCH_TABLE);
} finally {
  await postgres?.part.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function bench(url: string, table: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, options: '-c timezone=UTC' });
  await client.connect();
  if (options.table === undefined) await generateTable(client, Number(options.rows));
  const contract = await contractJson(client, table);
  const { rows: server } = await client.query<{ server_version: string }>('show server_version');
  const { rows: counted } = await client.query<{ n: string }>(`select count(*) as n from ${table}`);
  await client.end();

  const program = await bundle();
  const psql = await run('psql', ['--version']).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
  const limit = psql === undefined ? 'discard' : 'psql';
  const ways = [
    { name: `${limit} to nowhere`, measure: psql === undefined ? child('discard', 'null') : measurePsql },
    ...CODECS.map((codec) => ({ name: `transcoder, ${codec}`, measure: child('transcoder', codec) })),
    ...CODECS.map((codec) => ({ name: `cursor + avsc, ${codec}`, measure: child('cursor + avsc', codec) })),
  ];
  function child(way: Task['way'], codec: CodecName): () => Promise<Measure> {
    const task = JSON.stringify({ way, codec, url, table, contract } satisfies Task);
    return async () => JSON.parse((await run(process.execPath, [program, task])).stdout) as Measure;
  }
  async function measurePsql(): Promise<Measure> {
    const started = performance.now();
    const copy = spawn('psql', [url, '-qc', `copy ${table} to stdout (format binary)`], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [code] = (await once(copy, 'close')) as [number];
    if (code !== 0) throw new Error(`psql ended with ${code}`);
    return { rows: 0, bytes: 0, seconds: (performance.now() - started) / 1000, cpuSeconds: 0, peakMb: 0 };
  }

  const measures = ways.map((): Measure[] => []);
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const [index, way] of ways.entries()) measures[index]?.push(await way.measure());
  }
  const rows = Number(counted[0]?.n);
  const limitSeconds = median((measures[0] ?? []).map(({ seconds }) => seconds));
  const results = ways.map(({ name }, index) => {
    const all = measures[index] ?? [];
    const seconds = median(all.map((one) => one.seconds));
    return {
      way: name,
      seconds: round(seconds, 2),
      'k rows/s': Math.round(rows / seconds / 1000),
      'of the limit': round(limitSeconds / seconds, 2),
      'CPU seconds': round(median(all.map(({ cpuSeconds }) => cpuSeconds)), 2),
      'peak MB': Math.round(Math.max(...all.map(({ peakMb }) => peakMb))),
      MB: Math.round((all[0]?.bytes ?? 0) / 1e6),
    };
  });
  const machine = {
    cpu: `${cpus().length} × ${cpus()[0]?.model ?? ''}`,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    postgres: server[0]?.server_version,
    limit: psql ?? 'a socket whose bytes are thrown away',
  };
  if (options.json)
    process.stdout.write(`${JSON.stringify({ machine, table, rows, rounds: Number(options.rounds), results })}\n`);
  else {
    console.log(`${table}: ${rows} rows; ${Object.values(machine).join(', ')}; medians of ${options.rounds}`);
    console.table(results);
  }
}

/** In one file, as a function is deployed: reading TypeScript takes memory that is not the transcoder's. */
async function bundle(): Promise<string> {
  const outfile = join(folder, 'way.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'way-main.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
    logLevel: 'error',
    external: ['pg-native'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  return outfile;
}

async function startPostgres(home: string): Promise<{ url: string; part: Awaited<ReturnType<typeof startPart>> }> {
  const part = await startPart({
    name: 'postgres',
    file: join(import.meta.dirname, '../../emulators/postgres/main.ts'),
    env: {},
    logFile: join(home, 'postgres.log'),
  });
  const { PGHOST = '', PGPORT = '', PGUSER = '', PGPASSWORD = '' } = part.env;
  return { url: `postgres://${PGUSER}:${PGPASSWORD}@${PGHOST}:${PGPORT}/postgres`, part };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
