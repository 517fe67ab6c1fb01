import { describe, expect, test } from '@jest/globals';
import { TerminalError } from '../../../../functions/runtime/errors.ts';
import { type Env, readSettings } from '../../../../functions/runtime/settings.ts';

const LEDGER = 'postgres://user:secret@db:5432/alir';
const env = { GOOGLE_CLOUD_PROJECT: 'my-project', ALIR_LEDGER_URL: LEDGER };

test('what is not set has a default, and empty is not set', () => {
  const expected = {
    environment: { name: 'local', projectId: 'my-project', region: 'us-central1', location: 'US', datasetPrefix: '' },
    ledger: LEDGER,
    openLibraryUrl: 'https://openlibrary.org',
    randomUserUrl: 'https://randomuser.me',
    maxMessageAgeSeconds: 21_600,
  };
  expect(readSettings(env)).toMatchObject(expected);
  expect(readSettings({ ...env, ALIR_ENVIRONMENT: '', ALIR_REGION: '', OPENLIBRARY_URL: '' })).toMatchObject(expected);
});

test('what is set is taken', () => {
  const settings = readSettings({
    ...env,
    ALIR_ENVIRONMENT: 'dev',
    ALIR_REGION: 'asia-southeast2',
    ALIR_LOCATION: 'asia-southeast2',
    ALIR_DATASET_PREFIX: 'dev_',
    OPENLIBRARY_URL: 'http://127.0.0.1:1',
    ALIR_MAX_MESSAGE_AGE: '60',
    ALIR_POSTGRES_MY_SHOP: 'postgresql:///shop?host=/cloudsql/a:b:c',
  });
  expect(settings.environment).toEqual({
    name: 'dev',
    projectId: 'my-project',
    region: 'asia-southeast2',
    location: 'asia-southeast2',
    datasetPrefix: 'dev_',
  });
  expect(settings.openLibraryUrl).toBe('http://127.0.0.1:1');
  expect(settings.maxMessageAgeSeconds).toBe(60);
  expect(settings.source('my-shop')).toBe('postgresql:///shop?host=/cloudsql/a:b:c');
});

describe('a setting that is wrong is named, with what belongs in it, and is never repeated', () => {
  test.each<[string, Env, string]>([
    ['no project', { ALIR_LEDGER_URL: LEDGER }, 'GOOGLE_CLOUD_PROJECT is not set'],
    ['an empty project', { ...env, GOOGLE_CLOUD_PROJECT: '' }, 'GOOGLE_CLOUD_PROJECT is not set'],
    ['no ledger', { GOOGLE_CLOUD_PROJECT: 'p' }, 'ALIR_LEDGER_URL is not set; it holds postgres://'],
    [
      'a ledger without scheme',
      { ...env, ALIR_LEDGER_URL: 'user:secret@db' },
      'ALIR_LEDGER_URL is not a postgres:// URL',
    ],
    ['a host and a port', { ...env, ALIR_LEDGER_URL: 'secret:5432/alir' }, 'ALIR_LEDGER_URL is not a postgres:// URL'],
    [
      'another scheme',
      { ...env, ALIR_LEDGER_URL: 'mysql://u:secret@db/x' },
      'ALIR_LEDGER_URL is not a postgres:// URL',
    ],
  ])('%s', (_, given, message) => {
    let thrown: unknown;
    try {
      readSettings(given);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(TerminalError);
    expect(thrown).toMatchObject({ code: 'SETTING_MISSING' });
    expect((thrown as Error).message).toContain(message);
    expect((thrown as Error).message).not.toContain('secret');
  });

  test.each(['0', '-1', '1.5', 'soon', '6h'])('an age that is no number of seconds: %s', (age) => {
    expect(() => readSettings({ ...env, ALIR_MAX_MESSAGE_AGE: age })).toThrow(
      `ALIR_MAX_MESSAGE_AGE is "${age}"; it holds a number of seconds above 0, and is 21600 when it is not set`,
    );
  });

  test('a source, when it is asked for', () => {
    const settings = readSettings(env);
    expect(() => settings.source('shop')).toThrow(
      'ALIR_POSTGRES_SHOP is not set; it holds postgres://… of the source "shop"',
    );
  });
});
