import type pg from 'pg';
import type { Position } from './position.ts';

/** A moment of a database, counted in transactions. Ids have 64 bits. */
export interface Moment {
  /** The oldest transaction that a snapshot of now cannot see, prepared ones included: all before it are over. */
  readonly since: string;
  /** The id that no transaction has yet. */
  readonly next: string;
  /** Which cluster counts, and since which restoration or promotion: ids of another history mean nothing here. */
  readonly history: string;
}

export async function readMoment(client: pg.Client): Promise<Moment> {
  const { rows } = await client.query<{ since: string; next: string; history: string }>(
    `select pg_snapshot_xmin(pg_current_snapshot())::text as since, pg_snapshot_xmax(pg_current_snapshot())::text as next,
            (select system_identifier from pg_control_system()) || '/' || (select timeline_id from pg_control_checkpoint()) as history`,
  );
  const [row] = rows;
  if (!row) throw new TypeError('a select without from gives one row');
  return row;
}

/**
 * Rows keep 32 bits of an id, so two of them can be told apart over 2^31 transactions. Half of that is left for those
 * that come while the run is under way. https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND
 */
const FARTHEST = 2n ** 30n;

/** Why what was written since then cannot be known; undefined when it can. */
export function whyUnknown(
  { since, history }: Extract<Position, { readonly since: string }>,
  moment: Moment,
): string | undefined {
  const distance = BigInt(moment.next) - BigInt(since);
  if (history !== moment.history || distance < 0n) {
    return `the source was restored or replaced since the last run: transaction ${since} of ${history} means nothing at ${moment.next} of ${moment.history}`;
  }
  if (distance <= FARTHEST) return undefined;
  return `the last run was ${distance} transactions ago, and the ids in rows cannot tell more than ${FARTHEST} apart`;
}
