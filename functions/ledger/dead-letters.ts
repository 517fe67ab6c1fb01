import { withoutNul } from '../runtime/errors.ts';
import type { Queryable } from './queryable.ts';

/** A message that no function could do, with its bytes. */
export interface DeadLetter {
  readonly messageId: string;
  readonly runId: string | undefined;
  readonly table: string | undefined;
  readonly reason: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A dead letter as the ledger keeps it. */
export interface KeptLetter extends DeadLetter {
  readonly receivedAt: Date;
  /** Of its run, if it has one. */
  readonly pipeline: string | undefined;
  readonly replayedAt: Date | undefined;
  /** The run that does its work, or the id of the message that brings an event again. */
  readonly replayedBy: string | undefined;
}

interface KeptRow {
  message_id: string;
  received_at: Date;
  run_id: string | null;
  table_name: string | null;
  pipeline: string | null;
  reason: string;
  attributes: Record<string, string>;
  body: Buffer;
  replayed_at: Date | null;
  replayed_by: string | null;
}

const SELECT = `
  select message_id, received_at, run_id, table_name, run.pipeline, dead_letter.reason, attributes, body, replayed_at, replayed_by
    from dead_letter left join run using (run_id)`;

/**
 * Keeps a dead letter; one that is delivered twice is kept once. Its body is kept byte for byte, and of its attributes
 * what Postgres can hold. @returns true when it was not kept yet
 */
export async function recordDeadLetter(db: Queryable, letter: DeadLetter): Promise<boolean> {
  const attributes = Object.entries(letter.attributes).map((attribute) => attribute.map(holdable));
  const { rowCount } = await db.query(
    `insert into dead_letter (message_id, run_id, table_name, reason, attributes, body) values ($1, $2, $3, $4, $5, $6)
     on conflict (message_id) do nothing`,
    [
      holdable(letter.messageId),
      letter.runId ?? null,
      letter.table ?? null,
      holdable(letter.reason),
      Object.fromEntries(attributes) as object,
      letter.body,
    ],
  );
  return rowCount === 1;
}

/** A jsonb takes half of a surrogate pair no more than a NUL. */
function holdable(text: string): string {
  return withoutNul(text).toWellFormed();
}

/** How many messages no function could do and nobody has sent on again, and why the newest could not be done. */
export async function readDeadLetters(db: Queryable): Promise<{ count: number; newest: string | undefined }> {
  const { rows } = await db.query<{ count: string; newest: string | null }>(
    `select count(*) as count, (array_agg(reason order by received_at desc))[1] as newest
       from dead_letter where replayed_at is null`,
  );
  return { count: Number(rows[0]?.count ?? 0), newest: rows[0]?.newest ?? undefined };
}

/** Those that came at or after an instant, the newest first. */
export async function listDeadLetters(
  db: Queryable,
  { since, table }: { readonly since?: Date | undefined; readonly table?: string | undefined },
): Promise<KeptLetter[]> {
  const { rows } = await db.query<KeptRow>(
    `${SELECT} where received_at >= coalesce($1::timestamptz, '-infinity') and table_name is not distinct from coalesce($2, table_name)
      order by received_at desc, message_id`,
    [since ?? null, table ?? null],
  );
  return rows.map(toLetter);
}

/** Those of the ids that there are, in the order of the ids. */
export async function findDeadLetters(db: Queryable, ids: readonly string[]): Promise<KeptLetter[]> {
  const { rows } = await db.query<KeptRow>(`${SELECT} where message_id = any($1)`, [ids]);
  const letters = new Map(rows.map((row) => [row.message_id, toLetter(row)]));
  return ids.flatMap((id) => letters.get(id) ?? []);
}

/**
 * Locks letters that are to be sent on again, so that of two people who do so at once the later one sees what the earlier
 * one did. @returns the ids of those that nobody has sent on yet
 */
export async function lockUnreplayed(tx: Queryable, ids: readonly string[]): Promise<string[]> {
  const { rows } = await tx.query<{ message_id: string; replayed_at: Date | null }>(
    'select message_id, replayed_at from dead_letter where message_id = any($1) order by message_id for update',
    [ids],
  );
  return rows.filter((row) => row.replayed_at === null).map((row) => row.message_id);
}

export async function markReplayed(tx: Queryable, ids: readonly string[], by: string): Promise<void> {
  await tx.query(
    'update dead_letter set replayed_at = clock_timestamp(), replayed_by = $2 where message_id = any($1)',
    [ids, by],
  );
}

/**
 * The newest run that has brought the table up to date since a letter came, or the letter's own, if it did succeed: what a
 * failed run would have read, the next one has. A run that read nothing but rejected rows
 * again has not, nor has one that looked for rows that are gone.
 */
export async function settledBy(
  db: Queryable,
  { runId, receivedAt }: Pick<KeptLetter, 'runId' | 'receivedAt'>,
  { pipeline, table }: { readonly pipeline: string; readonly table: string },
): Promise<string | undefined> {
  const { rows } = await db.query<{ run_id: string }>(
    `select run_id from table_run left join quarantine_replay using (run_id)
      where pipeline = $1 and table_name = $2 and state = 'succeeded'
        and (started_at >= $3 or run_id = $4) and runs is null
        and not exists (select from delete_run d where d.run_id = table_run.run_id)
      order by finished_at desc limit 1`,
    [pipeline, table, receivedAt, runId ?? null],
  );
  return rows[0]?.run_id;
}

function toLetter(row: KeptRow): KeptLetter {
  return {
    messageId: row.message_id,
    receivedAt: row.received_at,
    runId: row.run_id ?? undefined,
    table: row.table_name ?? undefined,
    pipeline: row.pipeline ?? undefined,
    reason: row.reason,
    attributes: row.attributes,
    body: row.body,
    replayedAt: row.replayed_at ?? undefined,
    replayedBy: row.replayed_by ?? undefined,
  };
}
