import { describe, expect, test } from '@jest/globals';
import { isMovePipeline } from '../../../pipelines/model/pipeline.ts';
import { readCatalog } from '../../../pipelines/model/read.ts';
import { columnBytes, sumBytes } from '../../../scripts/cost/size.ts';
import { parseRows, parseVolumes } from '../../../scripts/cost/stated.ts';
import { countTicks, DAYS_PER_MONTH } from '../../../scripts/cost/ticks.ts';
import { resolveVolumes, type StatedVolume } from '../../../scripts/cost/volumes.ts';
import { everyType } from '../records.ts';
import { catalogOf, MONTHLY } from './cost-fixture.ts';

const library = readCatalog();
const resolve = (volumes: Readonly<Record<string, StatedVolume>>) =>
  resolveVolumes(library, new Map(Object.entries(volumes)));

describe('ticks', () => {
  test.each([
    ['15 * * * *', 730.5, 24],
    ['* * * * *', 43_830, 1440],
    ['*/15 9-17 * * *', 36 * DAYS_PER_MONTH, 36],
    ['0 0 1 * *', 1, 1],
    ['0 0,12 1 * *', 2, 2],
    ['0 6 29 2 *', 1 / 48, 1],
    // 208 or 209 Mondays in four years; these have 209.
    ['0 0 * * MON', 209 / 48, 1],
  ])('%s: %d a month, %d a day', (schedule, perMonth, perDay) => {
    expect(countTicks(schedule)).toEqual({ perMonth, perDay });
  });
});

describe('bytes of a row', () => {
  test('by type, three times in arrays', () => {
    expect(Object.fromEntries(columnBytes(everyType))).toMatchObject({
      ...{ ok: 1, small: 8, big: 8, text: 22, raw: 22, day: 8, at: 8, local: 8 },
      ...{ maybe_text: 22, oks: 3, bigs: 24, texts: 66 },
    });
  });

  test('of some columns, each once', () => {
    expect(sumBytes(columnBytes(everyType), ['ok', 'text', 'ok'])).toBe(23);
  });
});

describe('volumes', () => {
  test('are what the generators write between two runs', () => {
    const volumes = resolve({});
    expect(volumes.get('library.book')).toMatchObject({ rows: 30, newRows: 25, tableRows: 0, from: 'generator' });
    expect(volumes.get('library.member')).toMatchObject({ rows: 20, newRows: 20, rowBytes: 54 });
    expect(volumes.get('library.rent')).toMatchObject({ rows: 15, newRows: 10, rowBytes: 56 });
  });

  test('are gathered by a run that comes less often than its generator', () => {
    const pipelines = library.pipelines.map((one) =>
      one.pipeline === 'library' ? { ...one, schedule: '0 0,12 * * *' } : one,
    );
    expect(
      resolveVolumes({ pipelines, contracts: library.contracts, events: library.events }, new Map()).get(
        'library.rent',
      ),
    ).toMatchObject({ rows: 180 });
  });

  test('are not what a generator writes into another source', () => {
    const pipelines = library.pipelines.map((one) =>
      isMovePipeline(one) ? one : { ...one, generate: { ...one.generate, postgres: 'elsewhere' } },
    );
    const volumes = resolveVolumes({ pipelines, contracts: library.contracts, events: library.events }, new Map());
    expect(volumes.get('library.rent')).toMatchObject({ rows: 1000, from: 'assumed' });
  });

  test('are assumed where nothing writes', () => {
    const volumes = resolveVolumes(catalogOf(MONTHLY), new Map());
    expect(volumes.get('move.thing')).toEqual({
      rows: 1000,
      newRows: 1000,
      rowBytes: 24,
      tableRows: 0,
      from: 'assumed',
    });
  });

  test('are what people state, and rows are new unless they say otherwise', () => {
    const stated = resolve({
      'library.rent': { rows: 7 },
      'library.book': { rows: 9, newRows: 2, rowBytes: 5, tableRows: 3 },
    });
    expect(stated.get('library.rent')).toMatchObject({ rows: 7, newRows: 7, from: 'stated' });
    expect(stated.get('library.book')).toMatchObject({ rows: 9, newRows: 2, rowBytes: 5, tableRows: 3 });
  });

  test.each([
    [{ 'libary.rent': {} }, 'libary.rent: no pipeline that moves tables is called "libary" (did you mean "library"?)'],
    [{ 'library.rents': {} }, 'library.rents: pipeline library has no table "rents" (did you mean "rent"?)'],
    [{ 'library.x': {} }, '(there are: book, member, rent)'],
    [{ library: {} }, 'write <pipeline>.<table>, e.g. library.book'],
    [{ 'library.rent': { rows: 1, newRows: 2 } }, 'library.rent: newRows 2 is above rows 1'],
  ])('%j is refused', (volumes, message) => {
    expect(() => resolve(volumes)).toThrow(message);
  });
});

describe('--rows', () => {
  test.each([
    ['library.rent=50000', 50_000],
    ['library.rent=0', 0],
    ['library.rent=1e9', 1e9],
  ])('%s', (text, rows) => {
    expect(parseRows(text)).toEqual(['library.rent', { rows }]);
  });

  test.each(['library.rent', 'library.rent=', 'library.rent=-1', 'library.rent=many', '=5', 'library.rent=Infinity'])(
    '%s is refused',
    (text) => {
      expect(() => parseRows(text)).toThrow(`--rows ${text}: write <pipeline>.<table>=<rows per run>`);
    },
  );
});

describe('a volumes file', () => {
  const parse = (text: string) => parseVolumes('v.yaml', text, library);

  test('has rows, or settings', () => {
    const text = 'library.rent: 5\nlibrary.book:\n  rows: 7\n  newRows: 1\n';
    expect([...parse(text)]).toEqual([
      ['library.rent', { rows: 5 }],
      ['library.book', { rows: 7, newRows: 1 }],
    ]);
    expect(parse('# nothing yet\n').size).toBe(0);
  });

  test('tells all its mistakes, with lines', () => {
    const text = 'library.rents: many\nlibrary.book:\n  rows: 10\n  tableRows: -1\nlibrary.rent: { newrows: 3 }\n';
    expect(() => parse(text)).toThrow(
      [
        'v.yaml:1 library.rents is "many": rows is a number',
        'v.yaml:1: library.rents: pipeline library has no table "rents" (did you mean "rent"?)',
        'v.yaml:4 library.book.tableRows is -1: tableRows is 0 or more',
        'v.yaml:5 library.rent.newrows: there is no such setting (did you mean "newRows"?)',
      ].join('\n'),
    );
  });

  test.each([
    ['library.rent: 1\nlibrary.book: [1\nb: 2\n', /^v\.yaml:3: not YAML: /],
    ['library.rent: *x\n', /^v\.yaml:1: not YAML: .*alias/],
    ['- 1\n', /^v\.yaml:1: a volumes file maps tables to rows/],
    ['library.rent:\n', /^v\.yaml:1 library\.rent is null: rows is a number/],
    ['library.rent: .inf\n', /^v\.yaml:1 library\.rent is null: rows is a number/],
  ])('%j is refused', (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });
});
