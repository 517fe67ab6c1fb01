import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { PubSub } from '@google-cloud/pubsub';
import { Storage } from '@google-cloud/storage';
import type { RunStatus } from '../../functions/ledger/status.ts';
import { bucketName, stagingTable, topicName } from '../../pipelines/model/names.ts';
import { applyPubSub } from '../../scripts/provision/pubsub.ts';
import { applyStorage } from '../../scripts/provision/storage.ts';
import { functionVariable, localEnvironment } from '../../scripts/up/variables.ts';
import { cleanUp } from '../support/cleanup.ts';
import { startTestCloud, type TestCloud } from '../support/cloud.ts';
import { applicationUrl, finalRows, libraryTables, sourceRows } from '../support/library.ts';
import { execute } from '../support/postgres.ts';
import { until } from '../support/until.ts';

const { projectId, name: environment } = localEnvironment;
let cloud: TestCloud;
let pubsub: PubSub;
let storage: Storage;

beforeAll(async () => {
  cloud = await startTestCloud();
  pubsub = new PubSub({ projectId });
  cleanUp(async () => {
    await pubsub.close();
  });
  storage = new Storage({ projectId });
});
beforeEach(async () => {
  await expect(cloud.run('library-generator')).resolves.toMatchObject({ state: 'succeeded' });
});

const tableOf = (run: RunStatus, name: string) => run.tables.find((table) => table.table === name);

/** The run can be repeated once the cause is gone, and then nothing is missing and nothing is double. */
async function expectNothingLost(): Promise<void> {
  await expect(cloud.run('library')).resolves.toMatchObject({ state: 'succeeded' });
  for (const table of libraryTables) expect(await finalRows(cloud, table)).toEqual(await sourceRows(cloud, table));
}

const functionUrl = (name: string): string => {
  const entryPoint = cloud.plan.functions.find((one) => one.name === name)?.entryPoint;
  return (entryPoint && cloud.env[functionVariable(entryPoint)]) ?? '';
};

