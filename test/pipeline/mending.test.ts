import { beforeAll, describe, expect, test } from '@jest/globals';
import { readCursor } from '../../functions/ledger/cursors.ts';
import { eventTopicName, topicName } from '../../pipelines/model/names.ts';
import { localEnvironment } from '../../scripts/up/variables.ts';
import type { TestCloud } from '../support/cloud.ts';
import { applicationUrl, finalRows, sourceRows } from '../support/library.ts';
import { execute } from '../support/postgres.ts';
import { until } from '../support/until.ts';
import { type CommandLine, commandLine, startMendingCloud } from './mending-cloud.ts';

/** From the alert to the mended data, with the command line, as docs/when-something-fails.md tells it. */
const { name: environment } = localEnvironment;
let cloud: TestCloud;
let line: CommandLine;

beforeAll(async () => {
  cloud = await startMendingCloud();
  line = commandLine(cloud);
  await expect(cloud.run('library-generator')).resolves.toMatchObject({ state: 'succeeded' });
});

const cli: CommandLine['cli'] = async (...args) => await line.cli(...args);
const out: CommandLine['out'] = async (...args) => await line.out(...args);
const json: CommandLine['json'] = async (...args) => await line.json(...args);

const sql = async (text: string): Promise<unknown> => (await execute(applicationUrl(cloud), text)).rows;

/** Changes members without their cursor's telling of it, as a wrong clock or a restored backup would. */
async function behindTheCursor(change: string): Promise<void> {
  await sql(`begin; alter table library_member disable trigger touch; ${change};
             alter table library_member enable trigger touch; commit`);
}
const cursor = async () => await readCursor(cloud.services.ledger, 'library', 'member');
const members = async (from: number): Promise<unknown[]> =>
  (await finalRows(cloud, 'member')).map(({ id }) => Number(id)).filter((id) => id >= from);
const addMembers = (from: number, to: number, createdAt: string): string =>
  `insert into library_member (id, name, age, created_at, updated_at)
   select id, 'Member ' || id, 30, ${createdAt}, now() from generate_series(${from}, ${to}) as id`;

