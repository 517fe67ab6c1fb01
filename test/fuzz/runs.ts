import type fc from 'fast-check';

/**
 * How often a property of this folder is tried: `usual` times and from the same seed by default, so that the tests say the
 * same thing twice; FUZZ_RUNS times, from a seed of its own, when one goes looking. FUZZ_SEED repeats what fast-check
 * printed of a failure.
 */
export function runs(usual: number): fc.Parameters<unknown> {
  const { FUZZ_RUNS, FUZZ_SEED } = process.env;
  const seed = FUZZ_SEED ?? (FUZZ_RUNS === undefined ? '1' : undefined);
  return { numRuns: Number(FUZZ_RUNS ?? usual), ...(seed === undefined ? {} : { seed: Number(seed) }) };
}

/** A test that goes looking may take its time. */
export const LIMIT_MS = process.env['FUZZ_RUNS'] === undefined ? 120_000 : 3_600_000;
