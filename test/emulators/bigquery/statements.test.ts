import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { openWarehouse, PROJECT, type Warehouse } from './helpers.ts';

let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = await openWarehouse();
  await warehouse.client.createDataset('d');
});
afterAll(async () => {
  await warehouse.stop();
});

const rows = async (sql: string): Promise<Record<string, unknown>[]> => await warehouse.rows(sql);

/** Rows changed, as the job's statistics say. */
async function statistics(query: string): Promise<Record<string, unknown>> {
  const [job] = await warehouse.client.createQueryJob({ query });
  await job.getQueryResults();
  const [metadata] = (await job.getMetadata()) as unknown as [{ statistics: { query: Record<string, unknown> } }];
  return metadata.statistics.query;
}

describe('DML', () => {
  beforeEach(async () => {
    await rows(
      'CREATE OR REPLACE TABLE d.t (id INT64 NOT NULL, name STRING, tags ARRAY<STRING>, amount NUMERIC(5, 2), short STRING(3))',
    );
    await rows("INSERT INTO d.t (id, name) VALUES (1, 'a'), (2, 'b'), (3, NULL)");
  });

  test('says what it did', async () => {
    expect(await statistics('INSERT d.t (id) SELECT x FROM UNNEST([4, 5]) x')).toMatchObject({
      statementType: 'INSERT',
      numDmlAffectedRows: '2',
      dmlStats: { insertedRowCount: '2', updatedRowCount: '0', deletedRowCount: '0' },
    });
    expect(await statistics("UPDATE d.t SET name = 'z' WHERE id > 3")).toMatchObject({
      statementType: 'UPDATE',
      dmlStats: { updatedRowCount: '2' },
    });
    expect(await statistics('DELETE FROM d.t WHERE id > 3')).toMatchObject({
      statementType: 'DELETE',
      dmlStats: { deletedRowCount: '2' },
    });
    expect(await statistics('TRUNCATE TABLE d.t')).toMatchObject({ statementType: 'TRUNCATE_TABLE' });
    expect(await rows('SELECT * FROM d.t')).toEqual([]);
  });

  test('literals of INSERT … SELECT take on the type of their column', async () => {
    await rows('INSERT d.t (id, name, tags, amount) SELECT 4, NULL, [], 1.5');
    expect(await rows('SELECT name, tags, CAST(amount AS STRING) AS amount FROM d.t WHERE id = 4')).toEqual([
      { name: null, tags: [], amount: '1.5' },
    ]);
    await expect(rows('INSERT d.t (id, name) SELECT 5, x FROM (SELECT 1 AS x)')).rejects.toThrow(
      /Value has type INT64/,
    );
  });

  test('holds REQUIRED, precision, length and types', async () => {
    await expect(rows('INSERT d.t (id) VALUES (NULL)')).rejects.toThrow('Required field id cannot be null');
    await expect(rows('UPDATE d.t SET id = NULL WHERE TRUE')).rejects.toThrow('Required field id cannot be null');
    await expect(rows("INSERT d.t (id) VALUES ('x')")).rejects.toThrow(
      /Value has type STRING which cannot be inserted into column id/,
    );
    await expect(rows('INSERT d.t (id, amount) VALUES (9, 1000)')).rejects.toThrow();
    await expect(rows("INSERT d.t (id, short) VALUES (9, 'long')")).rejects.toThrow(
      /greater than the maximum length 3/,
    );
    await expect(rows("INSERT d.t (id, tags) VALUES (9, ['a', NULL])")).rejects.toThrow(/null element/);
    await expect(rows('INSERT d.t VALUES (1)')).rejects.toThrow(/wrong column count/);
    await expect(rows('DELETE FROM d.t')).rejects.toThrow(/must have a WHERE clause/);
    expect(await rows('SELECT COUNT(*) AS n FROM d.t')).toEqual([{ n: 3 }]);
  });

  test('UPDATE … FROM refuses two source rows for one target row', async () => {
    await rows("UPDATE d.t SET name = s.n FROM (SELECT 1 AS k, 'x' AS n) s WHERE id = k");
    await expect(
      rows("UPDATE d.t SET name = s.n FROM (SELECT 1 AS k, 'x' AS n UNION ALL SELECT 1, 'y') s WHERE id = k"),
    ).rejects.toThrow('UPDATE/MERGE must match at most one source row for each target row');
    expect(await rows('SELECT name FROM d.t WHERE id = 1')).toEqual([{ name: 'x' }]);
  });
});

