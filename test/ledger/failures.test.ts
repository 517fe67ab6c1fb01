import { beforeAll, describe, expect, test } from '@jest/globals';
import { recordDeadLetter } from '../../functions/ledger/dead-letters.ts';
import { lastWords } from '../../functions/ledger/last-words.ts';
import { acquireLease } from '../../functions/ledger/leases.ts';
import type { Ledger } from '../../functions/ledger/ledger.ts';
import { recordLoad, recordMerge } from '../../functions/ledger/made-of.ts';
import { startRun } from '../../functions/ledger/runs.ts';
import { readRun } from '../../functions/ledger/status.ts';
import { claimTask, completeTask, releaseTask, type TaskKey } from '../../functions/ledger/tasks.ts';
import type { Failure } from '../../functions/runtime/errors.ts';
import { failRun } from '../../functions/runtime/failure.ts';
import { createLedger, startLeasedRun } from '../support/ledger.ts';
import { stubServices } from '../unit/functions/runtime/stub-services.ts';
import { bringToEnd } from './table-runs.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await createLedger();
});

const message = (runId: string) => ({ v: 1, kind: 'load', runId, table: 't' }) as const;
const fail = async (runId: string, known?: Failure): Promise<void> => {
  await failRun({ ...stubServices().services, ledger }, message(runId), new Date(), 'what people are told', known);
};
const passing: Failure = { errorClass: 'transient', code: 'SERVICE_UNAVAILABLE', text: 'the bucket did not answer' };

/** A call that takes up a piece of work and fails. */
async function tryOnce(runId: string, failure: Failure, stage: TaskKey['stage'] = 'load'): Promise<string> {
  const key = { runId, table: 't', stage, slice: 0 };
  const claim = await claimTask(ledger, key);
  if (claim.state !== 'claimed') throw new Error(`not claimed: ${claim.state}`);
  await releaseTask(ledger, key, claim.token, failure);
  return claim.token;
}

const letter = async (runId: string, attributes: Record<string, string>): Promise<void> => {
  await recordDeadLetter(ledger, {
    messageId: runId,
    runId,
    table: 't',
    reason: 'no such bucket',
    attributes,
    body: Buffer.alloc(0),
  });
};

