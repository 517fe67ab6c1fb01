import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PRICES, SERVICES } from '../../../scripts/cost/prices.ts';
import { defaultLocation, regionClasses } from '../../../scripts/cost/regions.ts';
import { formatEstimate } from '../../../scripts/cost/report.ts';
import { resolveVolumes } from '../../../scripts/cost/volumes.ts';
import { catalogOf, estimateOf, MONTHLY } from './cost-fixture.ts';

const program = join(import.meta.dirname, '../../../scripts/alir');

function cost(...args: string[]): { code: number | null; out: string; err: string } {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'] };
  const { status, stdout, stderr } = spawnSync(program, ['cost', ...args], { encoding: 'utf8', env });
  return { code: status, out: stdout, err: stderr };
}

interface Printed {
  readonly usd: number;
  readonly sharedUsd: number;
  readonly freeUsd: number;
  readonly pipelines: readonly { pipeline: string; runs: number; usd: number; tables: readonly object[] }[];
  readonly lines: readonly { owner: string; sku: string; usd: number }[];
}
const printed = (...args: string[]): Printed => JSON.parse(cost(...args, '--json').out) as Printed;

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'alir-cost-'));
  file = join(folder, 'volumes.yaml');
  writeFileSync(file, 'library.rent: { rows: 40, newRows: 30 }\nlibrary.book: 1\n');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('alir cost', () => {
  test('prints pipelines by services, and what that rests on', () => {
    const { code, out, err } = cost();
    expect({ code, err }).toEqual({ code: 0, err: '' });
    // Functions log into an instance of their own without a secret.
    for (const service of SERVICES) expect(out.includes(service)).toBe(service !== 'Secrets');
    for (const row of ['library-generator', 'library', 'shared by all', 'free amounts', 'total'])
      expect(out).toMatch(new RegExp(`^${row} +[-\\d].*\\d\\.\\d\\d$`, 'm'));
    expect(out).toMatch(/^library\.rent +730\.5 +15 +10 +56 +0 +1 +generator$/m);
    expect(out).toMatch(/300\.00 for Cloud Composer's smallest environment/);
    expect(out).toMatch(/^- Functions in us-central1, buckets and datasets in US\.$/m);
    expect(out).toMatch(/^Prices as of \d{4}-\d\d-\d\d, .* from memory and unverified\.$/m);
    expect(out).toMatch(/^List prices, no discounts, no taxes; an estimate\.$/m);
  });

  test('--json has all of it, and its sums are those of its lines', () => {
    const document = printed();
    const keys =
      'assumptions composerUsd currency freeUsd lines location notes per pipelines prices pricesDate region sharedUsd usd';
    expect(Object.keys(document).sort()).toEqual(keys.split(' '));
    expect(document).toMatchObject({
      currency: 'USD',
      per: 'month',
      region: 'us-central1',
      location: 'US',
      prices: PRICES,
    });
    const sum = (owner?: string): number =>
      document.lines.reduce((total, line) => total + (owner === undefined || line.owner === owner ? line.usd : 0), 0);
    expect(document.usd).toBeCloseTo(sum(), 9);
    expect(document.sharedUsd).toBeCloseTo(sum('shared'), 9);
    expect(document.freeUsd).toBeCloseTo(sum('free'), 9);
    expect(document.pipelines.map(({ pipeline }) => pipeline)).toEqual(['library-generator', 'library']);
    for (const { pipeline, usd } of document.pipelines) expect(usd).toBeCloseTo(sum(pipeline), 9);
    expect(document.pipelines[1]?.tables[2]).toEqual({
      ...{ table: 'rent', slices: 1, rows: 15, newRows: 10, rowBytes: 56, tableRows: 0, from: 'generator' },
    });
  });

  test('of some pipelines leaves the others out, and what is shared in', () => {
    const document = printed('library-generator');
    expect(document.pipelines.map(({ pipeline }) => pipeline)).toEqual(['library-generator']);
    expect(document.sharedUsd).toBe(printed().sharedUsd);
  });

  test('takes rows from a file, and rather from the command line', () => {
    const document = printed('library', '--volumes', file, '--rows', 'library.book=2');
    expect(document.pipelines[0]?.tables).toMatchObject([
      { table: 'book', rows: 2, from: 'stated' },
      { table: 'member', rows: 20, from: 'generator' },
      { table: 'rent', rows: 40, newRows: 30, from: 'stated' },
    ]);
  });

  test('with a Postgres that is there has no Cloud SQL; production has a dearer one', () => {
    const sql = (...args: string[]): number =>
      printed(...args).lines.reduce((total, { sku, usd }) => total + (sku.startsWith('sql') ? usd : 0), 0);
    expect(sql('--postgres', 'existing')).toBe(0);
    expect(sql('--profile', 'cheap', '--postgres', 'db-custom-1-3840')).toBeCloseTo(51.8115, 4);
    expect(sql('--profile', 'production')).toBeCloseTo(201.446, 4);
    expect(sql()).toBe(sql('--profile', 'production'));
    expect(sql('--profile', 'cheap', '--postgres', 'db-f1-micro')).toBeCloseTo(7.665 + 2.5, 4);
  });

  test('elsewhere says that prices may be others', () => {
    const { out } = cost('--region', 'asia-southeast2');
    expect(out).toContain('Functions in asia-southeast2, buckets and datasets in asia-southeast2.');
    expect(out).toContain('all else is priced as in us-central1');
    expect(cost('--location', 'us').out).toContain('datasets in US.');
  });

  test('--help lists its options', () => {
    const { code, out } = cost('--help');
    expect(code).toBe(0);
    for (const option of ['--rows', '--volumes', '--region', '--location', '--profile', '--postgres', '--json'])
      expect(out).toContain(option);
  });

  test.each([
    [['libary'], 'there is no pipeline "libary" (did you mean "library"?)'],
    [['--rows', 'library.rent=-1'], '--rows library.rent=-1: write'],
    [['--rows', 'library.rents=1'], 'library.rents: pipeline library has no table "rents" (did you mean "rent"?)'],
    [
      ['--region', 'us-centrl1'],
      '--region us-centrl1: this is not a region of Cloud Run (did you mean "us-central1"?)',
    ],
    [['--location', 'USA'], '--location USA: this is not a location'],
    [['--profile', 'big'], 'Allowed choices are cheap, production'],
    [['--postgres', 'huge'], '--postgres huge: write "existing"'],
    [['--volumes', 'absent.yaml'], '--volumes absent.yaml cannot be read: ENOENT'],
  ])('%j ends with 1, and says why', (args, reason) => {
    const { code, out, err } = cost(...args);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(reason);
    expect(err).not.toMatch(/^ {4}at /m);
  });
});

describe('the report', () => {
  test('tells what to mind, and has a minus only before something', () => {
    const volumes = resolveVolumes(catalogOf(MONTHLY), new Map());
    const text = formatEstimate({ ...estimateOf({}), notes: ['it is close'] }, volumes, ['as if'], PRICES);
    expect(text).toContain('Mind\n\n- it is close\n\nAssumed\n\n- as if\n\n');
    expect(text).not.toContain('-0.00');
    expect(text).toMatch(/ -0\.84 /);
  });
});

describe('prices', () => {
  test.each(Object.entries(PRICES))('%s has a unit and a source', (_, { unit, usd, source }) => {
    expect(usd).toBeGreaterThanOrEqual(0);
    expect(unit).not.toBe('');
    expect(source.url).toMatch(/^https:\/\//);
    // What is said to be read on Google's page names a page of Google's.
    if (source.read === 'page') expect(source.url).toMatch(/^https:\/\/cloud\.google\.com\//);
  });

  test('depend on where', () => {
    expect([...regionClasses('us-central1', 'US')]).toEqual(['multiRegion']);
    expect([...regionClasses('asia-southeast2', 'asia-southeast2')]).toEqual(['tier2']);
    expect(['us-west1', 'europe-west1', 'asia-east1'].map(defaultLocation)).toEqual(['US', 'EU', 'asia-east1']);
  });
});
