import { describe, expect, test } from '@jest/globals';
import { findRun, resolveRun } from '../../../../functions/runtime/run.ts';
import { TerminalError } from '../../../../functions/runtime/errors.ts';
import { checkPipeline } from '../../../../pipelines/model/check.ts';
import { planTable } from '../../../../pipelines/model/datasets.ts';
import { isMovePipeline } from '../../../../pipelines/model/pipeline.ts';
import { plan } from '../../../../pipelines/model/plan.ts';
import { deletesGroups } from '../../../../pipelines/model/plan-deletes.ts';
import type { Catalog } from '../../../../pipelines/model/read.ts';
import { scheduledPipelines } from '../../../../pipelines/model/watching.ts';
import { localEnvironment } from '../../../../scripts/up/variables.ts';
import { contractOf, TIMESTAMP } from '../../records.ts';
import { fileOf, MOVE, mistakesIn, move } from './yaml.ts';

const contract = contractOf({ id: 'long', updated_at: TIMESTAMP, created_at: TIMESTAMP, Gone: 'boolean' });
const contracts = new Map([['test/thing', contract]]);
const withDeletes = (deletes: string): string => move('    audit:', `    deletes: ${deletes}\n    audit:`);
const table = (destination: string, deletes: string): string =>
  `  - { source: ${destination}, contract: test/thing, destination: ${destination}, key: [id], cursor: full${deletes} }\n`;

function catalogOf(text: string): Catalog {
  const { pipeline } = fileOf(text);
  return { pipelines: 'events' in pipeline ? [] : [pipeline], events: [], contracts };
}

const NIGHTLY = "deletes: { schedule: '30 2 * * *' }";
const several = catalogOf(
  MOVE +
    table('one', `, ${NIGHTLY}`) +
    table('two', '') +
    table('three', ", deletes: { schedule: '0 4 * * 0', mode: hard }") +
    table('four', `, ${NIGHTLY}`),
);

describe('what a table declares', () => {
  test('has defaults for all but the schedule', () => {
    const [pipeline] = catalogOf(withDeletes("{ schedule: '30 2 * * *' }")).pipelines;
    expect(pipeline && isMovePipeline(pipeline) && pipeline.tables[0]?.deletes).toEqual({
      schedule: '30 2 * * *',
      mode: 'soft',
      at_most: 0.1,
      column: 'deleted_at',
    });
    expect(checkPipeline(fileOf(withDeletes("{ schedule: '30 2 * * *' }")), contracts)).toEqual([]);
  });

  const path = 'tables[0].deletes';
  test.each([
    ['no schedule', '{ mode: soft }', { path: `${path}.schedule`, rule: expect.stringContaining('is missing') }],
    ['a mode alone', 'soft', { path, value: 'soft', rule: expect.stringContaining('expected object') }],
    [
      'a mode that is none',
      "{ schedule: '0 2 * * *', mode: softly }",
      { path: `${path}.mode`, value: 'softly', rule: expect.stringContaining('"soft"|"hard"') },
    ],
    [
      'a share in per cent',
      "{ schedule: '0 2 * * *', at_most: 10 }",
      { path: `${path}.at_most`, value: 10, rule: 'a share is between 0 and 1, e.g. 0.1 for 10 %' },
    ],
    [
      'a setting that is misspelt',
      "{ schedule: '0 2 * * *', at_mots: 0.2 }",
      { path: `${path}.at_mots`, rule: 'there is no such setting', hint: 'did you mean "at_most"?' },
    ],
    [
      'a column that is no name',
      "{ schedule: '0 2 * * *', column: deleted-at }",
      { path: `${path}.column`, value: 'deleted-at', rule: expect.stringContaining('a column is letters') },
    ],
  ])('%s', (_, deletes, mistake) => {
    expect(mistakesIn(withDeletes(deletes))).toEqual([
      expect.objectContaining({ file: 'move.yaml', line: 14, ...mistake }),
    ]);
  });

  test.each([
    [
      'a schedule that is none',
      "{ schedule: '61 * * * *' }",
      { path: `${path}.schedule`, value: '61 * * * *', rule: expect.stringContaining('not a cron schedule') },
    ],
    [
      'a column of the contract, in whatever case',
      "{ schedule: '0 2 * * *', column: gone }",
      { path: `${path}.column`, value: 'gone', rule: expect.stringContaining('has a field of that name') },
    ],
  ])('%s', (_, deletes, mistake) => {
    expect(checkPipeline(fileOf(withDeletes(deletes)), contracts)).toMatchObject([{ line: 14, ...mistake }]);
  });

  test('rows that are deleted need no column', () => {
    const text = withDeletes("{ schedule: '0 2 * * *', mode: hard, column: gone }");
    expect(checkPipeline(fileOf(text), contracts)).toEqual([]);
  });
});