describe('a table run that fails keeps the class, the code and the words of its error, and so does its run', () => {
  const kept = async (runId: string) => {
    const run = await readRun(ledger, runId);
    expect(run).toMatchObject({ state: 'failed', reason: 'what people are told' });
    const [table] = run?.tables ?? [];
    expect(run?.failure).toEqual({ errorClass: table?.failure?.errorClass, code: table?.failure?.code });
    return table?.failure;
  };

  test('as the function says that gives it up', async () => {
    await startLeasedRun(ledger, 'told');
    await tryOnce('told', passing);
    const known: Failure = { errorClass: 'terminal', code: 'AUDIT_FAILED', text: 'three rows are wrong' };
    await fail('told', known);
    expect(await kept('told')).toEqual(known);
  });

  test('or its letter, when that is heard first', async () => {
    await startLeasedRun(ledger, 'letter');
    await tryOnce('letter', passing);
    await letter('letter', { alirCode: 'RESOURCE_MISSING' });
    await ledger.query(`update task set claimed_until = now() + interval '1 hour' where run_id = 'letter'`);
    await fail('letter');
    expect(await kept('letter')).toEqual({ errorClass: 'terminal', code: 'RESOURCE_MISSING', text: 'no such bucket' });
  });

  test('or the newest of what it was tried for, when Pub/Sub gave it up', async () => {
    await startLeasedRun(ledger, 'tried');
    await tryOnce('tried', { errorClass: 'unknown', code: 'UNCLASSIFIED', text: 'a bug' }, 'encode');
    await tryOnce('tried', passing);
    await letter('tried', { CloudPubSubDeadLetterSourceDeliveryCount: '10' });
    await fail('tried');
    expect(await kept('tried')).toEqual(passing);
  });

  test('or that Pub/Sub gave it up, when nobody has said anything', async () => {
    await startLeasedRun(ledger, 'silent');
    await claimTask(ledger, { runId: 'silent', table: 't', stage: 'load', slice: 0 });
    await fail('silent');
    expect(await kept('silent')).toEqual({ errorClass: 'transient', code: 'GAVE_UP', text: 'what people are told' });
  });

  test('an error of a version that kept no class is one that nobody foresaw', async () => {
    await startLeasedRun(ledger, 'before');
    await tryOnce('before', passing);
    await ledger.query(`update task set error_class = null, error_code = null where run_id = 'before'`);
    await fail('before');
    expect(await kept('before')).toEqual({ ...passing, errorClass: 'unknown', code: 'UNCLASSIFIED' });
  });

  test('one that was taken over says so', async () => {
    await startLeasedRun(ledger, 'overtaken', ['o']);
    await ledger.query(`update lease set expires_at = now() - interval '1 hour' where run_id = 'overtaken'`);
    await ledger.transaction(async (tx) => {
      await startRun(tx, { runId: 'by', pipeline: 'p', tick: new Date(), manual: false }, ['o']);
      await acquireLease(tx, { pipeline: 'p', table: 'o', runId: 'by' });
    });
    expect(await readRun(ledger, 'overtaken')).toMatchObject({
      failure: { errorClass: 'terminal', code: 'LEASE_LOST' },
      tables: [{ failure: { errorClass: 'terminal', code: 'LEASE_LOST', text: expect.stringContaining('no life') } }],
    });
  });

  test('and of a run with several tables, the one whose reason it tells', async () => {
    await startLeasedRun(ledger, 'several', ['t', 'u']);
    await bringToEnd(ledger, { runId: 'several', table: 'u' });
    await fail('several', passing);
    expect((await readRun(ledger, 'several'))?.failure).toBeUndefined();
    const other = { ...message('several'), table: 'u' };
    const known: Failure = { errorClass: 'terminal', code: 'JOB_FAILED', text: 'y' };
    await failRun({ ...stubServices().services, ledger }, other, new Date(), 'a reason that comes first', known);
    expect(await readRun(ledger, 'several')).toMatchObject({
      reason: 'a reason that comes first',
      failure: { errorClass: 'terminal', code: 'JOB_FAILED' },
    });
  });
});

test('a tick that cannot be done fails its run with its error', async () => {
  const { services } = stubServices();
  const tick = { v: 1, kind: 'tick', pipeline: 'library' } as const;
  const known: Failure = { errorClass: 'terminal', code: 'PIPELINE_UNKNOWN', text: 'x' };
  await failRun({ ...services, ledger }, tick, new Date('2026-11-20T09:15:01Z'), 'no such table', known);
  expect(await readRun(ledger, 'library-20261120T091500Z')).toMatchObject({
    state: 'failed',
    reason: 'no such table',
    failure: { errorClass: 'terminal', code: 'PIPELINE_UNKNOWN' },
  });
});

describe('while a table run goes on', () => {
  test('its attempts are counted, and its newest error is there until the work is done', async () => {
    await startLeasedRun(ledger, 'on');
    const table = async () => (await readRun(ledger, 'on'))?.tables[0];
    expect(await table()).toMatchObject({ attempts: 0, lastError: undefined, failure: undefined });
    await tryOnce('on', passing);
    await tryOnce('on', passing);
    expect(await table()).toMatchObject({ attempts: 2, lastError: passing, failure: undefined });
    const key = { runId: 'on', table: 't', stage: 'load', slice: 0 } as const;
    const claim = await claimTask(ledger, key);
    if (claim.state === 'claimed') await completeTask(ledger, key, claim.token, null);
    expect(await table()).toMatchObject({ attempts: 3, lastError: undefined });
    await expect(lastWords(ledger, 'on', 't')).resolves.toBeUndefined();
  });

  test('what it is made of is kept', async () => {
    await startLeasedRun(ledger, 'made');
    await recordLoad(ledger, { runId: 'made', table: 't' }, { jobId: 'l', contract: 'c' });
    await recordMerge(ledger, { runId: 'made', table: 't' }, { jobId: 'm', bytesBilled: 10_485_760 });
    expect((await readRun(ledger, 'made'))?.tables).toMatchObject([
      { loadJob: 'l', contract: 'c', mergeJob: 'm', bytesBilled: 10_485_760 },
    ]);
  });
});
