import { beforeAll, describe, expect, test } from '@jest/globals';
import { Storage } from '@google-cloud/storage';
import { audit } from '../../functions/audit.ts';
import { encode } from '../../functions/encode.ts';
import { extract } from '../../functions/extract.ts';
import { load } from '../../functions/load.ts';
import { merge } from '../../functions/merge.ts';
import { readCursor } from '../../functions/ledger/cursors.ts';
import { readTableRun } from '../../functions/ledger/runs.ts';
import { readEncoded } from '../../functions/ledger/slices.ts';
import { encodeMessageData, type Message, type Outgoing } from '../../functions/messages/messages.ts';
import { handle, type StageDefinition } from '../../functions/runtime/handle.ts';
import { bucketName } from '../../pipelines/model/names.ts';
import { localEnvironment } from '../../scripts/up/variables.ts';
import { startTestCloud, type TestCloud } from '../support/cloud.ts';
import { applicationUrl, finalRows, sourceRows } from '../support/library.ts';
import { execute } from '../support/postgres.ts';

/** The chain, driven by hand: every stage is a plain function, so a test can stop between two of them. */
const stages = new Map<string, unknown>(Object.entries({ extract, encode, load, audit, merge }));
const stageOf = (name: string): StageDefinition<Message> => stages.get(name) as StageDefinition<Message>;

let cloud: TestCloud;
let runs = 0;
let runId: string;

beforeAll(async () => {
  cloud = await startTestCloud();
  await expect(cloud.run('library-generator')).resolves.toMatchObject({ state: 'succeeded' });
  await expect(cloud.run('library')).resolves.toMatchObject({ state: 'succeeded' });
});

/** What a stage would publish. */
async function deliver({ stage, message }: Outgoing): Promise<Outgoing[]> {
  const delivery = { messageId: '1', publishTime: new Date(), data: encodeMessageData(message), attributes: {} };
  return await stageOf(stage).run(message, delivery, cloud.services);
}

/** Delivers a message as Pub/Sub would, through the handler. */
async function push({ stage, message }: Outgoing): Promise<void> {
  const data = encodeMessageData(message).toString('base64');
  const event = {
    id: '1',
    time: new Date().toISOString(),
    data: { message: { messageId: '1', publishTime: new Date().toISOString(), data } },
  };
  await handle(stageOf(stage), event, cloud.services);
}

/** Begins a run of the table `rent`, with one changed row, and goes on until `stage` is due. */
async function upTo(stage: 'encode' | 'load' | 'merge'): Promise<Outgoing> {
  await execute(applicationUrl(cloud), 'update rent_table set return_date = return_date + 1 where id = 1');
  const manual = { id: `h${(runs += 1)}`, at: new Date().toISOString() };
  const tick: Message = { v: 1, kind: 'tick', pipeline: 'library', manual, tables: ['rent'] };
  let [due] = await deliver({ stage: 'extract', message: tick });
  while (due && due.stage !== stage) [due] = await deliver(due);
  if (!due || due.message.kind === 'tick') throw new Error(`the chain ended before ${stage}`);
  ({ runId } = due.message);
  return due;
}

const stateOf = async (): Promise<string | undefined> =>
  (await readTableRun(cloud.services.ledger, runId, 'rent'))?.state;
const cursor = async (): Promise<string | undefined> =>
  (await readCursor(cloud.services.ledger, 'library', 'rent'))?.value;

describe('invariant 3: a redelivery', () => {
  test('of finished work publishes again what may have been lost, and nothing once the next stage is done', async () => {
    const encodeDue = await upTo('encode');
    const loadDue = await deliver(encodeDue);
    expect(loadDue).toEqual([{ stage: 'load', message: { v: 1, kind: 'load', runId, table: 'rent' } }]);
    expect(await deliver(encodeDue)).toEqual(loadDue);
    const auditDue = await deliver(loadDue[0] as Outgoing);
    expect(await deliver(encodeDue)).toEqual([]);
    expect(await deliver(loadDue[0] as Outgoing)).toEqual(auditDue);
    const mergeDue = await deliver(auditDue[0] as Outgoing);
    expect(await deliver(mergeDue[0] as Outgoing)).toEqual([]);
    for (const message of [encodeDue, ...loadDue, ...auditDue, ...mergeDue]) expect(await deliver(message)).toEqual([]);
    expect(await stateOf()).toBe('succeeded');
    expect(await finalRows(cloud, 'rent')).toEqual(await sourceRows(cloud, 'rent'));
  });

  test('while another delivery is at work is refused, and works once that has given up', async () => {
    const due = await upTo('load');
    await cloud.services.ledger.query(
      `insert into task (run_id, table_name, stage, slice, state, token, claimed_until)
       values ($1, 'rent', 'load', 0, 'claimed', gen_random_uuid(), clock_timestamp() + interval '1 hour')`,
      [runId],
    );
    await expect(deliver(due)).rejects.toMatchObject({ name: 'TransientError', code: 'CLAIMED_ELSEWHERE' });
    await cloud.services.ledger.query(
      `update task set claimed_until = clock_timestamp() where run_id = $1 and stage = 'load'`,
      [runId],
    );
    await expect(deliver(due)).resolves.toMatchObject([{ stage: 'audit' }]);
    await cloud.services.ledger.query(`update lease set run_id = null where table_name = 'rent'`);
  });
});

