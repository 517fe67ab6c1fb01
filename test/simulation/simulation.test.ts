import { describe, expect, test } from '@jest/globals';
import { invariants } from './invariants/all.ts';
import { simulate } from './simulate.ts';

/** Some minutes of two cores, of which other test files take their part. */
const TIMEOUT_MS = 1_800_000;

describe('the chain under injected faults', () => {
  test(
    'keeps every promise in 200 seeds',
    async () => {
      const { code, stdout, stderr } = await simulate(['--seeds', '200']);
      expect({ code, stdout, stderr }).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('200 seeds from 1: every promise was kept'),
      });
    },
    TIMEOUT_MS,
  );

  test('is held against all nine promises', () => {
    expect(invariants.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('goes the same way for the same seed', async () => {
    const trace = async (): Promise<string> => (await simulate(['--seeds', '1', '--from', '3', '--verbose'])).stdout;
    // Ids that BigQuery's client draws by itself are the only thing that differs.
    const same = (text: string): string => text.replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'id');
    expect(same(await trace())).toBe(same(await trace()));
  });
});

describe('the command line', () => {
  test.each([
    [['--seeds', 'many'], /--seeds <n>.*It must be a whole number from 1 on/],
    [['--seeds', '0'], /It must be a whole number from 1 on/],
    [['--mutant', 'unheard-of'], /--mutant <name>.*There are: all, each, cursor-is-now, /],
    [['--sedes', '3'], /unknown option '--sedes'.*Did you mean --seeds/s],
    [['3'], /too many arguments/],
  ])('%j is refused in clear words', async (args, message) => {
    const { code, stdout, stderr } = await simulate(args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(message);
  });

  test('--list tells of every mutant what it breaks', async () => {
    const { code, stdout } = await simulate(['--list']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^cursor-is-now +breaks 1: The next cursor is the time of reading/m);
  });
});
