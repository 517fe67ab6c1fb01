import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Ledger } from '../../functions/ledger/ledger.ts';
import { moveTableRun, startRun } from '../../functions/ledger/runs.ts';
import { recordEncoded, recordSlices } from '../../functions/ledger/slices.ts';
import { sliceMessages } from '../../functions/runtime/chain.ts';
import { slicesAtOnce } from '../../functions/runtime/table.ts';
import { isMovePipeline } from '../../pipelines/model/pipeline.ts';
import { type Catalog, readCatalog } from '../../pipelines/model/read.ts';
import { createLedger } from '../support/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await createLedger();
});

const encoded = { object: 'o', generation: '7', extracted: 5, encoded: 5, quarantined: 0, bytes: 100 };
const SLICES = 9;

/** The library's pipelines, whose source may be read by so many at once. */
const allowing = (parallel: number): Catalog => {
  const catalog = readCatalog();
  const pipelines = catalog.pipelines.map((pipeline) =>
    isMovePipeline(pipeline) ? { ...pipeline, source: { ...pipeline.source, parallel } } : pipeline,
  );
  return { ...catalog, pipelines };
};

async function planned(runId: string, atOnce?: number): Promise<{ runId: string; table: string }> {
  const key = { runId, table: 'book' };
  await ledger.transaction(async (tx) => {
    await startRun(tx, { runId, pipeline: 'library', tick: new Date(), manual: false }, ['book']);
    const slices = Array.from({ length: SLICES }, () => ({}));
    await recordSlices(tx, key, { cursorTo: 'b', slices, ...(atOnce === undefined ? {} : { atOnce }) });
    await moveTableRun(tx, key, ['pending'], 'encoding');
  });
  return key;
}

/** Encodes what is begun, the oldest first, under catalogs that take turns. @returns slices in their order, and how many were begun at most */
async function drain(key: { runId: string; table: string }, catalogs: readonly Catalog[]) {
  let turn = 0;
  const next = async (done?: number): Promise<number[]> => {
    const catalog = catalogs[turn++ % catalogs.length] ?? allowing(1);
    const messages = await sliceMessages({ ledger, catalog }, key, done);
    return messages.map(({ message }) => (message.kind === 'encode' ? message.slice : NaN));
  };
  const begun = await next();
  const order: number[] = [];
  let most = 0;
  for (let slice = begun.shift(); slice !== undefined; slice = begun.shift()) {
    most = Math.max(most, begun.length + 1);
    order.push(slice);
    await recordEncoded(ledger, key, slice, encoded);
    begun.push(...(await next(slice)));
  }
  return { order, most };
}

describe('of the slices of a table', () => {
  const all = Array.from({ length: SLICES }, (_, slice) => slice);

  test.each([1, 2, 4, 20])('%i are under way at once, and each is begun once', async (atOnce) => {
    const key = await planned(`at-once-${atOnce}`, atOnce);
    expect(await drain(key, [allowing(100)])).toEqual({ order: all, most: Math.min(atOnce, SLICES) });
  });

  test('none is forgotten when a deployment in the middle of the run allows more, or fewer', async () => {
    const key = await planned('deployed', 2);
    expect(await drain(key, [allowing(6), allowing(24), allowing(3)])).toEqual({ order: all, most: 2 });
  });

  test('as many are under way as the pipeline says, when the ledger does not', async () => {
    const key = await planned('from-before');
    expect(await drain(key, [allowing(9)])).toEqual({ order: all, most: 3 });
  });
});

test.each([
  [8, 3, 2],
  [9, 3, 3],
  [1, 3, 1],
  [100, 1, 100],
])('a source that may be read by %i at once gives each of %i tables %i', (parallel, tables, expected) => {
  const [pipeline] = allowing(parallel).pipelines.filter(isMovePipeline);
  if (!pipeline) throw new Error('no pipeline moves');
  const some = Array.from({ length: tables }, () => pipeline.tables[0]).filter((table) => table !== undefined);
  expect(slicesAtOnce({ ...pipeline, tables: some })).toBe(expected);
});
