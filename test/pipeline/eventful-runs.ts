import { expect } from '@jest/globals';
import { PubSub } from '@google-cloud/pubsub';
import { encode } from '../../functions/encode.ts';
import { extract } from '../../functions/extract.ts';
import { load } from '../../functions/load.ts';
import type { TickMessage } from '../../functions/messages/messages.ts';
import type { Log } from '../../functions/runtime/log.ts';
import { functionName, topicName } from '../../pipelines/model/names.ts';
import { localEnvironment } from '../../scripts/up/variables.ts';
import { cleanUp } from '../support/cleanup.ts';
import type { TestCloud } from '../support/cloud.ts';
import { applicationUrl } from '../support/library.ts';
import { execute } from '../support/postgres.ts';

const { projectId, name: environment } = localEnvironment;

/**
 * Runs of the library in which everything happens that there is to tell of.
 * @param print for the lines of what is called here, and not by the cloud's own functions
 */
export async function runEventfully(cloud: TestCloud, print: (line: string) => void): Promise<void> {
  await goodRun(cloud);
  await auditFails(cloud);
  await rowIsRejected(cloud);
  await tableIsHeld(cloud);
  await messagesThatNobodyCanDo();
  await tickFails(cloud);
  await runIsOvertaken(cloud, print);
}

async function goodRun(cloud: TestCloud): Promise<void> {
  await expect(cloud.run('library-generator')).resolves.toMatchObject({ state: 'succeeded' });
  await expect(cloud.run('library')).resolves.toMatchObject({ state: 'succeeded' });
}

async function auditFails(cloud: TestCloud): Promise<void> {
  await execute(applicationUrl(cloud), 'update books_table set stock = -1 where id in (1, 2)');
  await execute(applicationUrl(cloud), 'update library_member set age = 200 where id = 1');
  await expect(cloud.run('library')).resolves.toMatchObject({ state: 'failed' });
  await execute(applicationUrl(cloud), 'update books_table set stock = 1 where id in (1, 2)');
}

async function rowIsRejected(cloud: TestCloud): Promise<void> {
  const url = applicationUrl(cloud);
  await execute(url, `alter table library_member disable trigger touch`);
  await execute(url, `update library_member set created_at = 'infinity', updated_at = now() where id in (3, 4)`);
  await expect(cloud.run('library')).resolves.toMatchObject({ state: 'succeeded' });
  await execute(url, `update library_member set created_at = now(), updated_at = now() where id in (3, 4)`);
  await execute(url, `alter table library_member enable trigger touch`);
}

async function tableIsHeld(cloud: TestCloud): Promise<void> {
  const hold = async (by: string | null): Promise<void> => {
    await cloud.services.ledger.query(
      `update lease set run_id = $1, expires_at = now() + interval '1 hour' where table_name = 'rent'`,
      [by],
    );
  };
  await hold('somebody');
  await expect(cloud.run('library')).resolves.toMatchObject({ state: 'succeeded' });
  await hold(null);
}

async function messagesThatNobodyCanDo(): Promise<void> {
  const pubsub = new PubSub({ projectId });
  cleanUp(async () => {
    await pubsub.close();
  });
  for (const stage of ['extract', 'merge'] as const)
    await pubsub.topic(topicName(environment, stage)).publishMessage({ data: Buffer.from('not json') });
  // As Pub/Sub forwards one that is out of attempts.
  await pubsub.topic(topicName(environment, 'dead-letter')).publishMessage({
    data: Buffer.from('{"v":1,"kind":"load","runId":"nobody","table":"nothing"}'),
    attributes: { CloudPubSubDeadLetterSourceSubscription: functionName(environment, 'load') },
  });
}

/** A tick that comes to nothing has no tables that could tell of it. */
async function tickFails(cloud: TestCloud): Promise<void> {
  const message = {
    v: 1,
    kind: 'tick',
    pipeline: 'library',
    tables: ['nobody'],
    manual: { id: 'x1', at: '2026-11-20T08:00:00Z' },
  };
  const publisher = await cloud.services.publisher();
  await publisher.publish(topicName(environment, 'extract'), Buffer.from(JSON.stringify(message)));
  await expect(cloud.runOver('library-20261120T080000Z-mx1')).resolves.toMatchObject({ state: 'failed' });
}

/**
 * A call dies between its job and its commit, and finds the job done when it is called again; then nothing more is heard
 * of the run. The next one fails it, and moves what it would have moved.
 */
async function runIsOvertaken(cloud: TestCloud, print: (line: string) => void): Promise<void> {
  const log: Log = (severity, message, fields) => {
    print(JSON.stringify({ severity, message, ...fields }));
  };
  const services = { ...cloud.services, log };
  const delivery = { messageId: '1', publishTime: new Date(), data: Buffer.alloc(0), attributes: {} };
  const manual = { id: 'silent', at: new Date().toISOString() };
  const tick: TickMessage = { v: 1, kind: 'tick', pipeline: 'library', tables: ['rent'], manual };
  await execute(applicationUrl(cloud), 'update rent_table set return_date = return_date + 1 where id = 1');

  const [due] = await extract.run(tick, delivery, services);
  if (due?.message.kind !== 'extract') throw new Error('a tick is not followed by extract');
  const { runId, table } = due.message;
  const [slice] = await extract.run(due.message, delivery, services);
  if (slice?.message.kind !== 'encode') throw new Error('extract is not followed by encode');
  await encode.run(slice.message, delivery, services);
  const loading = { v: 1, kind: 'load', runId, table } as const;
  await load.run(loading, delivery, services);
  const { ledger: written } = cloud.services;
  await written.query(`delete from task where run_id = $1 and stage = 'load'`, [runId]);
  await written.query(`update table_run set state = 'loading' where run_id = $1`, [runId]);
  await load.run(loading, delivery, services);

  await written.query(`update lease set expires_at = now() where table_name = 'rent'`);
  await expect(cloud.run('library')).resolves.toMatchObject({ state: 'succeeded' });
  await expect(cloud.runOver(runId)).resolves.toMatchObject({ state: 'failed' });
}
