import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Loads, openLoads } from './load-helpers.ts';

let loads: Loads;
beforeAll(async () => {
  loads = await openLoads();
});
afterAll(async () => {
  await loads.stop();
});

describe('CSV and JSON', () => {
  const schema = {
    fields: [
      { name: 'id', type: 'INTEGER', mode: 'REQUIRED' },
      { name: 'name', type: 'STRING' },
      { name: 'moment', type: 'TIMESTAMP' },
      { name: 'n', type: 'NUMERIC' },
    ],
  };

  test('CSV with quotes, NULLs and a header, gzipped as well', async () => {
    const text =
      'id,name,moment,n\n1,"a ""b"", c",2024-01-01 00:00:00+07,1.5\r\n2,,,\n9007199254740993,"",2024-01-01T00:00:00Z,-0.000000001\n';
    for (const [name, bytes] of [
      ['plain.csv', Buffer.from(text)],
      ['packed.csv.gz', gzipSync(text)],
    ] as const) {
      loads.bucket.objects.set(name, bytes);
      const table = `csv_${name.length}`;
      expect(
        (await loads.load(table, name, { sourceFormat: 'CSV', useAvroLogicalTypes: false, skipLeadingRows: 1, schema }))
          .status,
      ).toEqual({ state: 'DONE' });
      const rows = await loads.warehouse.rows(
        `SELECT CAST(id AS STRING) AS id, name, UNIX_MICROS(moment) AS us, CAST(n AS STRING) AS n FROM d.${table} ORDER BY 1`,
      );
      expect(rows).toEqual([
        { id: '1', name: 'a "b", c', us: 1704042000000000, n: '1.5' },
        { id: '2', name: null, us: null, n: null },
        { id: '9007199254740993', name: '', us: 1704067200000000, n: '-0.000000001' },
      ]);
    }
  });

  test.each([
    ['too many values', '1,a,,,x\n', /Too many values/],
    ['too few', '1\n', /Missing values/],
    ['a bad number', 'x,a,,\n', /Could not parse 'x' as INT64 for field id/],
    ['a missing REQUIRED one', ',a,,\n', /Required column value/],
    ['an open quote', '1,"a,,\n', /close quote/],
  ])('CSV with %s is refused', async (_, text, message) => {
    loads.bucket.objects.set('bad.csv', Buffer.from(text));
    expect(
      (await loads.load('bad_csv', 'bad.csv', { sourceFormat: 'CSV', schema })).status.errorResult?.message,
    ).toMatch(message);
  });

  test('JSON lines, exact beyond 2^53, nested', async () => {
    const lines = [{ id: 1, l: [{ a: 'x' }] }, { ID: '2' }].map((row) => JSON.stringify(row));
    loads.bucket.objects.set(
      'rows.json',
      Buffer.from([...lines, '{"id": 9223372036854775807, "n": 0.1}', ''].join('\n')),
    );
    const nested = {
      fields: [
        { name: 'id', type: 'INTEGER' },
        { name: 'n', type: 'NUMERIC' },
        { name: 'l', type: 'RECORD', mode: 'REPEATED', fields: [{ name: 'a', type: 'STRING' }] },
      ],
    };
    const config = { sourceFormat: 'NEWLINE_DELIMITED_JSON', schema: nested };
    expect((await loads.load('json', 'rows.json', config)).status).toEqual({ state: 'DONE' });
    expect(
      await loads.warehouse.rows('SELECT CAST(id AS STRING) AS id, CAST(n AS STRING) AS n, l FROM d.json ORDER BY id'),
    ).toEqual([
      { id: '1', n: null, l: [{ a: 'x' }] },
      { id: '2', n: null, l: [] },
      { id: '9223372036854775807', n: '0.1', l: [] },
    ]);
    loads.bucket.objects.set('bad.json', Buffer.from('{"id": 1, "nope": 2}\n'));
    expect((await loads.load('json_bad', 'bad.json', config)).status.errorResult?.message).toMatch(
      /no such field: nope/,
    );
    expect(
      (await loads.load('json_bad', 'bad.json', { sourceFormat: 'NEWLINE_DELIMITED_JSON' })).status.errorResult
        ?.message,
    ).toMatch(/No schema specified/);
  });

  /** `bytes` as the one column `x`; what came of it: its wire value or the error. */
  async function loadOne(field: object, sourceFormat: string, bytes: string): Promise<unknown> {
    loads.bucket.objects.set('one', Buffer.from(bytes));
    const config = { sourceFormat, schema: { fields: [{ name: 'x', ...field }] }, writeDisposition: 'WRITE_TRUNCATE' };
    const { status } = await loads.load('one', 'one', config);
    return status.errorResult ?? (await loads.firstRow('one'))[0];
  }
  const refused = (reason: string, message: RegExp): object => ({ reason, message: expect.stringMatching(message) });

  test.each([
    ['1.123456789012345678', '1.123456789012345678'],
    ['1.1000000000000000000000', '1.1'],
    ['-12345678901234567890e0', '-12345678901234567890'],
    ['1.1234567890123456789', refused('notImplemented', /BIGNUMERIC beyond 20 digits before and 18 behind/)],
    ['1e-19', refused('notImplemented', /BIGNUMERIC beyond/)],
    ['123456789012345678901', refused('notImplemented', /BIGNUMERIC beyond/)],
  ])('BIGNUMERIC %s is exact or refused, never rounded', async (text, expected) => {
    const field = { type: 'BIGNUMERIC' };
    expect(await loadOne(field, 'CSV', `${text}\n`)).toEqual(expected);
    expect(await loadOne(field, 'NEWLINE_DELIMITED_JSON', `{"x": ${text}}\n`)).toEqual(expected);
    expect(await loadOne(field, 'NEWLINE_DELIMITED_JSON', `{"x": "${text}"}\n`)).toEqual(expected);
  });

  test.each([
    [{ type: 'NUMERIC' }, '0.1234567895', '0.12345679'],
    [{ type: 'NUMERIC', precision: '5', scale: '2' }, '123.4', '123.4'],
    [{ type: 'NUMERIC', precision: '5', scale: '2' }, '1234', refused('invalid', /out of range for NUMERIC\(5, 2\)/)],
    [{ type: 'NUMERIC', precision: '5', scale: '2' }, '1.005', refused('notImplemented', /rounding while loading/)],
    [{ type: 'STRING', maxLength: '2' }, '😀😀', '😀😀'],
    [
      { type: 'STRING', maxLength: '2' },
      'abc',
      refused('invalid', /length 3 which is greater than the maximum length 2/),
    ],
    [{ type: 'TIMESTAMP' }, '2024-01-01T00:00:00.123456000Z', '1704067200123456'],
    [{ type: 'TIMESTAMP' }, '2024-01-01T00:00:00.1234567Z', refused('notImplemented', /below the microsecond/)],
  ])('CSV: %j of %s', async (field, text, expected) => {
    expect(await loadOne(field, 'CSV', `${text}\n`)).toEqual(expected);
  });

  test.each([
    ['TIMESTAMP', '1704067200.123456', '1704067200123456'],
    ['TIMESTAMP', '-1.5', '-1500000'],
    ['TIMESTAMP', '1.1234567', refused('notImplemented', /1.1234567 as a TIMESTAMP/)],
    ['JSON', '{"a": [18446744073709551615, 1.50, -0.00000025, "x"]}', '{"a":[18446744073709551615,1.5,-2.5e-7,"x"]}'],
    ['JSON', '[0.12345678901234567890]', refused('notImplemented', /in a JSON column/)],
    ['JSON', '18446744073709551616', refused('notImplemented', /in a JSON column/)],
  ])('a JSON value of %s: %s', async (type, text, expected) => {
    expect(await loadOne({ type }, 'NEWLINE_DELIMITED_JSON', `{"x": ${text}}\n`)).toEqual(expected);
  });
});
