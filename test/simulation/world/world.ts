import { join } from 'node:path';
import pg from 'pg';
import { everyClient, type EveryService } from '../../../functions/runtime/clients/every.ts';
import { openServices } from '../../../functions/runtime/services.ts';
import { plan } from '../../../pipelines/model/plan.ts';
import type { Plan } from '../../../pipelines/model/resources.ts';
import { gateSources } from './source-gate.ts';
import { simulateTimers } from '../engine/timers.ts';
import { createDatabases, emptySource } from './databases.ts';
import { BIGQUERY_HOST, type Google, openGoogle, STORAGE_HOST } from './google.ts';
import { gateLedger } from './ledger-gate.ts';

const PROJECT = 'simulated';
const folder = join(import.meta.dirname, '..');

/** One worker's world; seeds use it one after another. */
export interface Stage {
  readonly plan: Plan;
  readonly google: Google;
  /** The services of the project, with every effect of theirs behind a gate. */
  readonly services: EveryService;
  /** Sessions of the simulation's own, which nobody counts as open transactions. */
  readonly ledger: pg.Client;
  readonly source: pg.Client;
  readonly writers: readonly pg.Client[];
  /** Hears of every change of the ledger. */
  onLedger(listener: () => Promise<void>): void;
  /** Empties everything. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

const WRITERS = 3;

/** @param server postgres://… of a server where databases may be made. Once in a process, after the hooks. */
export async function openStage(server: string): Promise<Stage> {
  process.env['STORAGE_EMULATOR_HOST'] = `http://${STORAGE_HOST}`;
  process.env['BIGQUERY_EMULATOR_HOST'] = `http://${BIGQUERY_HOST}`;
  process.env['METADATA_SERVER_DETECTION'] = 'none';
  simulateTimers();
  gateSources();
  const databases = await createDatabases(server);
  const google = await openGoogle(PROJECT);
  const open = openServices(
    {
      ...process.env,
      GOOGLE_CLOUD_PROJECT: PROJECT,
      ALIR_LEDGER_URL: databases.ledger,
      ALIR_POSTGRES_SIMULATED: databases.source,
      ALIR_PIPELINES: join(folder, 'pipelines'),
      ALIR_SCHEMAS: join(folder, 'schemas'),
    },
    everyClient,
  );
  let listener = async (): Promise<void> => {
    await Promise.resolve();
  };
  const services = {
    ...open,
    ledger: gateLedger(open.ledger, async () => {
      await listener();
    }),
    log: () => undefined,
  };
  await open.ledger.query('select 1'); // The first use makes the ledger's tables.
  const connect = async (connectionString: string): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString, application_name: 'simulation' });
    client.on('error', () => undefined); // The next query says it.
    await client.connect();
    await client.query(`set lock_timeout = '40ms'; set timezone = 'UTC'`);
    return client;
  };
  const ledger = await connect(databases.ledger);
  const source = await connect(databases.source);
  const writers: pg.Client[] = [];
  for (let n = 0; n < WRITERS; n += 1) writers.push(await connect(databases.source));
  const planned = plan(services.catalog, services.environment);
  return {
    plan: planned,
    google,
    services,
    ledger,
    source,
    writers,
    onLedger(to) {
      listener = to;
    },
    async reset() {
      await emptyLedger(ledger);
      for (const writer of writers) await writer.query('rollback');
      await emptySource(source);
      await google.reset(planned.buckets.map(({ name }) => name));
    },
    async close() {
      await open.close();
      for (const client of [ledger, source, ...writers]) await client.end();
      await google.close();
      await databases.drop();
    },
  };
}

async function emptyLedger(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ tables: string }>(
    `select string_agg(format('alir.%I', tablename), ', ') as tables from pg_tables
      where schemaname = 'alir' and tablename <> 'migration'`,
  );
  await client.query(`truncate ${rows[0]?.tables ?? ''}`);
}
