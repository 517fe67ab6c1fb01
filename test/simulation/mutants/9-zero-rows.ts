import type { Mutant } from './mutant.ts';

export const zeroRows: readonly Mutant[] = [
  {
    name: 'empty-run-empties',
    breaks: 9,
    alsoFoundBy: [1],
    why: 'A run without rows replaces the final table by what it has: nothing.',
    edits: [
      {
        file: 'functions/merge.ts',
        from: 'return compileMerge(upsert(spec, contract, names, partitions));',
        to: 'return run.encoded === 0 ? `DELETE FROM \\`${names.target.dataset}\\`.\\`${names.target.table}\\` WHERE TRUE` : compileMerge(upsert(spec, contract, names, partitions));',
      },
    ],
  },
  {
    name: 'empty-run-fails',
    breaks: 9,
    alsoFoundBy: [1],
    why: 'A load without rows is taken for a mistake.',
    edits: [
      {
        file: 'functions/load.ts',
        from: 'if (loaded === run.encoded) return loaded;',
        to: 'if (loaded === run.encoded && loaded > 0) return loaded;',
      },
    ],
  },
];
