import { describe, expect, test } from '@jest/globals';
import type { TableResource, Warehouse } from '../../../../functions/gcp/bigquery.ts';
import { TerminalError } from '../../../../functions/runtime/errors.ts';
import { checkTable, ensureDataset, ensureTable } from '../../../../functions/warehouse/tables.ts';
import { bigQueryColumns } from '../../../../schemas/bigquery.ts';
import { contractOf, TIMESTAMP } from '../../records.ts';

const contract = contractOf({
  id: 'long',
  ok: 'boolean',
  name: ['null', 'string'],
  at: TIMESTAMP,
  tags: { type: 'array', items: 'string' },
});
type Fields = NonNullable<NonNullable<TableResource['schema']>['fields']>;
const columns: Fields = bigQueryColumns(contract);
const check = (fields: Fields): void => {
  checkTable('d.t', { schema: { fields } }, contract);
};
const change = (name: string, by: Partial<Fields[number]>): Fields =>
  columns.map((column) => (column.name === name ? { ...column, ...by } : column));

describe('a final table is taken', () => {
  test.each<[string, Fields]>([
    ['as the contract makes it', columns],
    ['in another order', [...columns].reverse()],
    [
      'with types under their other names',
      change('id', { type: 'INT64' }).map((c) => (c.name === 'ok' ? { ...c, type: 'BOOL' } : c)),
    ],
    ['with names in another case', change('id', { name: 'ID' })],
    ['that allows nulls where the contract has none', change('id', { mode: 'NULLABLE' })],
    [
      'whose mode is left out, which is NULLABLE',
      columns.map(({ name, type, mode }) =>
        mode === 'NULLABLE' ? { name, type } : { name, type, ...(mode === undefined ? {} : { mode }) },
      ),
    ],
    ['with a column more that may be null', [...columns, { name: 'note', type: 'STRING', mode: 'NULLABLE' }]],
    ['with a column more that is repeated', [...columns, { name: 'notes', type: 'STRING', mode: 'REPEATED' }]],
  ])('%s', (_, fields) => {
    expect(() => {
      check(fields);
    }).not.toThrow();
  });
});

describe('a final table is refused, with the difference', () => {
  test.each<[string, Fields, string]>([
    ['without a column', columns.filter(({ name }) => name !== 'name'), '- name STRING: the table lacks it'],
    ['of another type', change('id', { type: 'STRING' }), '- id INTEGER REQUIRED: the table has id STRING REQUIRED'],
    [
      'that wants what the contract may lack',
      change('name', { mode: 'REQUIRED' }),
      '- name STRING: the table has name STRING REQUIRED',
    ],
    [
      'with one value for many',
      change('tags', { mode: 'NULLABLE' }),
      '- tags STRING REPEATED: the table has tags STRING',
    ],
    ['with many for one', change('name', { mode: 'REPEATED' }), '- name STRING: the table has name STRING REPEATED'],
    [
      'that wants a column more',
      [...columns, { name: 'note', type: 'STRING', mode: 'REQUIRED' }],
      '- note: the table requires it, and the contract lacks it',
    ],
    [
      'that is a datetime for a timestamp',
      change('at', { type: 'DATETIME' }),
      '- at TIMESTAMP REQUIRED: the table has at DATETIME REQUIRED',
    ],
  ])('%s', (_, fields, line) => {
    let thrown: unknown;
    try {
      check(fields);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(TerminalError);
    expect(thrown).toMatchObject({ code: 'TABLE_CONTRACT_MISMATCH' });
    expect((thrown as Error).message).toBe(
      `table d.t and contract test/thing are at odds; change one of them:\n${line}`,
    );
  });

  test('all differences at once', () => {
    expect(() => {
      checkTable('d.t', {}, contract);
    }).toThrow(/id .*\n.*ok .*\n.*name .*\n.*at .*\n.*tags /);
  });
});

describe('what is missing is created, as BigQuery spells it', () => {
  const table = { dataset: 'd', name: 't', description: 'x', columns: bigQueryColumns(contract), labels: { a: 'b' } };
  const dataset = { name: 'd', description: 'y', labels: { c: 'd' }, defaultTableExpirationSeconds: 259_200 };

  /** A warehouse that answers each creation with what comes next, and keeps what it was asked. */
  function stub(...answers: (boolean | Error)[]): { warehouse: Warehouse; calls: unknown[][] } {
    const calls: unknown[][] = [];
    const create =
      (what: string) =>
      async (...call: unknown[]): Promise<boolean> => {
        calls.push([what, ...call]);
        const answer = answers.shift() ?? true;
        return await (answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer));
      };
    const warehouse = { createTable: create('table'), createDataset: create('dataset') } as unknown as Warehouse;
    return { warehouse, calls };
  }
  const common = { description: 'x', labels: { a: 'b' }, schema: { fields: table.columns } };

  test('a table with partitions and clusters', async () => {
    const { warehouse, calls } = stub();
    await ensureTable(warehouse, { ...table, partition: { field: 'at', by: 'DAY' }, cluster: ['id'] }, dataset);
    const more = { timePartitioning: { type: 'DAY', field: 'at' }, clustering: { fields: ['id'] } };
    expect(calls).toEqual([['table', 'd', 't', { ...common, ...more }]]);
  });

  test('a table without either', async () => {
    const { warehouse, calls } = stub();
    expect(await ensureTable(warehouse, { ...table, cluster: [] }, dataset)).toBe(true);
    expect(calls).toEqual([['table', 'd', 't', common]]);
  });

  test('a dataset, whose expiration is a text of milliseconds', async () => {
    const { warehouse, calls } = stub();
    await ensureDataset(warehouse, dataset);
    await ensureDataset(warehouse, { name: 'e', description: 'z', labels: {} });
    expect(calls).toEqual([
      ['dataset', 'd', { description: 'y', labels: { c: 'd' }, defaultTableExpirationMs: '259200000' }],
      ['dataset', 'e', { description: 'z', labels: {} }],
    ]);
  });

  test('a dataset only when the table cannot be without it', async () => {
    const missing = new TerminalError('RESOURCE_MISSING', 'no dataset d');
    const { warehouse, calls } = stub(missing, true, true);
    expect(await ensureTable(warehouse, { ...table, cluster: [] }, dataset)).toBe(true);
    expect(calls.map(([what]) => what)).toEqual(['table', 'dataset', 'table']);
  });

  test('and what is there is left alone', async () => {
    const { warehouse, calls } = stub(false);
    expect(await ensureTable(warehouse, { ...table, cluster: [] }, dataset)).toBe(false);
    expect(calls).toHaveLength(1);
  });

  test('and what BigQuery refuses otherwise is passed on', async () => {
    const { warehouse, calls } = stub(new TerminalError('JOB_FAILED', 'no'));
    await expect(ensureTable(warehouse, { ...table, cluster: [] }, dataset)).rejects.toThrow('no');
    expect(calls).toHaveLength(1);
  });
});
