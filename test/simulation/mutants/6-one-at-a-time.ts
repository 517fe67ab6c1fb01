import type { Mutant } from './mutant.ts';

const leases = 'functions/ledger/leases.ts';

export const oneAtATime: readonly Mutant[] = [
  {
    name: 'lease-for-everybody',
    breaks: 6,
    why: 'Who finds a table taken takes it too.',
    edits: [{ file: leases, from: 'lease.expired !== true', to: 'lease.expired === null' }],
  },
  {
    name: 'no-fence',
    breaks: 6,
    alsoFoundBy: [4],
    why: 'A run whose table was taken over commits all the same, and with it the cursor goes back.',
    seed: 102,
    edits: [{ file: leases, from: ' and lease.run_id = $1 and lease.fence = table_run.fence', to: '' }],
  },
];