describe('nothing has failed', () => {
  test('and the commands say so', async () => {
    expect(await out('dead-letters')).toBe('no dead letters: every message was done, or is being tried\n');
    expect(await out('quarantine')).toBe('nothing in quarantine: every row fitted its contract\n');
    expect(await out('quarantine', '--pipeline', 'library', '--since', '2026-11-20')).toBe(
      'nothing in quarantine of pipeline library, since 2026-11-20T00:00:00.000Z: every row fitted its contract\n',
    );
    expect(await out('replay', '--all')).toBe('nothing to replay\n');
    expect(await out('quarantine', 'replay', '--pipeline', 'library', '--table', 'library_member')).toBe(
      'nothing of library/member waits in quarantine\n',
    );
    expect(await json('dead-letters')).toEqual([]);
  });

  test.each([
    [['dead-letters', '--pipeline', 'libary'], 'there is no pipeline "libary"; there are: library-generator, library'],
    [
      ['quarantine', '--pipeline', 'library', '--table', 'x'],
      'pipeline library has no table "x"; it has: book, member',
    ],
    [['dead-letters', 'show', '7'], 'the ledger has no dead letter "7"; alir dead-letters lists them'],
    [['replay', '7'], 'the ledger has no dead letter "7"; alir dead-letters lists them. Nothing was replayed'],
    [['quarantine', 'show', 'x'], '"x" is neither <run>/<table> nor an object'],
    [['quarantine', 'show', 'x/y'], 'the ledger has no table run x/y'],
    [['quarantine', 'show', 'a/b.jsonl'], 'gs://alir-local-alir-local-quarantine/a/b.jsonl is gone'],
    [['quarantine', 'show', 'gs://other/b.jsonl'], 'gs://other/b.jsonl is not in the quarantine of this environment'],
    [
      ['quarantine', 'replay', '--pipeline', 'library-generator', '--table', 'x'],
      'pipeline library-generator generates; it has no quarantine',
    ],
    [['quarantine', 'replay', '--pipeline', 'purchases', '--table', 'x'], '"purchases" is an event pipeline'],
    [
      ['quarantine', 'replay', '--pipeline', 'library', '--table', 'member', '--run', 'x'],
      'run x has no rejected rows of library/member',
    ],
  ])('and what is asked for wrongly is told so: %j', async (args, message) => {
    const { code, stdout, stderr } = await cli(...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('rows in quarantine', () => {
  let run: string;

  test('are listed with their reasons, and shown', async () => {
    await behindTheCursor(addMembers(1001, 1003, `'infinity'`));
    const { state, runId } = await cloud.run('library');
    expect(state).toBe('succeeded');
    run = runId;
    expect(await members(1001)).toEqual([]);
    expect(await json('quarantine', '--table', 'member', '--since', '1h')).toMatchObject([
      {
        runId,
        table: 'member',
        rejected: 3,
        fate: 'waiting',
        reasons: [{ rows: 3, rule: expect.stringMatching(/^field "created_at": … is outside of BigQuery/) }],
      },
    ]);
    const text = await out('quarantine', '--run', runId);
    expect(text).toContain(`${runId}/member`);
    expect(text).toMatch(/ 3 {2}waiting\n/);
    expect(text).toMatch(/e\.g\. field "created_at": infinity is outside of BigQuery/);
    expect(text).toContain('alir quarantine replay --pipeline library --table member');
    expect(await out('quarantine', 'show', `${runId}/member`)).toMatch(
      /row \d+: field "created_at": infinity is .*\n {4}\{"id":"1001","name":"Member 1001".*\n(?:.*\n){4}$/,
    );
    const { stdout, stderr } = await cli('quarantine', 'show', `${runId}/member`, '--limit', '1', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ runId, row: { id: '1001' } });
    expect(stderr).toBe('… and more: --limit 10\n');
  });

  test('are read again by their keys, as they are now: corrected, deleted, or as bad as before', async () => {
    await behindTheCursor(`update library_member set created_at = now(), updated_at = '2020-01-01' where id = 1001;
                           delete from library_member where id = 1002`);
    const before = await cursor();
    expect(before?.value).toMatch(/20\d\d-/);
    await cloud.run('library'); // reads what is new, and these are not
    expect(await members(1001)).toEqual([]);

    const replay = ['quarantine', 'replay', '--pipeline', 'library', '--table', 'member'];
    expect(await out(...replay, '--dry-run')).toBe(`would run library: member, 3 rejected rows of ${run}\n`);
    const moved = await cursor();
    const text = await out(...replay, '--wait');
    expect(text).toContain(
      `${run}/member: replayed by ${/^\S+(?=:)/.exec(text)?.[0] ?? ''}: 1 of 3 came through, 1 no longer in the source, 1 rejected again\n`,
    );
    expect(await members(1001)).toEqual([1001]);
    expect(await cursor()).toEqual(moved);
    expect(await json('quarantine', '--table', 'member')).toMatchObject([
      { rejected: 1, fate: 'waiting' },
      { runId: run, fate: 'replayed', replay: { rows: 3, gone: 1, rejected: 1 } },
    ]);
    const { code, stderr } = await cli(...replay, '--run', run);
    expect(code).toBe(1);
    expect(stderr).toContain('--again does it once more');
    expect(await out(...replay, '--run', run, '--again', '--dry-run')).toContain(`3 rejected rows of ${run}`);
  });

  test('that several runs rejected are read once, and count for each of them', async () => {
    await behindTheCursor(`update library_member set updated_at = now() where id = 1003`);
    const { runId } = await cloud.run('library');
    await behindTheCursor(`update library_member set created_at = now(), updated_at = '2020-01-01' where id = 1003`);
    await out('quarantine', 'replay', '--pipeline', 'library', '--table', 'member', '--wait');
    expect(await members(1001)).toEqual([1001, 1003]);
    const entries = (await json('quarantine', '--table', 'member')) as { runId: string; fate: string }[];
    expect(entries).toHaveLength(3);
    expect(entries).toMatchObject([
      { runId, fate: 'replayed', replay: { rows: 1, gone: 0, rejected: 0 } },
      { fate: 'replayed', replay: { rows: 1, gone: 0, rejected: 0 } },
      { runId: run, fate: 'replayed' },
    ]);
    expect(await out('quarantine', '--run', runId)).toMatch(/replayed by \S+: 1 of 1 came through\n/);
    expect(await finalRows(cloud, 'member')).toEqual(await sourceRows(cloud, 'member'));
  });
});

describe('too many rejected rows', () => {
  let run: string;
  const letters = async () => (await json('dead-letters')) as { id: string; runId?: string }[];

  test('stop the run before the merge, over all its slices, and the cursor stays', async () => {
    const [rows, before] = [await finalRows(cloud, 'member'), await cursor()];
    await behindTheCursor(addMembers(2001, 2120, `'infinity'`));
    const { runId, state, tables } = await cloud.run('library');
    run = runId;
    expect(state).toBe('failed');
    expect(tables.find(({ table }) => table === 'member')).toMatchObject({ state: 'failed', quarantined: 120 });
    expect(tables.find(({ table }) => table === 'member')?.reason).toMatch(
      /^library\/member: 120 of 120 rows break the contract, most often \(120\) by: field "created_at": … is outside.*\. At most 100 may \(quarantine: \{ rows: 100, share: 0\.05 \} of the table\).*gs:\/\/.*\/library\/member\/dt=.*alir run library --table member$/,
    );
    const slices = await cloud.services.ledger.query(
      `select quarantined from slice where run_id = $1 and table_name = 'member'`,
      [runId],
    );
    expect(slices.rows.length).toBeGreaterThan(1);
    expect(await finalRows(cloud, 'member')).toEqual(rows);
    expect(await cursor()).toEqual(before);
    expect(await out('quarantine', '--run', runId)).toContain('its run failed, so the next one reads them again');
  });

  test('leave a dead letter, which says everything', async () => {
    const [letter] = await until('the letter', async () => {
      const found = await letters();
      return found.length > 0 ? found : undefined;
    });
    expect(letter).toMatchObject({ giver: 'load', pipeline: 'library', table: 'member', runId: run });
    const id = letter?.id ?? '';
    expect(await out('dead-letters', '--table', 'member', '--pipeline', 'library')).toMatch(
      new RegExp(`^${id} .* load +${run}/member +waiting +library/member: 120 of 120 .*…\n`, 'm'),
    );
    expect(await out('dead-letters', '--table', 'book')).toContain('no dead letters of table book');
    expect(await out('dead-letters', 'show', id)).toMatch(
      /attribute alirCode +TOO_MANY_REJECTED\n[^]*\n {2}"kind": "load",\n/,
    );
    expect(await json('dead-letters', 'show', id)).toMatchObject({
      attributes: { alirCode: 'TOO_MANY_REJECTED' },
      body: { json: { v: 1, kind: 'load', runId: run, table: 'member' } },
    });
  });

  test('are moved by a replay once they are mended: one run of the table', async () => {
    await behindTheCursor(`update library_member set created_at = now() where id > 2000`);
    const id = (await letters())[0]?.id ?? '';
    expect(await out('replay', id, '--dry-run')).toBe(`would run library: member, for ${id}\n`);
    expect(await letters()).not.toMatchObject([{ replayedAt: expect.anything() }]);
    const text = await out('replay', id, '--wait');
    const [, by = ''] = new RegExp(`^(\\S+): run library: member, for ${id}\n`).exec(text) ?? [];
    expect(text).toMatch(/\nsucceeded in /);
    expect(await finalRows(cloud, 'member')).toEqual(await sourceRows(cloud, 'member'));
    expect(await letters()).toMatchObject([{ id, replayedBy: by, replayedAt: expect.any(String) }]);
    const { code, stderr } = await cli('replay', id);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`^${id}: not replayed: it was replayed at .* by ${by}; --again does it once more\n$`),
    );
    expect(await out('replay', '--all', '--pipeline', 'library')).toBe('nothing to replay of pipeline library\n');
    expect(await out('replay', id, '--again', '--dry-run')).toContain(`for ${id}`);
  });
});

describe('letters of every kind', () => {
  /** As Pub/Sub forwards what is out of attempts. @returns the letter's id */
  async function giveUp(body: unknown, subscription: string, attributes = {}): Promise<string> {
    const data = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    const source = { CloudPubSubDeadLetterSourceSubscription: subscription, ...attributes };
    const topic = topicName(environment, 'dead-letter');
    const id = await (await cloud.services.publisher()).publish(topic, data, source);
    return await until(`letter ${id}`, async () => {
      const { rows } = await cloud.services.ledger.query('select from dead_letter where message_id = $1', [id]);
      return rows.length > 0 ? id : undefined;
    });
  }

  test('an event is published again as it was, and arrives', async () => {
    const topic = eventTopicName(environment, 'purchases');
    const id = await giveUp('{"id":9007199254740993}', topic, { shop: 'Jakarta' });
    expect(await json('dead-letters', '--pipeline', 'purchases')).toMatchObject([{ id, giver: topic }]);
    expect(await out('replay', id)).toMatch(/^\d+: publish 23 bytes to alir-local-events-purchases again, for \d+\n$/);
    const warehouse = await cloud.services.warehouse();
    const rows = await until('the event', async () => {
      const found = await warehouse.query(
        `SELECT CAST(id AS STRING) AS id, JSON_VALUE(attributes, '$.shop') AS shop,
                JSON_VALUE(attributes, '$.CloudPubSubDeadLetterSourceSubscription') AS source FROM shop.purchase_event`,
      );
      return found.length > 0 ? found : undefined;
    });
    expect(rows).toEqual([{ id: '9007199254740993', shop: 'Jakarta', source: null }]);
  });

  test('what cannot be replayed is refused, each for its reason, and the rest goes on', async () => {
    const unreadable = await giveUp('{"v":1,', 'alir-local-encode');
    const ofNobody = await giveUp({ v: 1, kind: 'merge', runId: 'nobody', table: 'rent' }, 'alir-local-merge');
    const notDeployed = await giveUp({ v: 1, kind: 'tick', pipeline: 'gone' }, 'alir-local-extract');
    const lostEvent = await giveUp({ v: 1, kind: 'tick', pipeline: 'library' }, 'alir-local-events-orders');
    const ticks = [
      await giveUp({ v: 1, kind: 'tick', pipeline: 'library-generator' }, 'alir-local-generate'),
      await giveUp({ v: 1, kind: 'tick', pipeline: 'library', tables: ['rent'] }, 'alir-local-extract'),
    ];
    const { code, stdout, stderr } = await cli(
      'replay',
      unreadable,
      ofNobody,
      notDeployed,
      lostEvent,
      ...ticks,
      '--wait',
    );
    expect(code).toBe(1);
    const said = stderr.trimEnd().split('\n');
    expect(said).toEqual([
      expect.stringMatching(
        new RegExp(`^${unreadable}: not replayed: its bytes are no message of Alir, .*show ${unreadable}`),
      ),
      `${ofNobody}: not replayed: the ledger has no run nobody, so it is of no pipeline that is known`,
      expect.stringContaining(`${notDeployed}: not replayed: there is no pipeline "gone"`),
      expect.stringContaining(`${lostEvent}: not replayed: it is an event of alir-local-events-orders`),
    ]);
    expect(stdout).toMatch(new RegExp(`library-generator-\\S+: run library-generator, for ${ticks[0] ?? ''}\n`));
    expect(stdout).toMatch(new RegExp(`library-\\S+: run library: rent, for ${ticks[1] ?? ''}\n`));
    expect(stdout.match(/^succeeded/gm)).toHaveLength(2);
    expect(await finalRows(cloud, 'rent')).toEqual(await sourceRows(cloud, 'rent'));
  });

  test('one whose work a later run has done needs nothing', async () => {
    const id = await giveUp({ v: 1, kind: 'tick', pipeline: 'library', tables: ['book'] }, 'alir-local-extract');
    expect(await out('replay', '--all', '--table', 'book')).toBe('nothing to replay of table book\n');
    expect(await out('replay', id, '--dry-run')).toBe(`would run library: book, for ${id}\n`);
    const { runId } = await cloud.run('library');
    expect(await json('dead-letters', '--limit', '1')).toMatchObject([{ id, settledBy: runId }]);
    const { code, stderr } = await cli('replay', id);
    expect(code).toBe(1);
    expect(stderr).toContain(`${id}: not replayed: ${runId} has made it good since`);
  });
});
