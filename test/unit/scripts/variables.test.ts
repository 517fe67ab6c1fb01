import { spawnSync } from 'node:child_process';
import pg from 'pg';
import { describe, expect, test } from '@jest/globals';
import { plan } from '../../../pipelines/model/plan.ts';
import { readCatalog } from '../../../pipelines/model/read.ts';
import { readSettings } from '../../../functions/runtime/settings.ts';
import {
  alirVariables,
  formatEnvFile,
  functionVariable,
  localEnvironment,
  parseEnvFile,
  postgresUrl,
} from '../../../scripts/up/variables.ts';

const AWKWARD = {
  PLAIN: 'value',
  EMPTY: '',
  QUOTE: "it's",
  QUOTES: "''",
  SHELL: '$HOME `id` \\ "x" ; # !',
  LINES: 'one\ntwo',
  FORGED: "a'\nexport OTHER='b",
  UTF8: 'größe 🦆',
};

describe('an env file', () => {
  test('is read as it was written', () => {
    expect(parseEnvFile(formatEnvFile(AWKWARD))).toEqual(AWKWARD);
  });

  test('means the same to a shell', () => {
    const names = Object.keys(AWKWARD);
    const print = names.map((name) => `printf '%s\\0' "$${name}"`).join('; ');
    const { stdout } = spawnSync('sh', ['-c', `${formatEnvFile(AWKWARD)}${print}`], { encoding: 'utf8' });
    expect(stdout.split('\0').slice(0, -1)).toEqual(Object.values(AWKWARD));
  });

  test('of nothing holds nothing, and what is no export is passed over', () => {
    expect(parseEnvFile(formatEnvFile({}))).toEqual({});
    expect(parseEnvFile("# a comment\nexport A='1'\nunset B\n")).toEqual({ A: '1' });
  });
});

describe('the URL of a database', () => {
  const clientOf = (env: Record<string, string>): pg.Client => new pg.Client(postgresUrl(env, 'my db'));

  test('is what pg makes the same of, whatever user and password hold', () => {
    const client = clientOf({ PGHOST: 'db.example', PGPORT: '6543', PGUSER: 'a b@c', PGPASSWORD: 'p:/?#@%"é' });
    expect(client).toMatchObject({
      host: 'db.example',
      port: 6543,
      user: 'a b@c',
      password: 'p:/?#@%"é',
      database: 'my db',
    });
  });

  test('has the defaults of libpq', () => {
    expect(clientOf({})).toMatchObject({ host: '127.0.0.1', port: 5432, user: 'postgres', database: 'my db' });
  });

  test('may lead to a Unix socket', () => {
    const env = { PGHOST: '/var/run/postgresql', PGUSER: 'me', PGPASSWORD: 'x' };
    expect(clientOf(env)).toMatchObject({ host: '/var/run/postgresql', user: 'me', password: 'x', database: 'my db' });
  });

  test('may have an IPv6 address', () => {
    expect(new URL(postgresUrl({ PGHOST: '::1' }, 'd')).hostname).toBe('[::1]');
  });
});

test('the functions find in their variables what the plan says', () => {
  const resources = plan(readCatalog(), localEnvironment);
  const settings = readSettings(alirVariables(resources, { PGHOST: 'h', PGPORT: '1' }));
  expect(settings.environment).toEqual(localEnvironment);
  expect(settings.ledger).toBe('postgres://postgres@h:1/alir');
  expect(settings.source('application')).toBe('postgres://postgres@h:1/application');
  expect(functionVariable('encode')).toBe('ALIR_FUNCTION_ENCODE');
});
