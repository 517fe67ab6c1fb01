import { describe, expect, test } from '@jest/globals';
import { checksumQuery } from '../../../../functions/warehouse/checksum.ts';
import { goneQuery, goneStatement } from '../../../../functions/warehouse/gone.ts';
import { partitionsQuery, upsert } from '../../../../functions/warehouse/merge.ts';
import { compileGone, compileMerge } from '../../../../functions/warehouse/sql.ts';
import { contractOf, TIMESTAMP } from '../../records.ts';

const names = {
  target: { project: 'p', dataset: 'd', table: 't' },
  staging: { project: 'p', dataset: 'd_staging', table: 't__r' },
};
const soft = { schedule: '', mode: 'soft', at_most: 0.1, column: 'deleted at' } as const;
const hard = { ...soft, mode: 'hard' } as const;
const tick = new Date('2026-11-20T02:30:00Z');

describe('rows whose key is not in staging, word for word', () => {
  test('are counted among the live', () => {
    expect(goneQuery({ key: ['a', 'b'], deletes: soft, names })).toBe(
      [
        'SELECT COUNT(*) AS live, COUNTIF(S.`a` IS NULL) AS gone',
        'FROM `p`.`d`.`t` AS T',
        'LEFT JOIN (SELECT DISTINCT `a`, `b` FROM `p`.`d_staging`.`t__r`) AS S',
        'ON (T.`a` = S.`a` AND T.`b` = S.`b`)',
        'WHERE T.`deleted at` IS NULL',
      ].join('\n'),
    );
    expect(goneQuery({ key: ['a'], deletes: hard, names })).not.toContain('WHERE');
  });

  test('are marked with the tick, unless they are', () => {
    expect(compileGone(goneStatement({ key: ['a', 'b'], deletes: soft, names }, 7, tick))).toBe(
      [
        'UPDATE `p`.`d`.`t` AS T',
        "SET `deleted at` = TIMESTAMP '2026-11-20T02:30:00.000Z'",
        'WHERE (SELECT COUNT(*) FROM `p`.`d_staging`.`t__r`) = 7 AND T.`deleted at` IS NULL AND NOT EXISTS (SELECT 1 FROM `p`.`d_staging`.`t__r` AS S WHERE (T.`a` = S.`a` AND T.`b` = S.`b`))',
      ].join('\n'),
    );
  });

  test('are deleted', () => {
    expect(compileGone(goneStatement({ key: ['a'], deletes: hard, names }, 7, tick))).toBe(
      'DELETE FROM `p`.`d`.`t` AS T\nWHERE (SELECT COUNT(*) FROM `p`.`d_staging`.`t__r`) = 7 AND NOT EXISTS (SELECT 1 FROM `p`.`d_staging`.`t__r` AS S WHERE (T.`a` = S.`a`))',
    );
  });

  test('a name that BigQuery has not is refused', () => {
    expect(() => compileGone(goneStatement({ key: ['a`'], deletes: soft, names }, 7, tick))).toThrow(TypeError);
    expect(() => compileGone(goneStatement({ key: ['a'], deletes: { ...soft, column: '`' }, names }, 7, tick))).toThrow(
      TypeError,
    );
  });
});

describe('an upsert into a table whose rows are marked', () => {
  const contract = contractOf({ id: 'long', at: TIMESTAMP });
  const sql = (deletes: typeof soft | typeof hard, key = ['id']): string =>
    compileMerge(upsert({ key, cursor: 'at', deletes }, contract, names));

  test('makes them live again, also where everything is key', () => {
    expect(sql(soft)).toContain('WHEN MATCHED THEN UPDATE SET `at` = S.`at`, `deleted at` = NULL\n');
    expect(sql(soft, ['id', 'at'])).toContain('WHEN MATCHED THEN UPDATE SET `deleted at` = NULL\n');
    expect(sql(soft)).toContain('INSERT (`id`, `at`) VALUES');
    expect(sql(hard)).toContain('WHEN MATCHED THEN UPDATE SET `at` = S.`at`\n');
  });

  test('looks for its keys in all partitions', () => {
    const by = { field: 'at', by: 'day', immutable: true } as const;
    expect(partitionsQuery(names.staging, by, { target: names.target, key: ['a', 'b'] })).toBe(
      [
        'SELECT DISTINCT UNIX_SECONDS(TIMESTAMP_TRUNC(TIMESTAMP(`at`), DAY)) AS start FROM `p`.`d_staging`.`t__r`',
        'UNION DISTINCT',
        'SELECT UNIX_SECONDS(TIMESTAMP_TRUNC(TIMESTAMP(`at`), DAY)) AS start FROM `p`.`d`.`t` JOIN (SELECT DISTINCT `a`, `b` FROM `p`.`d_staging`.`t__r`) USING (`a`, `b`)',
      ].join('\n'),
    );
  });
});

test('the proof leaves marked rows out', () => {
  const contract = contractOf({ id: 'long' });
  expect(checksumQuery(names.target, contract, 'deleted at')).toBe(
    `${checksumQuery(names.target, contract)} WHERE \`deleted at\` IS NULL`,
  );
});
