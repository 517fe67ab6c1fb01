import type pg from 'pg';
import { expect, test } from '@jest/globals';
import { sourceChecksum } from '../../../../functions/sources/checksum.ts';
import { checksumQuery } from '../../../../functions/warehouse/checksum.ts';
import { contractOf, DATE, everyType, TIMESTAMP } from '../../records.ts';

// That both sides give the same number is tested against the engines; here, that the text is what was meant.
const table = { project: 'p', dataset: 'd', table: 't' };
const contract = contractOf({ id: 'long', day: DATE, at: TIMESTAMP, tags: { type: 'array', items: 'string' } });

async function sourceSql(...given: Parameters<typeof sourceChecksum> extends [unknown, ...infer Rest] ? Rest : never) {
  let text = '';
  const client = {
    query: async (sql: string) => {
      text = sql.replaceAll(/\s+/g, ' ');
      return await Promise.resolve({ rows: [{ rows: '3', checksum: '12345678901234567890' }] });
    },
  } as unknown as pg.Client;
  return { answer: await sourceChecksum(client, ...given), text };
}

test('the checksum of a final table, in GoogleSQL', () => {
  expect(checksumQuery(table, contract)).toBe(
    [
      "SELECT COUNT(*) AS row_count, CAST(IFNULL(SUM(CAST(CAST(CONCAT('0x', SUBSTR(TO_HEX(MD5(CONCAT(",
      "IFNULL(TO_HEX(MD5(CAST(`id` AS STRING))), '-'), ",
      "IFNULL(TO_HEX(MD5(CAST(`day` AS STRING))), '-'), ",
      "IFNULL(TO_HEX(MD5(CAST(UNIX_MICROS(`at`) AS STRING))), '-'), ",
      "ARRAY_TO_STRING(ARRAY(SELECT TO_HEX(MD5(item)) FROM UNNEST(`tags`) AS item WITH OFFSET AS n ORDER BY n), '')",
      '))), 1, 15)) AS INT64) AS NUMERIC)), 0) AS STRING) AS checksum FROM `p`.`d`.`t`',
    ].join(''),
  );
});

test('the checksum of a source table, in Postgres', async () => {
  const { text, answer } = await sourceSql('things', contract);
  expect(text).toBe(
    [
      "select count(*)::text as rows, coalesce(sum(('x' || left(md5(",
      `coalesce(md5("id"::text), '-') || `,
      `coalesce(md5("day"::text), '-') || `,
      `coalesce(md5(case when isfinite("at") then (extract(epoch from "at") * 1000000)::bigint::text else "at"::text end), '-') || `,
      `coalesce((select string_agg(md5(item::text), '' order by n) from unnest("tags") with ordinality as items (item, n)), '')`,
      '), 15))::bit(60)::bigint), 0)::text as checksum from public."things"',
    ].join(''),
  );
  expect(answer).toEqual({ rows: 3, checksum: '12345678901234567890' });
});

test('both sides hash every field of the contract, in its order', async () => {
  const order = (sql: string, mark: (name: string) => string): number[] =>
    everyType.fields.map(({ name }) => sql.indexOf(mark(name)));
  const ascending = (places: readonly number[]): boolean =>
    places.every((place, index) => place > (places[index - 1] ?? -1));
  expect(ascending(order(checksumQuery(table, everyType), (name) => `\`${name}\``))).toBe(true);
  expect(ascending(order((await sourceSql('t', everyType)).text, (name) => `"${name}"`))).toBe(true);
});
