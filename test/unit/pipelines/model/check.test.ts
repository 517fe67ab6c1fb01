import { describe, expect, test } from '@jest/globals';
import { checkPipeline } from '../../../../pipelines/model/check.ts';
import { contractOf, DATE, LOCAL_TIMESTAMP, TIMESTAMP } from '../../records.ts';
import { fileOf, MOVE, move } from './yaml.ts';

const thing = contractOf({
  id: 'long',
  updated_at: TIMESTAMP,
  created_at: TIMESTAMP,
  day: DATE,
  local: LOCAL_TIMESTAMP,
  seen_at: ['null', TIMESTAMP],
  tags: { type: 'array', items: 'string' },
  raw: 'bytes',
  title: 'string',
});
const check = (text: string): ReturnType<typeof checkPipeline> =>
  checkPipeline(fileOf(text), new Map([['test/thing', thing]]));

test('a pipeline that fits its contract has no mistakes', () => {
  expect(check(MOVE)).toEqual([]);
});

describe('what a table names must be in its contract', () => {
  const table = 'tables[0]';
  test.each([
    ['a key', move('[id]', '[idd]'), 11, `${table}.key[0]`, 'idd', 'did you mean "id"?'],
    ['the second of a key', move('[id]', '[id, x]'), 11, `${table}.key[1]`, 'x', expect.any(String)],
    ['the cursor', move('updated_at', 'update_at'), 12, `${table}.cursor`, 'update_at', 'did you mean "updated_at"?'],
    ['the partition field', move('field: created_at', 'field: creation'), 13, `${table}.partition.field`, 'creation'],
    ['a cluster column', move('[id]', '[id]\n    cluster: [titel]'), 12, `${table}.cluster[0]`, 'titel'],
    [
      'the column of an expectation',
      move('column: id', 'column: author'),
      15,
      `${table}.audit[0].expect_column_values_to_be_unique.column`,
      'author',
      expect.stringContaining('it has: id, updated_at'),
    ],
    [
      'the second of a pair',
      move(
        'expect_column_values_to_be_unique: { column: id }',
        'expect_column_pair_values_a_to_be_greater_than_b: { a: updated_at, b: born }',
      ),
      15,
      `${table}.audit[0].expect_column_pair_values_a_to_be_greater_than_b.b`,
      'born',
    ],
  ])('%s', (_, text, line, path, value, hint: unknown = expect.any(String)) => {
    const rule = 'contract test/thing has no field of that name';
    expect(check(text)).toEqual([{ file: 'move.yaml', line, path, value, rule, hint }]);
  });
});

describe('a column must be able to do its work', () => {
  test.each([
    ['a key is not null', move('[id]', '[seen_at]'), 'a key must not be nullable or an array'],
    ['a key is no array', move('[id]', '[tags]'), 'a key must not be nullable or an array'],
    ['a cursor is a timestamp', move('updated_at', 'day'), 'a cursor must be timestamp-micros, not date'],
    ['a cursor is no array', move('updated_at', 'tags'), 'a cursor must be timestamp-micros, not array'],
    ['a cursor has a zone', move('updated_at', 'local'), 'not local-timestamp-micros, unless it has a lag'],
    ['so has one in the long form', move('updated_at', '{ column: local }'), 'unless it has a lag'],
    ['a cursor names a column once', move('updated_at', '{ columns: [id, id] }'), 'names each of its columns once'],
    ['a partition field is not null', move('created_at', 'seen_at'), 'a partition field must not be nullable'],
    ['a partition field is a time', move('created_at', 'id'), 'a partition field must be date or timestamp-micros'],
    ['a date has no hours', move('created_at', 'day, by: hour'), 'a date has no hours'],
    ['no clustering by arrays', move('[id]', '[id]\n    cluster: [tags]'), 'does not cluster by arrays'],
    ['no clustering by bytes', move('[id]', '[id]\n    cluster: [raw]'), 'a cluster column must be boolean or int'],
  ])('%s', (_, text, rule) => {
    const mistakes = check(text);
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]?.rule).toContain(rule);
  });

  test.each([
    'seen_at',
    '{ column: updated_at }',
    '{ column: not_in_the_contract, lag: 15m }',
    '{ column: local, lag: 12h }',
    '{ expression: "greatest(born_at, died_at)" }',
    '{ columns: [shard, nr] }',
    'xmin',
    'full',
  ])('a cursor may be %s: null is read every time, and what does not order versions need not be there', (cursor) => {
    expect(check(move('updated_at', cursor))).toEqual([]);
  });

  test('a cursor in the long form without a lag is in the contract, as the short one', () => {
    expect(check(move('updated_at', '{ column: update_at }'))).toMatchObject([
      { line: 12, path: 'tables[0].cursor', value: 'update_at', hint: 'did you mean "updated_at"?' },
    ]);
  });

  test('a date may be partitioned by day, month and year', () => {
    for (const by of ['day', 'month', 'year']) expect(check(move('created_at', `day, by: ${by}`))).toEqual([]);
  });
});

describe('a schedule is one that Cloud Scheduler takes', () => {
  test.each(['* * * * *', '*/5 0-6,12 1,15 * *', '0 3 * JAN-MAR MON-FRI', '0 0 * * 7', '59 23 31 12 *'])(
    'yes: %s',
    (schedule) => {
      expect(check(move("'15 * * * *'", `'${schedule}'`))).toEqual([]);
    },
  );

  test.each([
    ['', 'five fields'],
    ['hourly', 'five fields'],
    ['@hourly', 'five fields'],
    ['* * * *', 'five fields'],
    ['0 0 * * * *', 'five fields'],
    ['2030-01-01T00:00:00', 'five fields'],
    ['0 0 L * *', 'five fields'],
    ['0 0 * * 1#2', 'five fields'],
    ['0 0 15W * *', 'five fields'],
    ['? * * * *', 'five fields'],
    ['60 * * * *', 'Invalid value for minute: 60'],
    ['0 24 * * *', 'Invalid value for hour: 24'],
    ['0 0 0 * *', 'Invalid value for day'],
    ['0 0 * 13 *', 'Invalid value for month'],
    ['*/0 * * * *', 'illegal stepping'],
    ['0 0 * * MOM', 'not a cron schedule'],
    ['0 0 30 2 *', 'there is no such day'],
  ])('no: %s', (schedule, reason) => {
    const [mistake, ...others] = check(move("'15 * * * *'", `'${schedule}'`));
    expect(others).toEqual([]);
    expect(mistake).toMatchObject({ line: 3, path: 'schedule', value: schedule });
    expect(mistake?.rule).toContain('not a cron schedule: ');
    expect(mistake?.rule).toContain(reason);
  });

  test.each(['Asia/Batavia2', 'WIB', '+07:00', '""', 'Asia/'])('no time zone: %s', (timezone) => {
    expect(check(move('Asia/Jakarta', timezone))).toMatchObject([
      { line: 4, path: 'timezone', rule: 'not an IANA time zone', hint: 'for example UTC or Asia/Jakarta' },
    ]);
  });
});