describe('one clear error, and nothing is lost', () => {
  test('when the lake is missing', async () => {
    const lake = storage.bucket(bucketName(projectId, environment, 'lake'));
    await lake.deleteFiles();
    await lake.delete();
    const run = await cloud.run('library');
    expect(run).toMatchObject({ state: 'failed' });
    expect(run.reason).toMatch(
      /gs:\/\/alir-local-alir-local-lake failed: The specified bucket does not exist.*provision the environment again/,
    );
    await applyStorage(cloud.plan);
    await expectNothingLost();
  });

  test('when a topic is missing', async () => {
    await pubsub.topic(topicName(environment, 'load')).delete();
    const run = await cloud.run('library');
    expect(run).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/topic alir-local-load does not exist; provision/),
    });
    await pubsub.subscription('alir-local-load').delete(); // it hangs on the topic that was deleted
    await applyPubSub(cloud.plan, functionUrl);
    await expectNothingLost();
  });

  test('when the source table and the contract are at odds', async () => {
    await execute(applicationUrl(cloud), 'alter table books_table rename column stock to copies');
    const run = await cloud.run('library');
    expect(run).toMatchObject({ state: 'failed' });
    expect(tableOf(run, 'book')).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining(
        'public.books_table cannot fill contract library/book:\n- there is no column "stock"',
      ),
    });
    expect(tableOf(run, 'rent')).toMatchObject({ state: 'succeeded' });
    await execute(applicationUrl(cloud), 'alter table books_table rename column copies to stock');
    await expectNothingLost();
  });

  test('when the final table and the contract are at odds', async () => {
    const warehouse = await cloud.services.warehouse();
    const rows = await finalRows(cloud, 'member');
    await warehouse.query('CREATE TABLE library.kept AS SELECT * FROM library.member');
    await warehouse.query(
      'CREATE OR REPLACE TABLE library.member AS SELECT * EXCEPT (age), CAST(age AS STRING) AS age FROM library.kept',
    );
    const run = await cloud.run('library');
    expect(tableOf(run, 'member')).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(
        /table library.member and contract library\/member are at odds; change one of them:\n- age INTEGER REQUIRED: the table has age STRING/,
      ),
    });
    expect(await finalRows(cloud, 'member')).toHaveLength(rows.length);
    await warehouse.query('CREATE OR REPLACE TABLE library.member AS SELECT * FROM library.kept');
    await expectNothingLost();
  });

  test.each([
    ['no JSON', '{"v":1,', /not JSON/],
    ['another version', '{"v":2,"kind":"extract","runId":"r","table":"t"}', /does not fit its type: v/],
    [
      'an unknown pipeline',
      '{"v":1,"kind":"tick","pipeline":"nobody"}',
      /there is no pipeline "nobody"; there are: library-generator, library/,
    ],
    [
      'an unknown run',
      '{"v":1,"kind":"extract","runId":"nobody","table":"rent"}',
      /the ledger has no table run nobody \/ rent/,
    ],
  ])('when a message is malformed: %s', async (_, text, reason) => {
    await pubsub.topic(topicName(environment, 'extract')).publishMessage({ data: Buffer.from(text) });
    const letter = await until('the dead letter', async () => {
      const { rows } = await cloud.services.ledger.query<{ reason: string }>(
        'select reason from dead_letter where body = $1',
        [Buffer.from(text)],
      );
      return rows[0];
    });
    expect(letter.reason).toMatch(reason);
    await expectNothingLost();
  });

  test('when a check fails: nothing is merged, and the staging table keeps the rows until the next merge', async () => {
    await execute(applicationUrl(cloud), 'update books_table set stock = -1 where id = 1');
    const before = await finalRows(cloud, 'book');
    const run = await cloud.run('library');
    expect(tableOf(run, 'book')).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(
        /audit of library\/book failed: expect_column_values_to_be_between\(stock, 0\.\.\): 1 of \d+ unexpected/,
      ),
    });
    expect(await finalRows(cloud, 'book')).toEqual(before);
    const warehouse = await cloud.services.warehouse();
    const staged = async () => await warehouse.getTable('library_staging', stagingTable('book', run.runId));
    expect(await staged()).toBeDefined();
    await execute(applicationUrl(cloud), 'update books_table set stock = 1 where id = 1');
    await expectNothingLost();
    expect(await staged()).toBeUndefined();
  });

  test('when a row breaks the contract: it goes to quarantine with its values, and the rest goes on', async () => {
    await execute(
      applicationUrl(cloud),
      `insert into library_member (id, name, age) values (100000, 'From the future', 1)`,
    );
    await execute(applicationUrl(cloud), `alter table library_member disable trigger touch`);
    await execute(applicationUrl(cloud), `update library_member set created_at = 'infinity' where id = 100000`);
    const run = await cloud.run('library');
    const member = tableOf(run, 'member');
    expect(member).toMatchObject({ state: 'succeeded', quarantined: 1 });
    expect(member?.extracted).toBe((member?.encoded ?? 0) + 1);
    const [files] = await storage
      .bucket(bucketName(projectId, environment, 'quarantine'))
      .getFiles({ prefix: 'library/member/' });
    const [file] = files.filter((one) => one.name.includes(run.runId));
    const [content] = (await file?.download()) ?? [];
    expect(JSON.parse(content?.toString() ?? '')).toMatchObject({
      runId: run.runId,
      reason: expect.stringMatching(
        /field "created_at": infinity is outside of BigQuery \(years 0001 to 9999, finite\)/,
      ),
      row: { id: '100000', name: 'From the future', created_at: 'infinity' },
    });
    await execute(
      applicationUrl(cloud),
      `update library_member set created_at = now(), updated_at = now() where id = 100000`,
    );
    await execute(applicationUrl(cloud), `alter table library_member enable trigger touch`);
    await expectNothingLost();
  });

  test('when a table is still held by another run, the later one is skipped, and says by whom', async () => {
    await cloud.services.ledger.query(
      `update lease set run_id = 'somebody', fence = fence + 1, expires_at = now() + interval '1 hour' where table_name = 'rent'`,
    );
    const run = await cloud.run('library');
    expect(tableOf(run, 'rent')).toMatchObject({ state: 'skipped', reason: 'somebody still holds the table' });
    expect(run).toMatchObject({ state: 'succeeded' });
    await cloud.services.ledger.query(`update lease set run_id = null where table_name = 'rent'`);
    await expectNothingLost();
  });
});
