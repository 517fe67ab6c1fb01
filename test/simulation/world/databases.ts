import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** The two databases of one worker: the ledger's, and the source that the pipelines read. */
export interface Databases {
  readonly ledger: string;
  readonly source: string;
  drop(): Promise<void>;
}

/**
 * Fat rows, so that a few of them fill a block and an update moves its row to another one; no autovacuum, whose timing
 * nobody controls. `pg_sleep` is hidden: the wait before the cursor's bound is read is for sessions that are on their
 * way, and here none is, for the scheduler does one thing at a time.
 */
const TABLES = `
  drop table if exists item, note, rarity;
  create table item (
    id bigint primary key, version bigint not null, name text, big bigint, due date, seen timestamp, flag boolean,
    payload bytea, created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
    padding text not null default repeat('x', 900)) with (autovacuum_enabled = off);
  alter table item alter column padding set storage plain;
  create table note (
    id bigint primary key, version bigint not null, name text, due date,
    created_at timestamptz not null default now(), updated_at timestamptz not null default now()
  ) with (autovacuum_enabled = off);
  create table rarity (like note including all) with (autovacuum_enabled = off);
`;
const NO_SLEEP = `
  create function public.pg_sleep(double precision) returns void language sql as 'select';
`;

export async function createDatabases(server: string): Promise<Databases> {
  const suffix = randomBytes(6).toString('hex');
  const names = { ledger: `simulation_ledger_${suffix}`, source: `simulation_source_${suffix}` };
  const role = `simulation_${suffix}`;
  // Every slice opens a session of its own, and a password is meant to be slow to try.
  await execute(server, `set scram_iterations = 1; create role ${role} superuser login password '${role}'`);
  const url = (name: string): string =>
    Object.assign(new URL(server), { pathname: `/${name}`, username: role, password: role }).toString();
  for (const name of Object.values(names)) await execute(server, `create database ${name}`);
  await execute(server, `alter database ${names.source} set search_path = public, pg_catalog`);
  await execute(url(names.source), NO_SLEEP);
  return {
    ledger: url(names.ledger),
    source: url(names.source),
    async drop() {
      await withClient(url(names.source), rollBackPrepared);
      for (const name of Object.values(names)) await execute(server, `drop database if exists ${name} with (force)`);
      await execute(server, `drop role ${role}`);
    },
  };
}

/** Makes the source's tables anew, without statistics: what a planner remembers of one seed is none of the next one's. */
export async function emptySource(client: pg.Client): Promise<void> {
  await rollBackPrepared(client);
  await client.query(TABLES);
}

/** A table that a prepared transaction has written cannot be dropped, nor can its database. */
async function rollBackPrepared(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ gid: string }>(
    'select gid from pg_prepared_xacts where database = current_database()',
  );
  for (const { gid } of rows) await client.query(`rollback prepared ${pg.escapeLiteral(gid)}`);
}

export async function execute(url: string, ...statements: readonly string[]): Promise<void> {
  await withClient(url, async (client) => {
    for (const sql of statements) await client.query(sql);
  });
}

async function withClient(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
