import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createDatabase, execute } from '../../support/postgres.ts';
import type { Report } from '../../../scripts/bench/report.ts';

const program = join(import.meta.dirname, '../../../scripts/bench/encode.ts');

async function bench(...args: string[]): Promise<{ code: unknown; out: string; err: string }> {
  return await new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], (error, out, err) => {
      resolve({ code: error ? error.code : 0, out, err });
    });
  });
}

describe('npm run bench:encode', () => {
  test('moves every row every way, and says what each took', async () => {
    const { code, out, err } = await bench('--rows', '2000', '--rounds', '1', '--memory', '500,1000', '--json');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const { table, rows, rounds, sections, machine } = JSON.parse(out) as Report;
    expect({ table, rows, rounds, node: machine['node'] }).toEqual({
      table: 'public.bench',
      rows: 2000,
      rounds: 1,
      node: process.version,
    });
    expect(sections.map(({ title, outcomes }) => [title, outcomes.length])).toEqual([
      ['Encoding', 11],
      ['Reading', 4],
      ['Into the bucket', 3],
      ['Slices at once', 6],
      ['Memory', 8],
    ]);
    const outcomes = sections.flatMap((section) => section.outcomes);
    for (const { way, seconds, ofFirst, bytes, peakMb } of outcomes) {
      expect([way, seconds > 0, ofFirst > 0]).toEqual([way, true, true]);
      if (/transcoder|avsc|JSON|Avro|bucket|rows, (null|zstandard)/.test(way))
        expect([way, bytes > 0, peakMb > 0]).toEqual([way, true, true]);
    }
    // Slices together are the table: their files hold every row, and as many headers as there are slices.
    const size = (way: string): number => outcomes.find((one) => one.way === way)?.bytes ?? NaN;
    expect(size('4 × transcoder, zstandard')).toBeGreaterThan(size('1 × transcoder, zstandard'));
    expect(size('into the bucket, null')).toBe(size('transcoder, null'));
  });

  test('a table that is there stays as it is, whatever its columns are', async () => {
    const url = await createDatabase();
    await execute(
      url,
      `create schema "Shop";
       create table "Shop"."Order Line" as
         select i as id, i * 1.5 as free, (i * -0.25)::numeric(30, 2) as exact, '12:34:56.789'::time as at, now() as made,
                interval '1 day' as span, '{"a": [1]}'::jsonb as body, array[i, i] as list, null::uuid as code,
                point(i, i) as place
           from generate_series(1, 50) as i`,
    );
    const { code, out, err } = await bench('--table', 'Shop.Order Line', '--url', url, '--rounds', '1', '--json');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const { table, rows, sections } = JSON.parse(out) as Report;
    expect({ table, rows }).toEqual({ table: '"Shop"."Order Line"', rows: 50 });
    // Of its slices nobody knows the column.
    expect(sections.map(({ title }) => title)).toEqual(['Encoding', 'Reading', 'Into the bucket']);
    const { rows: left } = await execute(url, `select count(*)::int as n from "Shop"."Order Line"`);
    expect(left).toEqual([{ n: 50 }]);
  });

  test('a table that is not there ends it, and one line says so', async () => {
    const { code, out, err } = await bench('--table', 'public.none', '--url', await createDatabase());
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toBe('relation "public.none" does not exist\n');
  });

  test('prints a table for people, of the parts that were asked for', async () => {
    const { code, out } = await bench('--rows', '100', '--rounds', '1', '--only', 'reading');
    expect(code).toBe(0);
    expect(out).toContain('public.bench, 100 rows; medians of 1');
    expect(out).toMatch(/^Avro, zstandard +\d+\.\d\d /m);
    expect(out).not.toContain('Encoding');
  });

  test('--help lists the options', async () => {
    const { code, out } = await bench('--help');
    expect(code).toBe(0);
    for (const option of ['--rows', '--rounds', '--only', '--memory', '--table', '--url', '--json'])
      expect(out).toContain(option);
  });
});

describe('a command line that is wrong ends with 1 and one line', () => {
  test.each([
    ['rows that are no number', ['--rows', 'many'], 'many is not a whole number above 0'],
    ['no rows at all', ['--rows', '0'], '0 is not a whole number above 0'],
    ['sizes that are no numbers', ['--memory', '1000,x'], 'x is not a whole number above 0'],
    ['an unknown part', ['--only', 'decoding'], 'Allowed choices are encoding, reading, bucket, slices'],
    ['a table without a place', ['--table', 'public.rent'], '--table needs --url postgres://…'],
    ['a place without a table', ['--url', 'postgres://nowhere/x'], '--url needs --table schema.name'],
    ['a table in no schema', ['--table', 'a.b.c', '--url', 'postgres://nowhere/x'], 'a.b.c is not schema.name'],
    ['a place of another kind', ['--table', 'a.b', '--url', 'mysql://nowhere/x'], 'does not begin with postgres://'],
    ['rows of a table that is there', ['--table', 'a.b', '--rows', '5'], "option '--rows <n>' cannot be used with"],
    ['an option that there is not', ['--row', '5'], "unknown option '--row'"],
  ])('%s', async (_what, args, message) => {
    const { code, out, err } = await bench(...args);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(message);
  });
});
