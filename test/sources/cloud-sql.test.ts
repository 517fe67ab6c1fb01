import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import type { Emulator } from '../../emulators/kit/emulator.ts';
import { start } from '../../emulators/postgres/index.ts';
import { openLedger } from '../../functions/ledger/ledger.ts';
import { startRun } from '../../functions/ledger/runs.ts';
import { readSettings, type Settings } from '../../functions/runtime/settings.ts';
import { nextCursor } from '../../functions/sources/cursor.ts';
import { BEGINNING } from '../../functions/sources/position.ts';
import { withReader, withWriter } from '../../functions/sources/postgres.ts';
import { describeColumns } from '../../functions/transcoder/columns.ts';
import { loadFile } from '../../functions/transcoder/load-file.ts';
import { compilePlan } from '../../functions/transcoder/plan.ts';
import type { Rejection } from '../../functions/transcoder/rows.ts';
import { Transcoding } from '../../functions/transcoder/transcode.ts';
import { execute } from '../support/postgres.ts';
import { piecesOf } from '../unit/functions/transcoder/pieces-of.ts';
import { contractOf } from '../unit/records.ts';

/**
 * A Postgres set up as Cloud SQL is: a certificate that its own authority has signed for a name, users that are service
 * accounts and members of cloudsqlsuperuser, a token for a password. The token comes from a metadata server, which
 * Google's own library asks, as it does in Cloud Run.
 */
const folder = mkdtempSync(join(tmpdir(), 'alir-cloud-sql-'));
const user = (name: string): string => `alir-prod-${name}@a-project.iam`;
const TOKEN = 'ya29.a-token';
const certificates = makeCertificates();
const testWithTls = certificates ? test : test.skip;
if (!certificates) console.warn('skipped: Cloud SQL logins need the openssl command to make a certificate');

let postgres: Emulator | undefined;
let metadata: Server | undefined;
let admin: string;
const before = { ...process.env };
beforeAll(async () => {
  if (!certificates) return;
  metadata = createServer((_, response) => {
    response.setHeader('metadata-flavor', 'Google').setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ access_token: TOKEN, expires_in: 3600, token_type: 'Bearer' }));
  }).listen(0, '127.0.0.1');
  await once(metadata, 'listening');
  const address = `127.0.0.1:${(metadata.address() as AddressInfo).port}`;
  Object.assign(process.env, { GCE_METADATA_HOST: address, METADATA_SERVER_DETECTION: 'assume-present' });
  Object.assign(process.env, { CLOUDSDK_CONFIG: folder, GOOGLE_APPLICATION_CREDENTIALS: '' });

  postgres = await start();
  const { PGHOST = '', PGPORT = '', PGUSER = '', PGPASSWORD = '' } = postgres.env;
  admin = `postgres://${PGUSER}:${PGPASSWORD}@${PGHOST}:${PGPORT}/postgres`;
  await serveTls(certificates);
  await execute(admin, 'create role cloudsqlsuperuser nologin createdb createrole');
  await execute(admin, 'grant pg_monitor to cloudsqlsuperuser');
  for (const name of ['generate', 'extract']) {
    await execute(admin, `create role "${user(name)}" login password '${TOKEN}' in role cloudsqlsuperuser`);
  }
  for (const database of ['alir', 'application'])
    await execute(admin, `create database ${database} owner cloudsqlsuperuser`);
});
afterAll(async () => {
  metadata?.close();
  await postgres?.stop();
  process.env = before;
  rmSync(folder, { recursive: true, force: true });
});

testWithTls('a function logs in by its token over TLS, and uses what another function has made', async () => {
  const generate = settingsOf('generate');
  const created = await withWriter(generate.source('application'), 'application', async (client) => {
    await client.query('create table thing (id int primary key, updated_at timestamptz not null default now())');
    return await client.query(
      'select ssl, session_user::text as login, current_user::text as acts_as from pg_stat_ssl where pid = pg_backend_pid()',
    );
  });
  expect(created.rows).toEqual([{ ssl: true, login: user('generate'), acts_as: 'cloudsqlsuperuser' }]);

  const extract = settingsOf('extract');
  await withReader(extract.source('application'), 'application', async (client) => {
    await client.query('select * from thing');
    // Needs pg_read_all_stats, which cloudsqlsuperuser has by way of pg_monitor.
    expect((await nextCursor(client, BEGINNING)).at).not.toBe(BEGINNING);
  });
});

