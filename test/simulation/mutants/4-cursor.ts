import type { Mutant } from './mutant.ts';

export const cursorLast: readonly Mutant[] = [
  {
    name: 'cursor-moves-with-the-load',
    breaks: 4,
    why: 'The cursor moves when the rows are in staging, before anybody has merged them.',
    edits: [
      {
        file: 'functions/load.ts',
        from: 'await recordCount(tx, run, { loaded });',
        to: 'await recordCount(tx, run, { loaded }); await (await import("./ledger/cursors.ts")).moveCursor(tx, runId, table);',
      },
    ],
  },
  {
    name: 'cursor-moves-by-itself',
    breaks: 4,
    why: 'The cursor moves after the merge, in another transaction than the one that ends the run.',
    edits: [
      { file: 'functions/merge.ts', from: 'await moveCursor(tx, runId, table);', to: 'await Promise.resolve();' },
      {
        file: 'functions/merge.ts',
        from: 'const merged = await mergeStaging(run, services);',
        to: 'const merged = await mergeStaging(run, services); await moveCursor(services.ledger, runId, table);',
      },
    ],
  },
];
