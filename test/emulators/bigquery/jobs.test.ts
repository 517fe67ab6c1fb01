import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openWarehouse, PROJECT, type Warehouse } from './helpers.ts';

let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = await openWarehouse();
  await warehouse.client.createDataset('d');
});
afterAll(async () => {
  await warehouse.stop();
});

async function post(path: string, body: object): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${warehouse.url}${path}`, { method: 'POST', body: JSON.stringify(body) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe('jobs', () => {
  test('an id runs once; a second insert is told 409', async () => {
    const [job] = await warehouse.client.createQueryJob({ query: 'SELECT 1 AS x', jobId: 'once' });
    expect((await job.getQueryResults())[0]).toEqual([{ x: 1 }]);
    await expect(warehouse.client.createQueryJob({ query: 'SELECT 2', jobId: 'once' })).rejects.toMatchObject({
      code: 409,
      message: `Already Exists: Job ${PROJECT}:US.once`,
    });
  });

  test('a failed job keeps its error, and its id is burnt', async () => {
    const [job] = await warehouse.client.createQueryJob({ query: 'SELECT 1 / 0', jobId: 'failed' });
    await expect(job.promise()).rejects.toMatchObject({ errors: [{ reason: 'invalidQuery' }] });
    const [metadata] = (await job.getMetadata()) as unknown as [Record<string, unknown>];
    expect(metadata).toMatchObject({
      status: {
        state: 'DONE',
        errorResult: { reason: 'invalidQuery', message: expect.stringMatching(/division by zero/) },
      },
    });
    await expect(warehouse.client.createQueryJob({ query: 'SELECT 1', jobId: 'failed' })).rejects.toMatchObject({
      code: 409,
    });
  });

  test('are listed, deleted, and not found elsewhere', async () => {
    const [job] = await warehouse.client.createQueryJob({ query: 'SELECT 1', jobId: 'short-lived' });
    await job.getQueryResults();
    const [jobs] = await warehouse.client.getJobs();
    expect(jobs.map(({ id }) => id)).toContain('short-lived');
    expect((await fetch(`${warehouse.url}/jobs/short-lived?location=EU`)).status).toBe(404);
    await job.delete();
    await expect(warehouse.client.job('short-lived').getMetadata()).rejects.toMatchObject({ code: 404 });
  });

  test('the rows of a query come by pages', async () => {
    const [job] = await warehouse.client.createQueryJob({
      query: 'SELECT x FROM UNNEST(GENERATE_ARRAY(1, 25)) x ORDER BY x',
    });
    const [first, next] = (await job.getQueryResults({ maxResults: 10, autoPaginate: false })) as unknown as [
      { x: number }[],
      object,
    ];
    expect(first.at(-1)).toEqual({ x: 10 });
    const [second] = await job.getQueryResults({ ...next, autoPaginate: false });
    expect(second[0]).toEqual({ x: 11 });
    expect((await job.getQueryResults())[0]).toHaveLength(25);
    const raw = (await (await fetch(`${warehouse.url}/queries/${job.id ?? ''}?startIndex=24`)).json()) as object;
    expect(raw).toMatchObject({ totalRows: '25', rows: [{ f: [{ v: '25' }] }] });
  });

  test('a requestId names one job', async () => {
    await warehouse.rows('CREATE TABLE d.counted (x INT64)');
    const body = { query: 'INSERT d.counted VALUES (1)', useLegacySql: false, requestId: 'same' };
    const [a, b] = [await post('/queries', body), await post('/queries', body)];
    expect(a.body['jobReference']).toEqual(b.body['jobReference']);
    expect(await warehouse.rows('SELECT COUNT(*) AS n FROM d.counted')).toEqual([{ n: 1 }]);
  });

  test('what would mean another thing is refused', async () => {
    const cases: [object, number][] = [
      [{}, 400],
      [{ configuration: { query: { query: 'SELECT 1' } } }, 501],
      [{ configuration: { extract: {} } }, 501],
    ];
    for (const [body, code] of cases) {
      const { status, body: answer } = await post('/jobs', body);
      const id = (answer['jobReference'] as { jobId?: string } | undefined)?.jobId;
      expect(id === undefined ? status : (await fetch(`${warehouse.url}/queries/${id}`)).status).toBe(code);
    }
    expect(
      (
        await post('/queries', {
          query: 'SELECT 1',
          useLegacySql: false,
          connectionProperties: [{ key: 'time_zone', value: 'Asia/Jakarta' }],
        })
      ).status,
    ).toBe(501);
    expect(
      (await post('/jobs', { configuration: { query: { query: 'SELECT 1' } }, jobReference: { jobId: 'bad id' } }))
        .status,
    ).toBe(400);
  });

  test('a query is interrupted by its cancel, in the middle or as it begins', async () => {
    const query = `SELECT COUNT(*) AS n FROM UNNEST(GENERATE_ARRAY(1, 200000)) a, UNNEST(GENERATE_ARRAY(1, 200000)) b
      WHERE MOD(a * b, 7) = 1`;
    const stopped = { errors: [{ reason: 'stopped' }] };
    const { body } = await post('/queries', { query, useLegacySql: false, timeoutMs: 100 });
    expect(body['jobComplete']).toBe(false);
    const running = warehouse.client.job((body['jobReference'] as { jobId: string }).jobId);
    await running.cancel();
    await expect(running.promise()).rejects.toMatchObject(stopped);

    const [begun] = await warehouse.client.createQueryJob({ query: `CREATE TABLE d.never AS ${query}` });
    await begun.cancel();
    await expect(begun.promise()).rejects.toMatchObject(stopped);
    expect(await warehouse.client.dataset('d').table('never').exists()).toEqual([false]);
  });

  test('writers of one table wait for each other', async () => {
    await warehouse.rows('CREATE TABLE d.busy (x INT64)');
    await Promise.all(Array.from({ length: 10 }, async (_, i) => await warehouse.rows(`INSERT d.busy VALUES (${i})`)));
    await Promise.all(
      Array.from({ length: 10 }, async () => await warehouse.rows('UPDATE d.busy SET x = x + 1 WHERE TRUE')),
    );
    expect(await warehouse.rows('SELECT SUM(x) AS s, COUNT(*) AS n FROM d.busy')).toEqual([{ s: 145, n: 10 }]);
  });
});

describe('a data folder', () => {
  test('keeps tables, jobs and results over a restart', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'bigquery-test-'));
    const first = await openWarehouse({ dataDir });
    await first.client.createDataset('kept', { location: 'EU' });
    await first.rows(
      "CREATE TABLE kept.t (id INT64 NOT NULL, l ARRAY<STRUCT<a NUMERIC>>) OPTIONS (description = 'kept')",
    );
    await first.rows("INSERT kept.t VALUES (1, [STRUCT(NUMERIC '1.5' AS a)])");
    const [job] = await first.client.createQueryJob({ query: 'SELECT id FROM kept.t', jobId: 'kept' });
    await job.getQueryResults();
    await first.stop();

    const second = await openWarehouse({ dataDir });
    expect((await second.client.dataset('kept').getMetadata())[0]).toMatchObject({ location: 'EU' });
    expect((await second.client.dataset('kept').table('t').getMetadata())[0]).toMatchObject({
      description: 'kept',
      numRows: '1',
    });
    expect(await second.rows('SELECT id, l[0].a AS a FROM kept.t')).toMatchObject([{ id: 1 }]);
    expect((await second.client.job('kept').getQueryResults())[0]).toEqual([{ id: 1 }]);
    await expect(second.client.createQueryJob({ query: 'SELECT 1', jobId: 'kept' })).rejects.toMatchObject({
      code: 409,
    });
    await second.stop();
    await rm(dataDir, { recursive: true });
  });

  test('is readable after a kill', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'bigquery-test-'));
    const main = fileURLToPath(new URL('../../../emulators/bigquery/main.ts', import.meta.url));
    const child = spawn(process.execPath, [main, '--data-dir', dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const { env } = JSON.parse(line.toString()) as { env: { BIGQUERY_EMULATOR_HOST: string } };
    const url = `${env.BIGQUERY_EMULATOR_HOST}/projects/${PROJECT}/queries`;
    const query = 'CREATE SCHEMA kept; CREATE TABLE kept.t AS SELECT 1 AS x; INSERT kept.t VALUES (2)';
    await (await fetch(url, { method: 'POST', body: JSON.stringify({ query, useLegacySql: false }) })).json();
    child.kill('SIGKILL');
    await once(child, 'exit');
    const again = await openWarehouse({ dataDir });
    expect(await again.rows('SELECT SUM(x) AS s FROM kept.t')).toEqual([{ s: 3 }]);
    await again.stop();
    await rm(dataDir, { recursive: true });
  });

  test('that cannot be used is one clear error', async () => {
    await expect(openWarehouse({ dataDir: '/dev/null/no-folder' })).rejects.toThrow(
      /cannot use the data folder \/dev\/null\/no-folder/,
    );
  });
});