describe('rows go over TLS', () => {
  const contract = contractOf({ id: 'int', name: 'string', more: ['null', 'string'] });

  /** The file of a table, for a consumer that makes Postgres wait; and the rows that are in no file. */
  async function transcode(client: pg.Client): Promise<{ file: Buffer; rejected: readonly Rejection[] }> {
    const rejected: Rejection[] = [];
    const plan = compilePlan(contract, 'many', await describeColumns(client, 'many'));
    const transcoding = new Transcoding(client, {
      plan,
      query: `select ${plan.select} from many order by id`,
      codec: 'zstandard',
      identity: 'the same',
      onRejected: async (rows) => {
        rejected.push(...rows);
        await setImmediate();
      },
    });
    const pieces: Buffer[] = [];
    for await (const piece of transcoding.file()) {
      pieces.push(piece);
      await setTimeout(2);
    }
    // The connection is pg's again.
    expect((await client.query(`select 'mine' as connection`)).rows).toEqual([{ connection: 'mine' }]);
    return { file: Buffer.concat(pieces), rejected };
  }

  testWithTls('out of Postgres, byte for byte as without it, and back into it', async () => {
    const extract = settingsOf('extract').source('application');
    await withWriter(extract, 'application', async (client) => {
      await client.query(
        `create table many as select id, case when id % 1000 > 0 then md5(id::text) end as name,
                case when id % 500 = 0 then repeat(md5(id::text), 3000) end as more from generate_series(1, 60000) as id`,
      );
      await client.query('create table back (id int, name text, more text)');
    });
    const encrypted = await withReader(extract, 'application', transcode);
    const plain = await withClear(transcode);
    expect(encrypted.rejected).toHaveLength(60);
    expect(encrypted.file.equals(plain.file)).toBe(true);
    const told = ({ position, reason, bytes }: Rejection): unknown[] => [position, reason, bytes.toString('base64')];
    expect(encrypted.rejected.map(told)).toEqual(plain.rejected.map(told));

    const stored = await withWriter(extract, 'application', async (client) => {
      const plan = compilePlan(contract, 'back', await describeColumns(client, 'back'));
      return await loadFile(client, { plan, table: 'back', file: piecesOf(encrypted.file, [10_000]) });
    });
    expect(stored).toBe(60_000 - 60);
    const differs = '(select * from many where name is not null except select * from back) limit 1';
    expect((await withClear(async (client) => await client.query(differs))).rows).toEqual([]);
  });

  async function withClear<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const url = Object.assign(new URL(admin), { pathname: '/application' }).toString();
    return await withWriter(url, 'application', work);
  }
});

testWithTls('the ledger that one function has migrated is the ledger of all', async () => {
  for (const name of ['generate', 'extract']) {
    const ledger = openLedger({ connection: settingsOf(name).ledger });
    const { rows } = await ledger.query(
      'select current_schema() as schema, count(*)::int as migrations from migration',
    );
    expect(rows).toMatchObject([{ schema: 'alir' }]);
    await ledger.transaction(async (tx) => {
      await startRun(tx, { runId: `run-of-${name}`, pipeline: name, tick: new Date(), manual: false }, []);
    });
    await ledger.close();
  }
});

testWithTls('a certificate of another authority is refused, before a token is sent', async () => {
  const { stranger = '' } = certificates ?? {};
  const settings = settingsOf('extract', { ALIR_POSTGRES_CA: stranger });
  const attempt = withReader(settings.source('application'), 'application', async () => {
    await Promise.resolve();
  });
  await expect(attempt).rejects.toThrow(/certificate/);
});

testWithTls('without the authority the setting is named', () => {
  expect(() => settingsOf('extract', { ALIR_POSTGRES_CA: '' })).toThrow('ALIR_POSTGRES_CA is not set');
});

function settingsOf(name: string, more: Readonly<Record<string, string>> = {}): Settings {
  const url = (database: string): string =>
    `postgres://${encodeURIComponent(user(name))}@127.0.0.1:${postgres?.env['PGPORT'] ?? ''}/${database}`;
  return readSettings({
    GOOGLE_CLOUD_PROJECT: 'a-project',
    ALIR_LEDGER_URL: url('alir'),
    ALIR_POSTGRES_APPLICATION: url('application'),
    ALIR_POSTGRES_IAM_HOST: '127.0.0.1',
    ALIR_POSTGRES_CA: certificates?.authority ?? '',
    ...more,
  });
}

/** Written by the server itself, for the files must belong to the account that it runs as. */
async function serveTls({ certificate, key }: { certificate: string; key: string }): Promise<void> {
  const write = async (name: string, text: string): Promise<void> => {
    const lines = text
      .trim()
      .split('\n')
      .map((line) => `'${line}'`);
    await execute(admin, `copy (select unnest(array[${lines.join(', ')}])) to program 'umask 077; cat > ${name}'`);
  };
  await write('server.crt', certificate);
  await write('server.key', key);
  await execute(admin, 'alter system set ssl = on');
  await execute(admin, 'select pg_reload_conf()');
}

/** An authority, a server's certificate that it has signed for a name that is no address, and another authority. */
function makeCertificates(): Record<'authority' | 'certificate' | 'key' | 'stranger', string> | undefined {
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  };
  const authority = (name: string): void => {
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.crt`,
    );
  };
  try {
    authority('authority');
    authority('stranger');
    openssl(
      'req',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-subj',
      '/CN=a-project:alir-prod',
      '-keyout',
      'server.key',
      '-out',
      'server.csr',
    );
    openssl(
      'x509',
      '-req',
      '-days',
      '2',
      '-in',
      'server.csr',
      '-CA',
      'authority.crt',
      '-CAkey',
      'authority.key',
      '-CAcreateserial',
      '-out',
      'server.crt',
    );
  } catch {
    return undefined;
  }
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  return {
    authority: read('authority.crt'),
    certificate: read('server.crt'),
    key: read('server.key'),
    stranger: read('stranger.crt'),
  };
}