describe('MERGE', () => {
  const source = (...pairs: string[]): string =>
    `(SELECT * FROM UNNEST([STRUCT<id INT64, name STRING>${pairs.join(', ')}]))`;
  beforeEach(async () => {
    await rows(
      "CREATE OR REPLACE TABLE d.m AS SELECT * FROM UNNEST([STRUCT<id INT64, name STRING>(1, 'a'), (2, 'b'), (3, 'c')])",
    );
  });
  const all = async (): Promise<unknown[]> =>
    (await rows('SELECT id, name FROM d.m ORDER BY id, name')).map(({ id, name }) => [id, name]);

  test('updates, inserts and deletes in one statement', async () => {
    const query = `MERGE d.m T USING ${source("(1, 'new')", "(2, 'gone')", "(9, 'nine')")} S ON T.id = S.id
      WHEN MATCHED AND S.name = 'gone' THEN DELETE
      WHEN MATCHED THEN UPDATE SET name = S.name
      WHEN NOT MATCHED THEN INSERT ROW
      WHEN NOT MATCHED BY SOURCE AND T.id > 2 THEN UPDATE SET name = CONCAT(T.name, '!')`;
    expect(await statistics(query)).toMatchObject({
      statementType: 'MERGE',
      numDmlAffectedRows: '4',
      dmlStats: { insertedRowCount: '1', updatedRowCount: '2', deletedRowCount: '1' },
    });
    expect(await all()).toEqual([
      [1, 'new'],
      [3, 'c!'],
      [9, 'nine'],
    ]);
  });

  test('refuses two source rows for a target row, and changes nothing', async () => {
    const twice = source("(1, 'x')", "(1, 'y')", "(9, 'n')");
    await expect(
      rows(
        `MERGE d.m T USING ${twice} S ON T.id = S.id WHEN MATCHED THEN UPDATE SET name = S.name WHEN NOT MATCHED THEN INSERT ROW`,
      ),
    ).rejects.toThrow('UPDATE/MERGE must match at most one source row for each target row');
    await expect(rows(`MERGE d.m T USING ${twice} S ON T.id = S.id WHEN MATCHED THEN DELETE`)).rejects.toThrow(
      /at most one source row/,
    );
    expect(await all()).toEqual([
      [1, 'a'],
      [2, 'b'],
      [3, 'c'],
    ]);
  });

  test('takes two source rows where only one of them does something, and inserts doubles that match nothing', async () => {
    await rows(
      `MERGE d.m T USING ${source("(1, 'x')", "(1, 'y')", "(9, 'n')", "(9, 'm')")} S ON T.id = S.id WHEN MATCHED AND S.name = 'x' THEN UPDATE SET name = S.name WHEN NOT MATCHED THEN INSERT (id, name) VALUES (id, name)`,
    );
    expect(await all()).toEqual([
      [1, 'x'],
      [2, 'b'],
      [3, 'c'],
      [9, 'm'],
      [9, 'n'],
    ]);
  });

  test('ON FALSE replaces everything', async () => {
    await rows(
      `MERGE d.m T USING ${source("(7, 'only')")} S ON FALSE WHEN NOT MATCHED BY SOURCE THEN DELETE WHEN NOT MATCHED BY TARGET THEN INSERT ROW`,
    );
    expect(await all()).toEqual([[7, 'only']]);
  });

  test('a table as the source, NULL keys, and a dedupe by QUALIFY', async () => {
    await rows(
      "CREATE OR REPLACE TABLE d.s AS SELECT * FROM UNNEST([STRUCT<id INT64, name STRING, v INT64>(1, 'old', 1), (1, 'new', 2), (NULL, 'n', 1)])",
    );
    await rows(
      'MERGE INTO d.m T USING (SELECT * EXCEPT (v) FROM d.s WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY id ORDER BY v DESC) = 1) S ON T.id = S.id WHEN MATCHED THEN UPDATE SET name = S.name WHEN NOT MATCHED THEN INSERT ROW',
    );
    expect(await all()).toEqual([
      [null, 'n'],
      [1, 'new'],
      [2, 'b'],
      [3, 'c'],
    ]);
  });
});

