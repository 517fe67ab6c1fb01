import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { avroField, avroRecord, TIMESTAMP } from '../records.ts';
import { EVENTS, MOVE } from '../pipelines/model/yaml.ts';

const program = join(import.meta.dirname, '../../../scripts/alir');

/** Runs the command line as a user does, with no environment to talk to but what is given. */
function alir(...args: string[]): { code: number | null; out: string; err: string } {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], ALIR_LEDGER_URL: 'nowhere' };
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env });
  return { code: status, out: stdout, err: stderr };
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'alir-check-'));
  mkdirSync(join(folder, 'schemas/test'), { recursive: true });
  mkdirSync(join(folder, 'good'));
  mkdirSync(join(folder, 'bad'));
  const thing = avroRecord(
    avroField('id', 'long'),
    avroField('updated_at', TIMESTAMP),
    avroField('created_at', TIMESTAMP),
  );
  writeFileSync(join(folder, 'schemas/test/thing.avsc'), JSON.stringify(thing));
  writeFileSync(join(folder, 'good/move.yaml'), MOVE);
  writeFileSync(join(folder, 'good/events.yaml'), EVENTS);
  writeFileSync(join(folder, 'bad/move.yaml'), MOVE.replace('timezone:', 'timezon:').replace('key: [id]', 'key: []'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('alir --help', () => {
  test('lists every command, and ends well', () => {
    const { code, out, err } = alir('--help');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const command of ['start', 'up', 'run', 'status', 'query', 'check'])
      expect(out).toMatch(new RegExp(`^  ${command} `, 'm'));
  });

  test('of a command lists its options', () => {
    const { code, out } = alir('up', '--help');
    expect(code).toBe(0);
    for (const option of ['--data', '--fast', '--write-env', '--port']) expect(out).toContain(option);
  });
});

describe('a command line that is wrong ends with 1, and one line says why', () => {
  test.each([
    ['an unknown command', ['chek'], "unknown command 'chek'", 'Did you mean check?'],
    ['an unknown option', ['check', '--pipeline', 'x'], "unknown option '--pipeline'", 'Did you mean --pipelines?'],
    ['a missing argument', ['run'], "missing required argument 'pipeline'", 'alir --help'],
    ['one argument too many', ['check', 'library'], 'too many arguments', 'alir --help'],
    ['an option without its value', ['start', '--data'], "option '--data <dir>' argument missing", 'alir --help'],
    ['a limit that is no number', ['status', '--limit', 'many'], 'many is not a whole number above 0', '--limit'],
    ['a limit of none', ['status', '--limit', '0'], '0 is not a whole number above 0', '--limit'],
    ['a port of no part', ['up', '--port', 'redis=1'], '--port redis=1: write <part>=<0 to 65535>', 'pubsub'],
    ['a port that is none', ['up', '--port', 'pubsub=70000'], '--port pubsub=70000', 'bigquery'],
    ['an environment that is none', ['status'], 'GOOGLE_CLOUD_PROJECT is not set', 'project'],
  ])('%s', (_, args, reason, hint) => {
    const { code, out, err } = alir(...args);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(reason);
    expect(err).toContain(hint);
    expect(err).not.toMatch(/^ {4}at /m);
  });
});

describe('alir check', () => {
  test('of this repository says what there is, and that needs no cloud', () => {
    const { code, out, err } = alir('check');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^library +book \(library\/book\), member .* 15 \* \* \* \* Asia\/Jakarta +\d{4}-.*:15:00Z$/m);
    expect(out).toMatch(
      /^plan: 7 topics, 7 subscriptions, 7 functions, 2 schedules, 2 buckets, 2 datasets, 3 tables$/m,
    );
  });

  test('of other folders judges those', () => {
    const { code, out } = alir('check', '--pipelines', join(folder, 'good'), '--schemas', join(folder, 'schemas'));
    expect(code).toBe(0);
    expect(out).toMatch(/^move +thing \(test\/thing\)/m);
    expect(out).toMatch(/^events +thing_event \(test\/thing\) +with each event$/m);
    expect(out).toMatch(/^plan: 8 topics, 8 subscriptions, .* 1 schedules, .* 2 datasets, 2 tables$/m);
  });

  test('tells every mistake in a line of its own, and ends with 1', () => {
    const { code, out, err } = alir('check', '--pipelines', join(folder, 'bad'), '--schemas', join(folder, 'schemas'));
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err.trimEnd().split('\n').sort()).toEqual([
      'move.yaml:11 tables[0].key: a key needs at least one column',
      'move.yaml:4 timezon: there is no such setting (did you mean "timezone"?)',
    ]);
  });

  test('of a folder that is not there says so', () => {
    const { code, err } = alir('check', '--pipelines', join(folder, 'absent'));
    expect(code).toBe(1);
    expect(err).toContain(join(folder, 'absent'));
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  });
});
