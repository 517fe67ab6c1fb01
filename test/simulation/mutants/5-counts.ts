import type { Edit, Mutant } from './mutant.ts';

const slices = 'functions/ledger/slices.ts';

/** The ledger refuses counts that do not reconcile, whoever writes them: there, too, the comparison has to go. */
const unchecked: Edit = {
  file: 'functions/ledger/migrate.ts',
  from: `readFileSync(join(folder, name), 'utf8')`,
  to: `readFileSync(join(folder, name), 'utf8').replaceAll(/check \\((extracted|loaded) = [^)]*\\)/g, 'check (true)')`,
};

export const counts: readonly Mutant[] = [
  {
    name: 'counts-not-compared',
    breaks: 5,
    why: 'A slice is forgotten by the load, and neither load nor audit compares what came with what was sent.',
    edits: [
      {
        file: slices,
        from: 'where run_id = $1 and table_name = $2 order by slice`',
        to: 'where run_id = $1 and table_name = $2 order by slice limit 1`',
      },
      {
        file: 'functions/load.ts',
        from: 'if (loaded === run.encoded) return loaded;',
        to: 'if (loaded >= 0) return loaded;',
      },
      { file: 'functions/audit.ts', from: 'if (count !== run.encoded) {', to: 'if (count < 0) {' },
      unchecked,
    ],
  },
  {
    name: 'quarantine-not-counted',
    breaks: 5,
    why: 'Rows that were rejected are missing from the sum of a table run.',
    edits: [{ file: slices, from: 'sum(quarantined) as quarantined', to: '0 as quarantined' }, unchecked],
  },
];
