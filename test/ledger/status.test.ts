import { expect, test } from '@jest/globals';
import { recordLoad } from '../../functions/ledger/made-of.ts';
import { claimTask, releaseTask } from '../../functions/ledger/tasks.ts';
import { failRun } from '../../functions/runtime/failure.ts';
import { alir } from '../support/alir.ts';
import { createLedger, startLeasedRun } from '../support/ledger.ts';
import { stubServices } from '../unit/functions/runtime/stub-services.ts';

test('alir status says of a failure its class and its code, whose turn it is, and what to do', async () => {
  const ledger = await createLedger();
  await startLeasedRun(ledger, 'run-1', ['good', 'gone', 'slow']);
  await recordLoad(ledger, { runId: 'run-1', table: 'good' }, { jobId: 'alir-load-1', contract: 'c' });
  const message = { v: 1, kind: 'load', runId: 'run-1', table: 'gone' } as const;
  await failRun({ ...stubServices().services, ledger }, message, new Date(), 'the bucket is gone', {
    errorClass: 'terminal',
    code: 'RESOURCE_MISSING',
    text: 'the bucket is gone',
  });
  const key = { runId: 'run-1', table: 'slow', stage: 'load', slice: 0 } as const;
  const claim = await claimTask(ledger, key);
  if (claim.state !== 'claimed') throw new Error('not claimed');
  const text = 'BigQuery did not answer';
  await releaseTask(ledger, key, claim.token, { errorClass: 'transient', code: 'SERVICE_UNAVAILABLE', text });

  const env = { GOOGLE_CLOUD_PROJECT: 'p', ALIR_LEDGER_URL: ledger.url };
  const { stdout, stderr, code } = await alir(['status', 'run-1'], env);
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  const lines = stdout.split('\n').map((line) => line.trim().split(/ {2,}/));
  expect(lines.find(([table]) => table === 'gone')).toEqual(
    expect.arrayContaining(['failed', 'terminal RESOURCE_MISSING', 'the bucket is gone']),
  );
  expect(lines.find(([table]) => table === 'slow')).toEqual(
    expect.arrayContaining(['pending', 'transient SERVICE_UNAVAILABLE', text]),
  );
  expect(lines).toContainEqual(['good', 'alir-load-1']);
  // What passes by itself is nobody's turn.
  expect(lines.filter(([, whose]) => whose === 'yours' || whose === 'ours')).toEqual([
    ['RESOURCE_MISSING', 'yours', 'gone', expect.stringContaining('pulumi up')],
  ]);

  await failRun({ ...stubServices().services, ledger }, { ...message, table: 'slow' }, new Date(), 'gave up');
  await failRun({ ...stubServices().services, ledger }, { ...message, table: 'good' }, new Date(), 'also gone', {
    errorClass: 'terminal',
    code: 'RESOURCE_MISSING',
    text: 'also gone',
  });
  const all = (await alir(['status'], env)).stdout;
  expect(all).toMatch(/run-1 .* failed .* terminal RESOURCE_MISSING +also gone/);
  const one = (await alir(['status', 'run-1'], env)).stdout;
  expect(one).toMatch(/RESOURCE_MISSING +yours +gone, good +provision again/);
  expect(one).toMatch(/SERVICE_UNAVAILABLE +ours +slow +look at the status page/);
});