describe('the plan', () => {
  const resources = plan(several, localEnvironment);

  test('has a schedule for the tables that share one, beside that of the pipeline', () => {
    const [pipeline] = several.pipelines;
    expect(pipeline && isMovePipeline(pipeline) && deletesGroups(pipeline)).toEqual([
      { schedule: '30 2 * * *', tables: ['one', 'four'] },
      { schedule: '0 4 * * 0', tables: ['three'] },
    ]);
    const [own, nightly, weekly] = resources.schedules;
    expect(resources.schedules).toHaveLength(3);
    expect(nightly).toEqual({
      ...own,
      name: `${own?.name ?? ''}_deletes_one`,
      description: 'Rows that are gone from the source of move: one, four.',
      schedule: '30 2 * * *',
      message: { v: 1, kind: 'tick', pipeline: 'move', tables: ['one', 'four'], deletes: {} },
    });
    // https://cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs#Job.FIELDS.name
    expect(weekly?.name).toMatch(/^[A-Za-z0-9_-]{1,500}$/);
    expect(scheduledPipelines(resources)).toEqual([
      { pipeline: 'move', schedule: '15 * * * *', timezone: 'Asia/Jakarta' },
    ]);
  });

  test('gives tables whose rows are marked a column for it, and no others', () => {
    const columns = (name: string): string[] =>
      resources.tables.find((one) => one.name === name)?.columns.map((column) => column.name) ?? [];
    expect(columns('one')).toEqual([...columns('two'), 'deleted_at']);
    expect(columns('three')).toEqual(columns('two'));
    const [pipeline] = catalogOf(withDeletes("{ schedule: '0 2 * * *', column: gone_at }")).pipelines;
    if (!pipeline || !isMovePipeline(pipeline) || !pipeline.tables[0]) throw new Error('no table');
    expect(planTable(several, localEnvironment, pipeline, pipeline.tables[0]).columns.at(-1)).toMatchObject({
      name: 'gone_at',
      type: 'TIMESTAMP',
      mode: 'NULLABLE',
    });
  });
});

describe('the run of such a tick', () => {
  const tick = { v: 1, kind: 'tick', pipeline: 'move', deletes: {}, tables: ['one', 'four'] } as const;
  const message = { ...tick, tables: [...tick.tables] };
  const at = new Date('2026-11-20T19:30:00.050Z');

  test('is that of its own schedule, and never the one that moves rows', () => {
    const run = resolveRun(several, message, at);
    expect(run).toEqual({
      runId: 'move-20261120T193000Z-deletes-one',
      pipeline: 'move',
      tick: new Date('2026-11-20T19:30:00Z'),
      manual: false,
    });
    expect(resolveRun(several, message, new Date('2026-11-21T19:29:00Z'))).toEqual(run);
    const weekly = resolveRun(several, { ...message, tables: ['three'] }, at);
    expect(weekly.runId).toBe('move-20261114T210000Z-deletes-three');
  });

  test('by a person has an id of its own too', () => {
    const manual = { id: '1a2b3c4d', at: '2026-11-20T09:20:31.500Z' };
    const { tables, ...all } = { ...message, manual };
    expect(tables).toHaveLength(2);
    expect(resolveRun(several, all, at)).toMatchObject({ runId: 'move-20261120T092031Z-m1a2b3c4d-deletes' });
    expect(findRun(several, all, at)).toMatchObject({ runId: 'move-20261120T092031Z-m1a2b3c4d-deletes' });
  });

  test('of a table that no longer declares it is none', () => {
    const stale = { ...message, tables: ['two'] };
    expect(() => resolveRun(several, stale, at)).toThrow(TerminalError);
    expect(() => resolveRun(several, stale, at)).toThrow('pipeline move has no "deletes" in two any more');
    expect(findRun(several, stale, at)).toBeUndefined();
    expect(findRun(several, { ...message, pipeline: 'nope' }, at)).toBeUndefined();
  });
});
