import { describe, expect, test } from '@jest/globals';
import { TerminalError } from '../../../../functions/runtime/errors.ts';
import { requirePipeline, resolveRun } from '../../../../functions/runtime/run.ts';
import { requireMovePipeline, resolveTable, tablesOf } from '../../../../functions/runtime/table.ts';
import { readCatalog } from '../../../../pipelines/model/read.ts';
import { localEnvironment } from '../../../../scripts/up/variables.ts';

const catalog = readCatalog();
const tick = { v: 1, kind: 'tick', pipeline: 'library' } as const;
const at = (instant: string): Date => new Date(instant);

describe('the run of a trigger', () => {
  test('is that of the tick at or before it, so that a double fire is the same run', () => {
    const run = resolveRun(catalog, tick, at('2026-11-20T09:15:00.050Z'));
    expect(run).toEqual({
      runId: 'library-20261120T091500Z',
      pipeline: 'library',
      tick: at('2026-11-20T09:15:00Z'),
      manual: false,
    });
    expect(resolveRun(catalog, tick, at('2026-11-20T09:16:30Z'))).toEqual(run);
    expect(resolveRun(catalog, tick, at('2026-11-20T10:15:00Z')).runId).toBe('library-20261120T101500Z');
  });

  test('by a person is a run of its own, whenever it is delivered', () => {
    const manual = { ...tick, manual: { id: '1a2b3c4d', at: '2026-11-20T09:20:31.500Z' } };
    const run = resolveRun(catalog, manual, at('2026-11-20T09:20:32Z'));
    expect(run).toMatchObject({ runId: 'library-20261120T092031Z-m1a2b3c4d', manual: true });
    expect(resolveRun(catalog, manual, at('2026-11-21T00:00:00Z'))).toEqual(run);
  });
});

describe('what a message names must be deployed', () => {
  const refused = (work: () => unknown, message: string): void => {
    expect(work).toThrow(TerminalError);
    expect(work).toThrow(message);
    expect(work).toThrow(expect.objectContaining({ code: 'PIPELINE_UNKNOWN' }));
  };

  test('its pipeline', () => {
    refused(() => requirePipeline(catalog, 'nope'), 'there is no pipeline "nope"; there are: library');
    refused(() => resolveRun(catalog, { ...tick, pipeline: 'nope' }, new Date()), 'there is no pipeline "nope"');
  });

  test('a pipeline that moves tables', () => {
    refused(() => requireMovePipeline(catalog, 'library-generator'), 'it has no tables to extract');
  });

  test('its table', () => {
    refused(() => resolveTable(catalog, 'library', 'nope'), 'has no table "nope"; it has: book, member, rent');
    expect(resolveTable(catalog, 'library', 'rent')).toMatchObject({
      spec: { source: 'rent_table' },
      contract: { id: 'library/rent' },
    });
  });
});

test('every run has a staging table of its own, in a dataset beside the final one', () => {
  const table = resolveTable(catalog, 'library', 'rent');
  expect(
    tablesOf({ ...localEnvironment, projectId: 'p', datasetPrefix: 'dev_' }, table, 'library-20261120T091500Z'),
  ).toEqual({
    target: { project: 'p', dataset: 'dev_library', table: 'rent' },
    staging: { project: 'p', dataset: 'dev_library_staging', table: 'rent__library_20261120T091500Z' },
  });
});
