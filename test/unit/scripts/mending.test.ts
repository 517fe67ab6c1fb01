import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { describeFilter, parseSince } from '../../../scripts/commands/filter.ts';

const program = join(import.meta.dirname, '../../../scripts/alir');

/** Runs the command line as a user does who has no environment. */
function alir(...args: string[]): { code: number | null; out: string; err: string } {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], ALIR_LEDGER_URL: 'nowhere' };
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env });
  return { code: status, out: stdout, err: stderr };
}

describe('a command line that is wrong ends with 1, and says why', () => {
  test.each([
    ['no letter at all', ['replay'], 'name the letters (alir dead-letters lists them), or write --all'],
    ['letters, and all', ['replay', '1', '--all'], 'with ids, leave them out'],
    ['letters, and of a pipeline', ['replay', '1', '--pipeline', 'x'], 'with ids, leave them out'],
    ['letters, and since', ['replay', '1', '--since', '1h'], 'with ids, leave them out'],
    ['since no time', ['dead-letters', '--since', 'noon'], '"noon" is neither a time ago'],
    ['since no day', ['quarantine', '--since', '2026-13-01'], '"2026-13-01" is neither a time ago'],
    ['a limit of none', ['quarantine', '--limit', '0'], '0 is not a whole number above 0'],
    ['a limit of no rows', ['quarantine', 'show', 'a/b', '--limit', '-1'], '-1 is not a whole number above 0'],
    ['a letter without its id', ['dead-letters', 'show'], "missing required argument 'id'"],
    ['two letters to show', ['dead-letters', 'show', '1', '2'], 'too many arguments'],
    ['rows of nothing', ['quarantine', 'show'], "missing required argument 'run/table'"],
    ['rows of no pipeline', ['quarantine', 'replay', '--table', 't'], "required option '--pipeline <pipeline>'"],
    ['rows of no table', ['quarantine', 'replay', '--pipeline', 'p'], "required option '--table <table>'"],
    ['an option that is misspelt', ['replay', '--al'], 'Did you mean --all?'],
    ['a command that is misspelt', ['dead-letter'], 'Did you mean dead-letters?'],
    ['no environment', ['dead-letters'], 'GOOGLE_CLOUD_PROJECT is not set'],
  ])('%s', (_, args, reason) => {
    const { code, out, err } = alir(...args);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(reason);
    expect(err).not.toMatch(/^ {4}at /m);
  });
});

describe('--help', () => {
  test.each([
    [['dead-letters'], ['--pipeline', '--table', '--since', '--limit', '--json', 'show']],
    [['replay'], ['ids...', '--all', '--dry-run', '--again', '--wait']],
    [['quarantine'], ['--run', '--since', 'show', 'replay']],
    [
      ['quarantine', 'replay'],
      ['--pipeline', '--table', '--run', '--dry-run', '--again', '--wait'],
    ],
    [
      ['quarantine', 'show'],
      ['run/table', '--limit', '--json'],
    ],
  ])('of %j says what there is', (command, options) => {
    const { code, out } = alir(...command, '--help');
    expect(code).toBe(0);
    for (const option of options) expect(out).toContain(option);
  });
});

describe('--since', () => {
  const now = new Date('2026-11-20T08:00:00Z');
  test.each([
    ['30s', '2026-11-20T07:59:30.000Z'],
    ['15m', '2026-11-20T07:45:00.000Z'],
    ['2h', '2026-11-20T06:00:00.000Z'],
    ['7d', '2026-11-13T08:00:00.000Z'],
    ['2026-11-19', '2026-11-19T00:00:00.000Z'],
    ['2026-11-19T15:00+07:00', '2026-11-19T08:00:00.000Z'],
  ])('%s is %s', (text, instant) => {
    expect(parseSince(text, now).toISOString()).toBe(instant);
  });

  test.each(['', '0h', '2', 'h', '2w', '-2h', '2 h', '2026', '2026-11-20T08:00', '2026-02-30T25:00Z'])(
    '"%s" is none',
    (text) => {
      expect(() => parseSince(text, now)).toThrow(`"${text}" is neither a time ago (30s, 15m, 2h, 7d) nor an instant`);
    },
  );

  test('is told of where nothing was found', () => {
    expect(describeFilter({})).toBe('');
    expect(describeFilter({ pipeline: 'p', table: 't', since: now })).toBe(
      ' of pipeline p, of table t, since 2026-11-20T08:00:00.000Z',
    );
  });
});
