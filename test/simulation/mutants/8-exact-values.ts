import type { Mutant } from './mutant.ts';

export const exactValues: readonly Mutant[] = [
  {
    name: 'merge-rounds-times',
    breaks: 8,
    why: 'Times lose what is below the millisecond on their way into the final table.',
    edits: [
      {
        file: 'functions/warehouse/sql.ts',
        from: 'const values = merge.insert.map((name) => `${SOURCE}.${quote(name)}`)',
        to: 'const values = merge.insert.map((name) => name === "created_at" ? `TIMESTAMP_TRUNC(${SOURCE}.${quote(name)}, MILLISECOND)` : `${SOURCE}.${quote(name)}`)',
      },
    ],
  },
];
