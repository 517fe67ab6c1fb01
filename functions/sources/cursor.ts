import type pg from 'pg';
import { TerminalError } from '../runtime/errors.ts';
import { READER } from './postgres.ts';

/**
 * A session takes the time of its transaction a moment before others can see the transaction. Between reading the clock
 * and looking for open transactions we wait this long, in seconds: no session that is being served at all is still on
 * its way between the two.
 */
const VISIBILITY_LAG = 0.1;

/**
 * Where the run after this one must begin, so that it meets every row that this one cannot see: the start of the oldest
 * transaction that is still open, or now. Any open transaction counts, for one that has written nothing yet will stamp
 * its rows with its start. Call it before the snapshot is taken, in no transaction.
 *
 * While a transaction is prepared (two-phase commit), its start is nowhere to be read; it began after `current` was
 * computed, so the cursor stays there.
 * @param current the time that this run begins at
 * @param lag declared for the cursor, in seconds. Where open transactions cannot be seen it has to cover them, and
 *   `warning` says so; it is taken off when the next run reads
 * @returns a timestamptz as Postgres prints it
 * @throws TerminalError SOURCE_REFUSED where open transactions cannot be seen, and there is no lag
 */
export async function nextCursor(
  client: pg.Client,
  current: string,
  lag = 0,
): Promise<{ readonly at: string; readonly warning?: string }> {
  const blind = await scalar(client, BLINDNESS);
  if (blind !== '' && lag === 0) {
    const message = `the source does not show which transactions are open: ${blind}; or declare a lag that is longer than every transaction`;
    throw new TerminalError('SOURCE_REFUSED', message);
  }
  // One statement after the other: a transaction that begins between them is later than `now`.
  const now = await scalar(client, 'select clock_timestamp()::text');
  await scalar(client, `select pg_sleep(${VISIBILITY_LAG})::text`);
  const at = await scalar(
    client,
    `select (case when exists (select from pg_prepared_xacts where database = current_database()) then $2::timestamptz
             else greatest($2::timestamptz, least($1::timestamptz, min(xact_start))) end)::text
       from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and application_name <> '${READER}'
        and backend_type not in ('autovacuum worker', 'walsender')`,
    [now, current],
  );
  if (blind === '') return { at };
  const warning = `the source does not show which transactions are open: ${blind}. A transaction longer than the lag of ${lag} seconds loses its rows`;
  return { at, warning };
}

/** Whether the database's clock has been set back behind a time that it has shown. */
export async function isClockBehind(client: pg.Client, at: string): Promise<boolean> {
  return (await scalar(client, 'select (clock_timestamp() < $1::timestamptz)::text', [at])) === 'true';
}

const BLINDNESS = `
  select case when pg_is_in_recovery() then 'it is a replica, and the transactions that matter are open on the primary; read from the primary'
              when not pg_has_role(current_user, 'pg_read_all_stats', 'usage')
              then format('its user may not see them; run: GRANT pg_read_all_stats TO %I', current_user)
              when current_setting('track_activities') <> 'on' then 'track_activities is off; switch it on' end`;

async function scalar(client: pg.Client, sql: string, values: readonly string[] = []): Promise<string> {
  const { rows } = await client.query<[string | null]>({ text: sql, values: [...values], rowMode: 'array' });
  return rows[0]?.[0] ?? '';
}
