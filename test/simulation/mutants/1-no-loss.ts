import type { Mutant } from './mutant.ts';

const cursor = 'functions/sources/cursor.ts';

export const noLoss: readonly Mutant[] = [
  {
    name: 'cursor-is-now',
    breaks: 1,
    why: 'The next cursor is the time of reading, whatever transaction is still open.',
    edits: [{ file: cursor, from: 'min(xact_start)', to: `max('infinity'::timestamptz)` }],
  },
  {
    name: 'cursor-forgets-the-prepared',
    breaks: 1,
    why: 'Prepared transactions, which have no session, do not hold the cursor back.',
    seed: 14,
    edits: [{ file: cursor, from: 'where database = current_database()) then', to: 'where false) then' }],
  },
  {
    name: 'cursor-leaves-ties',
    breaks: 1,
    why: 'What has exactly the time of the cursor is taken to have been read.',
    seed: 42,
    edits: [
      {
        file: 'functions/sources/range.ts',
        from: '>= ${from}',
        to: '> ${from}',
      },
    ],
  },
  {
    name: 'no-closing-slice',
    breaks: 1,
    why: 'A row that moves from a block not yet read to one that was is in no slice.',
    seed: 66,
    edits: [
      { file: 'functions/sources/slices.ts', from: 'return [...slices, { since: oldestOpen }];', to: 'return slices;' },
    ],
  },
  {
    name: 'older-merges-go-on',
    breaks: 1,
    why: 'The MERGE of a run that was overtaken comes after a newer one, and puts older rows over newer ones.',
    seed: 102,
    edits: [{ file: 'functions/merge.ts', from: 'await stopOlderMerges(run, resolved, services);', to: '' }],
  },
];