describe('DDL and scripts', () => {
  test('CREATE TABLE keeps columns, layout and options', async () => {
    expect(
      await statistics(
        "CREATE TABLE d.made (id INT64 NOT NULL OPTIONS (description = 'key'), moment TIMESTAMP, s STRUCT<a INT64, b ARRAY<STRING>>) PARTITION BY TIMESTAMP_TRUNC(moment, HOUR) CLUSTER BY id OPTIONS (description = 'made', labels = [('a', 'b')])",
      ),
    ).toMatchObject({
      statementType: 'CREATE_TABLE',
      ddlOperationPerformed: 'CREATE',
      ddlTargetTable: { projectId: PROJECT, datasetId: 'd', tableId: 'made' },
    });
    const [metadata] = (await warehouse.client.dataset('d').table('made').getMetadata()) as unknown as [
      Record<string, unknown>,
    ];
    expect(metadata).toMatchObject({
      description: 'made',
      labels: { a: 'b' },
      clustering: { fields: ['id'] },
      timePartitioning: { type: 'HOUR', field: 'moment' },
      schema: {
        fields: [
          { name: 'id', mode: 'REQUIRED', description: 'key' },
          { type: 'TIMESTAMP' },
          { type: 'RECORD', fields: [{ type: 'INTEGER' }, { mode: 'REPEATED' }] },
        ],
      },
    });
    await expect(rows('CREATE TABLE d.made (id INT64)')).rejects.toThrow(`Already Exists: Table ${PROJECT}:d.made`);
    expect(await statistics('CREATE TABLE IF NOT EXISTS d.made (id INT64)')).toMatchObject({
      ddlOperationPerformed: 'SKIP',
    });
    await rows('ALTER TABLE d.made ADD COLUMN IF NOT EXISTS id INT64, ADD COLUMN extra STRING');
    expect(await rows('SELECT extra FROM d.made')).toEqual([]);
    await rows(`DROP TABLE \`${PROJECT}.d.made\``);
    await rows(`DROP TABLE IF EXISTS ${PROJECT}.d.made`);
    await expect(rows('DROP TABLE d.made')).rejects.toThrow(/Not found: Table/);
  });

  test('views are read anew; schemas come and go', async () => {
    await rows('CREATE SCHEMA other OPTIONS (location = "EU")');
    await rows('CREATE TABLE other.base AS SELECT 1 AS x');
    await rows('CREATE VIEW other.v AS SELECT x + 1 AS y FROM other.base');
    await rows('INSERT other.base VALUES (10)');
    expect(await rows('SELECT y FROM other.v ORDER BY y')).toEqual([{ y: 2 }, { y: 11 }]);
    expect(await rows('SELECT table_name, table_type FROM other.INFORMATION_SCHEMA.TABLES ORDER BY 1')).toEqual([
      { table_name: 'base', table_type: 'BASE TABLE' },
      { table_name: 'v', table_type: 'VIEW' },
    ]);
    await expect(rows('DROP SCHEMA other')).rejects.toThrow(/still in use/);
    await rows('DROP SCHEMA other CASCADE');
  });

  test('a script runs in order; a transaction is all or nothing', async () => {
    expect(await rows('CREATE TABLE d.n (x INT64); INSERT d.n VALUES (1); SELECT x FROM d.n;')).toEqual([{ x: 1 }]);
    await expect(
      rows("BEGIN TRANSACTION; INSERT d.n VALUES (2); SELECT ERROR('stop'); COMMIT TRANSACTION"),
    ).rejects.toThrow('stop');
    expect(await rows('BEGIN; DELETE FROM d.n WHERE TRUE; ROLLBACK; SELECT x FROM d.n')).toEqual([{ x: 1 }]);
    expect(await rows('BEGIN; INSERT d.n VALUES (3); COMMIT; SELECT COUNT(*) AS n FROM d.n')).toEqual([{ n: 2 }]);
  });

  test('a default dataset, a destination with dispositions, a dry run', async () => {
    await rows('CREATE OR REPLACE TABLE d.src AS SELECT 1 AS x, "long enough" AS y');
    const [found] = await warehouse.client.query({
      query: 'SELECT x FROM src',
      defaultDataset: { datasetId: 'd', projectId: PROJECT },
    });
    expect(found).toEqual([{ x: 1 }]);
    const destination = warehouse.client.dataset('d').table('dest');
    const run = async (query: string, writeDisposition: string): Promise<void> => {
      const [job] = await warehouse.client.createQueryJob({ query, destination, writeDisposition });
      await job.getQueryResults();
    };
    await run('SELECT 1 AS x', 'WRITE_EMPTY');
    await expect(run('SELECT 2 AS x', 'WRITE_EMPTY')).rejects.toThrow(`Already Exists: Table ${PROJECT}:d.dest`);
    await run('SELECT 2 AS x', 'WRITE_APPEND');
    await expect(run("SELECT 'a' AS x", 'WRITE_APPEND')).rejects.toThrow(/has changed type from INTEGER to STRING/);
    expect((await destination.getRows())[0]).toEqual([{ x: 1 }, { x: 2 }]);
    await run("SELECT 'a' AS x", 'WRITE_TRUNCATE');
    expect(await rows('SELECT x FROM d.dest')).toEqual([{ x: 'a' }]);
    const [job] = await warehouse.client.createQueryJob({ query: 'SELECT x FROM d.src', dryRun: true });
    expect(job.metadata).toMatchObject({
      status: { state: 'DONE' },
      statistics: {
        totalBytesProcessed: '8',
        query: { statementType: 'SELECT', schema: { fields: [{ name: 'x', type: 'INTEGER' }] } },
      },
    });
    await expect(warehouse.client.createQueryJob({ query: 'SELECT nope', dryRun: true })).rejects.toThrow(
      /Unrecognized name/,
    );
  });
});
