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

/** Keeps a dead letter; one that is delivered twice is kept once. @returns true when it was not kept yet */
export async function recordDeadLetter(db: Queryable, letter: DeadLetter): Promise<boolean> {
  const { rowCount } = await db.query(
    `insert into dead_letter (message_id, run_id, table_name, reason, attributes, body) values ($1, $2, $3, $4, $5, $6)
     on conflict (message_id) do nothing`,
    [letter.messageId, letter.runId ?? null, letter.table ?? null, letter.reason, letter.attributes, letter.body],
  );
  return rowCount === 1;
}

/** How many messages no function could do, and why the newest could not. */
export async function readDeadLetters(db: Queryable): Promise<{ count: number; newest: string | undefined }> {
  const { rows } = await db.query<{ count: string; newest: string | null }>(
    `select count(*) as count, (select reason from dead_letter order by received_at desc limit 1) as newest from dead_letter`,
  );
  return { count: Number(rows[0]?.count ?? 0), newest: rows[0]?.newest ?? undefined };
}