describe('a slice that is encoded again, because its call died before the commit', () => {
  test('leaves no row in quarantine that is well by then', async () => {
    const quarantine = new Storage({ projectId: localEnvironment.projectId }).bucket(
      bucketName(localEnvironment.projectId, localEnvironment.name, 'quarantine'),
    );
    /** Rows in each object. */
    const rejected = async (): Promise<number[]> => {
      const [files] = await quarantine.getFiles({ prefix: 'library/rent/' });
      const texts = await Promise.all(files.map(async (file) => (await file.download())[0].toString()));
      return texts.map((text) => text.split('\n').length - 1);
    };
    const due = await upTo('encode');
    await execute(applicationUrl(cloud), `update rent_table set return_date = 'infinity' where id = 1`);
    const loadDue = await deliver(due);
    expect(await rejected()).toEqual([1]);

    await cloud.services.ledger.query(`delete from task where run_id = $1 and stage = 'encode'`, [runId]);
    await cloud.services.ledger.query(`update slice set object = null where run_id = $1`, [runId]);
    await cloud.services.ledger.query(`update table_run set state = 'encoding' where run_id = $1`, [runId]);
    await execute(applicationUrl(cloud), `update rent_table set return_date = current_date where id = 1`);
    expect(await deliver(due)).toEqual(loadDue);
    // Written over and not removed, so that the call that is thought dead finds another generation than it saw.
    expect(await rejected()).toEqual([0]);
    await push(loadDue[0] as Outgoing);
    await cloud.runOver(runId);
    expect(await finalRows(cloud, 'rent')).toEqual(await sourceRows(cloud, 'rent'));
  });
});

describe('invariant 4: the cursor', () => {
  test('stays until the merge has committed, and moves with it', async () => {
    const before = await cursor();
    const due = await upTo('merge');
    expect(await cursor()).toBe(before);
    await deliver(due);
    expect(await cursor()).toBe((await readTableRun(cloud.services.ledger, runId, 'rent'))?.cursorTo);
    expect(await cursor()).not.toBe(before);
  });
});

describe('invariant 5: counts that do not reconcile', () => {
  test('fail the run before the merge, and the next run makes it good', async () => {
    const before = await finalRows(cloud, 'rent');
    const due = await upTo('load');
    await cloud.services.ledger.query(
      'update table_run set extracted = extracted + 1, encoded = encoded + 1 where run_id = $1',
      [runId],
    );
    await push(due);
    expect(await stateOf()).toBe('failed');
    expect((await cloud.runOver(runId)).reason).toMatch(/2 rows were encoded and 1 loaded into rent__library_/);
    expect(await finalRows(cloud, 'rent')).toEqual(before);
    await expect(cloud.run('library')).resolves.toMatchObject({ state: 'succeeded' });
    expect(await finalRows(cloud, 'rent')).toEqual(await sourceRows(cloud, 'rent'));
  });

  test('an object that is not the one that was committed is not loaded', async () => {
    const due = await upTo('load');
    const [slice] = await readEncoded(cloud.services.ledger, { runId, table: 'rent' });
    const lake = new Storage({ projectId: localEnvironment.projectId }).bucket(
      bucketName(localEnvironment.projectId, localEnvironment.name, 'lake'),
    );
    await lake.file(slice?.object ?? '').save('written by a call that had lost its claim', { resumable: true });
    await expect(deliver(due)).rejects.toMatchObject({
      name: 'TransientError',
      message: expect.stringContaining('was committed'),
    });
    await lake.file(slice?.object ?? '').delete();
    await push(due);
    expect((await cloud.runOver(runId)).reason).toMatch(/slice-00000\.avro is gone; run the pipeline again/);
  });
});

describe('invariant 6: a run whose table was taken over', () => {
  test('commits nothing, and the cursor stays', async () => {
    const before = await cursor();
    const due = await upTo('merge');
    await cloud.services.ledger.query(
      `update lease set run_id = 'somebody', fence = fence + 1 where table_name = 'rent'`,
    );
    await push(due);
    expect(await cloud.runOver(runId)).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/no longer holds library\/rent; nothing was committed/),
    });
    expect(await cursor()).toBe(before);
    await cloud.services.ledger.query(`update lease set run_id = null where table_name = 'rent'`);
    await expect(cloud.run('library')).resolves.toMatchObject({ state: 'succeeded' });
    expect(await finalRows(cloud, 'rent')).toEqual(await sourceRows(cloud, 'rent'));
  });
});

describe('invariant 7: nothing is acknowledged that was not done', () => {
  test('a passing error is thrown, so that Pub/Sub delivers again; the task keeps why', async () => {
    const due = await upTo('load');
    const broken = {
      ...cloud.services,
      warehouse: async () => await Promise.reject(new Error('BigQuery did not answer')),
    };
    const data = encodeMessageData(due.message).toString('base64');
    const event = { data: { message: { messageId: '1', publishTime: new Date().toISOString(), data } } };
    await expect(handle(load, event, broken)).rejects.toThrow('BigQuery did not answer');
    const { rows } = await cloud.services.ledger.query(
      `select error, state from task where run_id = $1 and stage = 'load'`,
      [runId],
    );
    expect(rows).toEqual([{ error: 'BigQuery did not answer', state: 'claimed' }]);
    await push(due); // …and now it does; the rest of the chain goes on by itself
    expect(await cloud.runOver(runId)).toMatchObject({ state: 'succeeded' });
  });
});
