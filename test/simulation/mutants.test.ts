import { describe, expect, test } from '@jest/globals';
import { invariants } from './invariants/all.ts';
import { mutantOfEach, mutants } from './mutants/all.ts';
import { simulate } from './simulate.ts';

const TIMEOUT_MS = 900_000;

describe('a simulation that finds nothing is worth nothing: deliberate bugs', () => {
  test('there is one for every promise, under names of their own', () => {
    expect(mutantOfEach.map(({ breaks }) => breaks)).toEqual(invariants.map(({ number }) => number));
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  });

  // `npm run simulate -- --mutant all` tries the others as well; that takes long.
  test(
    'the first of each promise is found within 200 seeds, by a promise that it breaks',
    async () => {
      const { code, stdout, stderr } = await simulate(['--mutant', 'each', '--seeds', '200']);
      expect({ code, missed: stdout.match(/^.*NOT FOUND.*$/gm), stderr }).toEqual({
        code: 0,
        missed: null,
        stderr: '',
      });
      expect(stdout.match(/ found after /g)).toHaveLength(mutantOfEach.length);
    },
    TIMEOUT_MS,
  );
});
