import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openWarehouse, PROJECT, type Warehouse } from './helpers.ts';
import type { LoadJob } from './load-helpers.ts';

let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = await openWarehouse();
  await warehouse.client.createDataset('d');
});
afterAll(async () => {
  await warehouse.stop();
});

describe('uploads', () => {
  test('a local file is uploaded by Google’s client', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bigquery-test-'));
    await writeFile(join(folder, 'rows.csv'), '1,a\n2,b\n');
    const [job] = await warehouse.client
      .dataset('d')
      .table('uploaded')
      .load(join(folder, 'rows.csv'), { schema: 'id:INTEGER,name:STRING' } as object);
    expect(job).toMatchObject({ status: { state: 'DONE' }, statistics: { load: { outputRows: '2' } } });
    expect(await warehouse.rows('SELECT * FROM d.uploaded ORDER BY id')).toEqual([
      { id: 1, name: 'a' },
      { id: 2, name: 'b' },
    ]);
    await rm(folder, { recursive: true });
  });

  test('a file uploaded in pieces', async () => {
    const host = warehouse.emulator.env['BIGQUERY_EMULATOR_HOST'] ?? '';
    const destinationTable = { projectId: PROJECT, datasetId: 'd', tableId: 'pieces' };
    const body = JSON.stringify({
      configuration: { load: { destinationTable, schema: { fields: [{ name: 'id', type: 'INTEGER' }] } } },
    });
    const begun = await fetch(`${host}/upload/bigquery/v2/projects/${PROJECT}/jobs?uploadType=resumable`, {
      method: 'POST',
      body,
    });
    const session = begun.headers.get('location') ?? '';
    const put = async (piece: string, range: string): Promise<Response> =>
      await fetch(session, { method: 'PUT', body: piece, headers: { 'content-range': range }, redirect: 'manual' });
    const first = await put('1\n2', 'bytes 0-2/6');
    expect([first.status, first.headers.get('range')]).toEqual([308, 'bytes=0-2']);
    expect((await put('x', 'bytes 9-9/10')).status).toBe(400);
    const last = (await (await put('2\n3', 'bytes 3-5/6')).json()) as LoadJob;
    expect(last.status).toEqual({ state: 'DONE' });
    expect(await warehouse.rows('SELECT id FROM d.pieces ORDER BY id')).toEqual([{ id: 1 }, { id: 3 }, { id: 22 }]);
    expect((await put('', 'bytes */6')).status).toBe(404);
  });
});
