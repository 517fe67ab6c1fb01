import { beforeAll, describe, expect, test } from '@jest/globals';
import { moveCursor } from '../../functions/ledger/cursors.ts';
import { acquireLease } from '../../functions/ledger/leases.ts';
import type { Ledger } from '../../functions/ledger/ledger.ts';
import type { Queryable } from '../../functions/ledger/queryable.ts';
import { endTableRun, moveTableRun, readTableRun, recordCount, startRun } from '../../functions/ledger/runs.ts';
import { recordEncoded, recordSlices, sumSlices } from '../../functions/ledger/slices.ts';
import { nextState, OVER, type TableRunEvent, type TableRunState } from '../../functions/ledger/states.ts';
import { onceForTable } from '../../functions/runtime/once.ts';
import { createLedger, startLeasedRun } from '../support/ledger.ts';
import { bringTo } from './table-runs.ts';

type Key = { readonly runId: string; readonly table: string };
type Cause = (key: Key) => Promise<unknown>;

let ledger: Ledger;
beforeAll(async () => {
  ledger = await createLedger();
});

/** A stage, as its function does it: in the state that it expects, under a claim and the lease. */
const stage =
  (
    name: 'extract' | 'encode' | 'load' | 'audit' | 'merge',
    expected: readonly TableRunState[],
    commit: (tx: Queryable, key: Key) => Promise<TableRunState | undefined>,
  ): Cause =>
  async (key) =>
    await onceForTable(ledger, { ...key, stage: name, slice: 0 }, expected, async () => {
      return await Promise.resolve({ result: null, commit: async (tx) => await commit(tx, key) });
    });

const CAUSES: Readonly<Record<TableRunEvent, Cause>> = {
  triggered: async ({ runId, table }) =>
    await ledger.transaction(
      async (tx) => await startRun(tx, { runId, pipeline: 'p', tick: new Date(), manual: false }, [table]),
    ),
  wait: async (key) => await moveTableRun(ledger, key, ['pending'], 'queued'),
  skip: async (key) => await ledger.transaction(async (tx) => await endTableRun(tx, key, { state: 'skipped' })),
  planned: stage('extract', ['pending', 'queued'], async (tx, key) => {
    await recordSlices(tx, key, { cursorTo: 'b', slices: [{}] });
    return 'encoding';
  }),
  encoded: stage('encode', ['encoding'], async (tx, key) => {
    await recordSlices(tx, key, { cursorTo: 'b', slices: [{}] });
    const counts = { extracted: 5, encoded: 4, quarantined: 1 };
    await recordEncoded(tx, key, 0, { object: 'o', generation: '1', bytes: 9, ...counts });
    return (await sumSlices(tx, key)) ? 'loading' : undefined;
  }),
  loaded: stage('load', ['loading'], async (tx, key) => {
    await recordCount(tx, key, { loaded: 4 });
    return 'auditing';
  }),
  audited: stage('audit', ['auditing'], async () => await Promise.resolve('merging')),
  merged: stage('merge', ['merging'], async (tx, key) => {
    await recordCount(tx, key, { merged: 4 });
    await tx.query(`update table_run set cursor_to = 'b' where run_id = $1`, [key.runId]);
    await moveCursor(tx, key.runId, key.table);
    await endTableRun(tx, key, { state: 'succeeded' });
    return undefined;
  }),
  failed: async (key) =>
    await ledger.transaction(async (tx) => await endTableRun(tx, key, { state: 'failed', reason: 'why' })),
  overtaken: async ({ runId, table }) => {
    await ledger.query(`update lease set expires_at = now() - interval '1 hour' where run_id = $1`, [runId]);
    const by = `${runId}-next`;
    return await ledger.transaction(async (tx) => {
      await startRun(tx, { runId: by, pipeline: 'p', tick: new Date(), manual: false }, [table]);
      return await acquireLease(tx, { pipeline: 'p', table, runId: by });
    });
  },
};

const states = Object.keys(nextState) as TableRunState[];
const events = Object.keys(CAUSES) as TableRunEvent[];
const PAIRS = states.flatMap((state) => events.map((event) => [state, event, nextState[state][event]] as const));
let runs = 0;

/** A table run in a state, with what goes with it: who is over has no lease any more. */
async function tableRunIn(state: TableRunState): Promise<Key> {
  const key = { runId: `run-${(runs += 1)}`, table: `t${runs}` };
  await startLeasedRun(ledger, key.runId, [key.table]);
  await bringTo(ledger, key, state);
  if (OVER.includes(state)) {
    await ledger.query(`update run set state = $2, finished_at = now() where run_id = $1`, [key.runId, state]);
    await ledger.query(`update lease set run_id = null, expires_at = null where run_id = $1`, [key.runId]);
  }
  return key;
}

/** Everything that the ledger says of a run and that is no attempt to do something. */
async function everything({ runId, table }: Key): Promise<unknown> {
  const { rows } = await ledger.query(
    `select to_jsonb(r) as run, to_jsonb(t) as table_run,
            (select jsonb_agg(s) from slice s where s.run_id = r.run_id) as slices,
            (select jsonb_agg(c) from cursor c where c.run_id = r.run_id) as cursors,
            (select jsonb_agg(k) from task k where k.run_id = r.run_id and state = 'done') as done
       from run r join table_run t using (run_id) where run_id = $1 and table_name = $2`,
    [runId, table],
  );
  return rows[0];
}

describe('of a table run that is', () => {
  test.each(PAIRS.filter(([, , to]) => to !== undefined))('%s, %s makes one that is %s', async (state, event, to) => {
    const key = await tableRunIn(state);
    await CAUSES[event](key);
    expect((await readTableRun(ledger, key.runId, key.table))?.state).toBe(to);
  });

  test.each(PAIRS.filter(([, , to]) => to === undefined))('%s, %s changes nothing', async (state, event) => {
    const key = await tableRunIn(state);
    const before = await everything(key);
    // Some say no by what they answer, and some by an error; none by a change.
    await CAUSES[event](key).catch((error: unknown) => {
      expect(error).toMatchObject({ name: 'TerminalError', code: 'STATE_UNEXPECTED' });
    });
    expect(await everything(key)).toEqual(before);
  });
});

test('these are all the arrows there are', () => {
  const arrows = PAIRS.filter(([, event, to]) => to !== undefined && event !== 'failed' && event !== 'overtaken');
  expect(arrows.map((arrow) => arrow.join(' '))).toEqual([
    'pending wait queued',
    'pending skip skipped',
    'pending planned encoding',
    'queued skip skipped',
    'queued planned encoding',
    'encoding encoded loading',
    'loading loaded auditing',
    'auditing audited merging',
    'merging merged succeeded',
  ]);
  const open = states.filter((state) => !OVER.includes(state));
  for (const event of ['failed', 'overtaken'] as const) {
    expect(states.filter((state) => nextState[state][event] === 'failed')).toEqual(open);
  }
});

test('every state but the first is reached, and every state that is not over is left', () => {
  const reached = new Set(states.flatMap((state) => Object.values(nextState[state])));
  expect(states.filter((state) => !reached.has(state))).toEqual(['pending']);
  expect(OVER).toEqual(['succeeded', 'failed', 'skipped']);
});

test('the ledger knows these states and no others', async () => {
  const { rows } = await ledger.query<{ rule: string }>(
    `select pg_get_constraintdef(oid) as rule from pg_constraint where conname = 'table_run_state_check'`,
  );
  const known = [...(rows[0]?.rule ?? '').matchAll(/'(\w+)'/g)].map(([, state]) => state);
  expect(known.sort()).toEqual([...states].sort());
});
