import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  findDeadLetters,
  listDeadLetters,
  lockUnreplayed,
  markReplayed,
  readDeadLetters,
  recordDeadLetter,
  settledBy,
} from '../../functions/ledger/dead-letters.ts';
import type { Ledger } from '../../functions/ledger/ledger.ts';
import { startReplay } from '../../functions/ledger/replays.ts';
import { createLedger, startLeasedRun } from '../support/ledger.ts';
import { execute } from '../support/postgres.ts';
import { until } from '../support/until.ts';

let ledger: Ledger & { url: string };
beforeEach(async () => {
  ledger = await createLedger();
});

/** @param minutesAgo when it came */
async function keep(
  messageId: string,
  minutesAgo: number,
  facts: { runId?: string; table?: string } = {},
): Promise<void> {
  const letter = { messageId, runId: facts.runId, table: facts.table, reason: `reason ${messageId}`, attributes: {} };
  await recordDeadLetter(ledger, { ...letter, body: Buffer.from([0, 255]) });
  await ledger.query(
    `update dead_letter set received_at = clock_timestamp() - make_interval(mins => $2) where message_id = $1`,
    [messageId, minutesAgo],
  );
}
const ago = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);
const ids = (letters: readonly { messageId: string }[]): string[] => letters.map(({ messageId }) => messageId);

describe('dead letters', () => {
  test('are kept whatever is in them: what Postgres takes in no text is drawn, and the bytes stay', async () => {
    const awkward = 'a NUL \0 and half a pair \ud800';
    const letter = { messageId: `m${awkward}`, runId: undefined, table: undefined, reason: awkward };
    const body = Buffer.from('{"\0');
    expect(await recordDeadLetter(ledger, { ...letter, attributes: { [awkward]: awkward }, body })).toBe(true);
    const drawn = 'a NUL \u2400 and half a pair \ufffd';
    const [kept] = await listDeadLetters(ledger, {});
    expect(kept).toMatchObject({ messageId: `m${drawn}`, reason: drawn, attributes: { [drawn]: drawn }, body });
  });

  test('are listed from the newest, by time and table, with the pipeline of their run', async () => {
    await startLeasedRun(ledger, 'r');
    await keep('old', 90, { runId: 'r', table: 't' });
    await keep('new', 10, { runId: 'r', table: 'u' });
    await keep('stray', 30);
    expect(ids(await listDeadLetters(ledger, {}))).toEqual(['new', 'stray', 'old']);
    expect(ids(await listDeadLetters(ledger, { since: ago(60) }))).toEqual(['new', 'stray']);
    expect(ids(await listDeadLetters(ledger, { table: 't' }))).toEqual(['old']);
    expect(await findDeadLetters(ledger, ['old', 'absent', 'new'])).toMatchObject([
      { messageId: 'old', pipeline: 'p', runId: 'r', table: 't', body: Buffer.from([0, 255]), replayedAt: undefined },
      { messageId: 'new', pipeline: 'p' },
    ]);
    expect((await findDeadLetters(ledger, ['stray']))[0]?.pipeline).toBeUndefined();
  });

  test('that were replayed say by what, and are counted no more', async () => {
    for (const [index, id] of ['a', 'b'].entries()) await keep(id, index);
    expect(await readDeadLetters(ledger)).toEqual({ count: 2, newest: 'reason a' });
    await markReplayed(ledger, ['a'], 'run-1');
    expect(await readDeadLetters(ledger)).toEqual({ count: 1, newest: 'reason b' });
    expect(await findDeadLetters(ledger, ['a'])).toMatchObject([{ replayedBy: 'run-1', replayedAt: expect.any(Date) }]);
    await markReplayed(ledger, ['b'], 'run-2');
    expect(await readDeadLetters(ledger)).toEqual({ count: 0, newest: undefined });
  });

  test('are sent on by one of two people who do so at once', async () => {
    await keep('a', 0);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let locked: () => void = () => undefined;
    const first = new Promise<void>((resolve) => (locked = resolve));
    const one = ledger.transaction(async (tx) => {
      expect(await lockUnreplayed(tx, ['a', 'absent'])).toEqual(['a']);
      locked();
      await held;
      await markReplayed(tx, ['a'], 'run-1');
    });
    await first;
    const other = ledger.transaction(async (tx) => await lockUnreplayed(tx, ['a']));
    await waitForLock(ledger.url);
    release();
    await one;
    expect(await other).toEqual([]);
  });
});

/** Until somebody waits for a lock in this database. */
async function waitForLock(url: string): Promise<void> {
  await until('somebody to wait for a lock', async () => {
    const { rows } = await execute(
      url,
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return rows.length > 0 || undefined;
  });
}

describe('what a letter stands for is settled', () => {
  /** A run of the table, `minutes` after the letter came (before it, if negative), in a state. */
  async function ran(runId: string, minutes: number, state = 'succeeded'): Promise<void> {
    await startLeasedRun(ledger, runId);
    await ledger.query(
      `update table_run set state = $2, started_at = clock_timestamp() + make_interval(mins => $3), finished_at = clock_timestamp(),
              extracted = 0, encoded = 0, quarantined = 0, loaded = 0, merged = 0 where run_id = $1`,
      [runId, state, minutes],
    );
    await ledger.query('update lease set run_id = null');
  }
  const settled = async (table = 't', runId?: string): Promise<string | undefined> => {
    const [letter] = await findDeadLetters(ledger, ['a']);
    return letter && (await settledBy(ledger, { ...letter, runId }, { pipeline: 'p', table }));
  };
  beforeEach(async () => {
    await keep('a', 0);
  });

  test('by a run of its table that began later and succeeded', async () => {
    await ran('later', 1);
    expect(await settled()).toBe('later');
    expect(await settled('u')).toBeUndefined();
  });

  test.each([
    ['that began before it', -1, 'succeeded'],
    ['that failed', 1, 'failed'],
    ['that goes on', 1, 'merging'],
    ['that was skipped', 1, 'skipped'],
  ])('not by a run %s', async (_, minutes, state) => {
    await ran('other', minutes, state);
    expect(await settled()).toBeUndefined();
  });

  test('by its own run, when that succeeded after all', async () => {
    await ran('own', -1);
    expect(await settled('t', 'own')).toBe('own');
  });

  test('not by a run that read nothing but rejected rows again', async () => {
    await ran('again', 1);
    await startReplay(ledger, 'again', ['r']);
    expect(await settled()).toBeUndefined();
  });
});

test('the migration can be repeated', async () => {
  await keep('a', 0);
  const file = join(import.meta.dirname, '../../functions/ledger/migrations/0004_dead_letters.sql');
  await ledger.query(readFileSync(file, 'utf8'));
  expect(await readDeadLetters(ledger)).toMatchObject({ count: 1 });
});
