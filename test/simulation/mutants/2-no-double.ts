import type { Mutant } from './mutant.ts';

const sql = 'functions/warehouse/sql.ts';

export const noDouble: readonly Mutant[] = [
  {
    name: 'merge-keeps-doubles',
    breaks: 2,
    alsoFoundBy: [1],
    why: 'A row that two slices have read goes to the merge twice; BigQuery inserts both, or refuses the statement.',
    edits: [
      {
        file: sql,
        from: ' QUALIFY ROW_NUMBER() OVER (PARTITION BY ${key} ORDER BY ${order}) = 1',
        to: '${key && order ? "" : ""}',
      },
    ],
  },
  {
    name: 'merge-inserts-all',
    breaks: 2,
    why: 'The merge finds no row of the final table, so that every row is a new one.',
    edits: [{ file: sql, from: '`ON ${compileExpression(merge.on)}`', to: '`ON FALSE`' }],
  },
];
