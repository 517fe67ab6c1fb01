import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import * as pulumi from '@pulumi/pulumi';
import { parse } from 'yaml';
import { type Configuration, readConfiguration } from '../../infra/configuration.ts';
import { commandFor, secretSettings, settingNames } from '../../infra/settings.ts';
import { type Profile, profiles } from '../../pipelines/model/profiles.ts';
import { root } from './deploy.ts';

const place = { 'gcp:project': 'a-project', 'gcp:region': 'europe-west1' };
const databases = ['alir', 'application'];
/** Objects and lists as Pulumi hands them on. */
const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

function read(settings: Readonly<Record<string, unknown>> = {}, stack = 'prod', secretKeys: string[] = []) {
  const own = Object.entries(settings).map(([key, value]) => [key.includes(':') ? key : `alir:${key}`, asText(value)]);
  const config = Object.fromEntries([...Object.entries(place), ...own]) as Record<string, string>;
  return readConfiguration({ stack, config, secretKeys, databases });
}

/** What the mistake says, a line for each, without the heading. */
function mistakesOf(settings: Readonly<Record<string, unknown>>, stack?: string): string[] {
  try {
    read(settings, stack);
  } catch (error) {
    expect(error).toBeInstanceOf(pulumi.RunError);
    return (error as Error).message.split('\n- ').slice(1);
  }
  return [];
}

test('needs a project and a region, and has a default for all else', () => {
  expect(read()).toEqual({
    environment: {
      name: 'prod',
      projectId: 'a-project',
      region: 'europe-west1',
      location: 'europe-west1',
      datasetPrefix: 'prod_',
    },
    sizes: {},
    profile: profiles.production,
    databaseUrls: new Map(),
    channels: { emails: [] },
    warnings: [],
  } satisfies Configuration);
});

test.each<[string, unknown, (read: Configuration) => unknown, unknown]>([
  ['location', 'EU', ({ environment }) => environment.location, 'EU'],
  ['datasetPrefix', '', ({ environment }) => environment.datasetPrefix, ''],
  ['datasetPrefix', 'x_', ({ environment }) => environment.datasetPrefix, 'x_'],
  ['functions', { encode: { memoryMiB: 2048 } }, ({ sizes }) => sizes, { encode: { memoryMiB: 2048 } }],
  ['functions', { load: { maxInstances: 1 } }, ({ sizes }) => sizes, { load: { maxInstances: 1 } }],
  ['alertEmails', ['a@b.com', 'c@d.com'], ({ channels }) => channels.emails, ['a@b.com', 'c@d.com']],
])('%s can be %j', (name, value, found, expected) => {
  expect(found(read({ [name]: value }))).toEqual(expected);
});

describe('a profile', () => {
  test.each(['cheap', 'production'] as const)('%s gives the defaults', (profile) => {
    expect(read({ profile }).profile).toEqual(profiles[profile]);
  });

  test.each<[keyof Profile, string, unknown]>([
    ['postgresTier', 'db-custom-4-15360', 'db-custom-4-15360'],
    ['postgresTier', 'db-f1-micro', 'db-f1-micro'],
    ['postgresAvailability', 'REGIONAL', 'REGIONAL'],
    ['postgresPointInTimeRecovery', 'true', true],
    ['postgresBackups', '365', 365],
    ['protect', 'true', true],
  ])('yields to a %s of its own, %s', (name, text, value) => {
    expect(read({ profile: 'cheap', [name]: text }).profile).toEqual({ ...profiles.cheap, [name]: value });
  });

  test('protects what holds data when people rely on it, and only then', () => {
    expect([profiles.production.protect, profiles.cheap.protect]).toEqual([true, false]);
    expect(read({ protect: 'false' }).profile.protect).toBe(false);
  });
});

test('a message is tried for as long as the functions say themselves, or for as long as it says', () => {
  expect(read({})).not.toHaveProperty('maxMessageAgeSeconds');
  expect(read({ maxMessageAge: '86400' })).toMatchObject({ maxMessageAgeSeconds: 86_400 });
});

test('a network that is there already has two names', () => {
  const network = { network: 'projects/host/global/networks/shared', subnetwork: 'functions' };
  expect(read(network).network).toEqual(network);
});

test('what nobody should read is a secret, however it was set, and in clear it is warned of', async () => {
  const url = 'postgres://user:p%40ss@db.example.com/library';
  const settings = { databaseUrls: { application: url }, alertWebhookUrl: 'https://hooks.example.com/x' };
  const { databaseUrls, channels, warnings } = read(settings);
  expect([...databaseUrls.keys()]).toEqual(['application']);
  expect(await pulumi.isSecret(databaseUrls.get('application') ?? pulumi.output(''))).toBe(true);
  expect(await pulumi.isSecret(channels.webhookUrl ?? pulumi.output(''))).toBe(true);
  expect(warnings.map((text) => text.split(' ')[0])).toEqual(['alir:databaseUrls', 'alir:alertWebhookUrl']);
  expect(read(settings, 'prod', ['alir:databaseUrls', 'alir:alertWebhookUrl']).warnings).toEqual([]);
});

test.each([
  ['EU', 'europe-west1', 0],
  ['US', 'us-east4', 0],
  ['us-east4', 'us-east4', 0],
  ['US', 'europe-west1', 1],
  ['EU', 'us-east4', 1],
  ['us-east1', 'us-east4', 1],
])('data in %s, functions in %s: %d warnings', (location, region, count) => {
  expect(read({ 'gcp:region': region, location }).warnings).toHaveLength(count);
});

describe('the stack has the name of the environment', () => {
  test.each(['p', 'prod', 'prod2', 'fifteenletters1'])('%j can be one', (stack) => {
    expect(read({}, stack).environment).toMatchObject({ name: stack, datasetPrefix: `${stack}_` });
  });

  test.each(['Prod', '-prod', 'prod-', 'prod-eu', '2prod', 'prod_2', 'sixteenletters12', ''])('%j cannot', (stack) => {
    expect(mistakesOf({}, stack)).toEqual([expect.stringContaining(`the stack is called "${stack}"`)]);
  });

  test('Postgres must be able to tell its functions from each other', () => {
    const project = (length: number): Record<string, string> => ({ 'gcp:project': 'p'.repeat(length) });
    expect(mistakesOf(project(29), 'fifteenletters1')).toEqual([]);
    expect(mistakesOf(project(30), 'fifteenletters1')).toEqual([expect.stringContaining('more than 44 characters')]);
  });
});

const TIER_EXAMPLE = 'pulumi config set postgresTier db-custom-2-7680';
test.each<[string, unknown, string, string]>([
  [
    'gcp:project',
    'My-Project',
    'is "My-Project": it is the id of a project',
    'pulumi config set gcp:project my-project',
  ],
  ['gcp:project', 'short', 'is "short"', 'pulumi config set gcp:project my-project'],
  ['gcp:region', 'europe-wst1', 'is "europe-wst1": it is no region', 'pulumi config set gcp:region europe-west1'],
  ['gcp:region', 'EU', 'is "EU"', 'pulumi config set gcp:region us-central1'],
  ['profile', 'huge', 'is "huge": it is cheap or production', 'pulumi config set profile production'],
  ['location', 'Europe', 'is "Europe": it is EU, US or a region', 'pulumi config set location EU'],
  ['datasetPrefix', '9-a', 'is "9-a": it is letters, digits and "_"', 'pulumi config set datasetPrefix dev_'],
  ['postgresTier', 'db-huge', 'is "db-huge"', TIER_EXAMPLE],
  ['postgresTier', 'db-custom-3-7680', 'an even number of CPUs', TIER_EXAMPLE],
  ['postgresTier', 'db-custom-1-3000', '3840 MiB or more', TIER_EXAMPLE],
  ['postgresTier', 'db-custom-1-7680', '922 to 6656 MiB per CPU', TIER_EXAMPLE],
  ['postgresTier', 'db-custom-8-4096', '922 to 6656 MiB per CPU', TIER_EXAMPLE],
  ['postgresTier', 'db-custom-2-7681', 'a multiple of 256', TIER_EXAMPLE],
  ['postgresAvailability', 'zonal', 'it is ZONAL or REGIONAL', 'pulumi config set postgresAvailability REGIONAL'],
  ['postgresPointInTimeRecovery', 'yes', 'it is true or false', 'pulumi config set postgresPointInTimeRecovery true'],
  ['postgresBackups', '0', 'it is a whole number from 1 to 365', 'pulumi config set postgresBackups 30'],
  ['postgresBackups', '7.5', 'it is a whole number from 1 to 365', 'pulumi config set postgresBackups 30'],
  ['protect', '', 'is "": it is true or false', 'pulumi config set protect true'],
  ['maxMessageAge', '60', 'it is a whole number from 7830 to 604800', 'pulumi config set maxMessageAge 86400'],
  ['alertEmails', 'a@b.com', 'set its parts with --path', "pulumi config set --path 'alertEmails[0]' team@example.com"],
  ['alertEmails', {}, 'it is a list of e-mail addresses', "pulumi config set --path 'alertEmails[0]' team@example.com"],
  ['alertWebhookUrl', 'http://a.b/hidden', 'it is an https:// URL', 'pulumi config set --secret alertWebhookUrl'],
  ['network', 'default', 'alir:subnetwork is not set', 'pulumi config set subnetwork default'],
  ['subnetwork', 'default', 'alir:network is not set', 'pulumi config set network default'],
  ['profil', 'cheap', 'is no setting (did you mean profile?)', 'pulumi config rm profil'],
  ['postgresPassword', 'hidden', 'is no setting (there are: profile, location,', 'pulumi config rm postgresPassword'],
])('%s %j is a mistake', (name, value, rule, command) => {
  const [mistake, ...others] = mistakesOf({ [name]: value });
  expect(others).toEqual([]);
  expect(mistake).toContain(rule);
  expect(mistake?.endsWith(`; ${command}`)).toBe(true);
  expect(mistake).not.toContain('hidden');
  if (!rule.startsWith('alir:')) expect(mistake).toContain(name);
});

test.each<[unknown, string]>([
  [
    { encode: { memoryMiB: 64 } },
    "alir:functions.encode.memoryMiB is 64: it is from 128 to 32768, in MiB; pulumi config set --path 'functions.encode.memoryMiB' 2048",
  ],
  [{ encode: { memoryMiB: 40_000 } }, 'alir:functions.encode.memoryMiB is 40000: it is from 128 to 32768'],
  [{ load: { memoryMiB: 512.5 } }, 'alir:functions.load.memoryMiB is 512.5: it is a whole number'],
  [{ load: { memoryMiB: '1Gi' } }, 'alir:functions.load.memoryMiB is "1Gi": it is a whole number'],
  [{ load: { maxInstances: 0 } }, 'alir:functions.load.maxInstances is 0: it is from 1 to 1000'],
  [
    { load: { cpus: 3 } },
    "no such part (there are: memoryMiB, maxInstances); pulumi config rm --path 'functions.load.cpus'",
  ],
  [
    { encod: {} },
    "alir:functions.encod is {}: there is no such part (did you mean encode?); pulumi config rm --path 'functions.encod'",
  ],
  [{ load: 512 }, 'alir:functions.load is 512: it is an object with memoryMiB, maxInstances or both'],
  [[], 'alir:functions is "[]": it is sizes by function'],
])('functions %j is a mistake', (functions, expected) => {
  expect(mistakesOf({ functions })).toEqual([expect.stringContaining(expected)]);
});

test.each<[unknown, string]>([
  [{ application: 'mysql://hidden@h/d' }, 'alir:databaseUrls.application: it is postgres://'],
  [{ application: 'postgres://user:hidden@h' }, 'alir:databaseUrls.application: it is postgres://'],
  [{ application: 7 }, 'alir:databaseUrls.application: it is postgres://'],
  ['hidden', 'alir:databaseUrls: it is a list or an object'],
  [
    { shop: 'postgres://user:hidden@h/d' },
    'names "shop", which no pipeline reads or writes; there are: alir, application',
  ],
])('databaseUrls %j is a mistake, told without its value', (databaseUrls, expected) => {
  const mistakes = mistakesOf({ databaseUrls });
  expect(mistakes).toEqual([expect.stringContaining(expected)]);
  expect(mistakes.join()).not.toContain('hidden');
});

test('all mistakes are told at once', () => {
  const settings = { 'gcp:region': 'x', profil: '1', postgresBackups: '0', alertEmails: ['me', 'you'] };
  expect(mistakesOf(settings, 'X').map((text) => text.split(' ')[0])).toEqual([
    'the',
    'gcp:region',
    'alir:profil',
    'alir:postgresBackups',
    'alir:alertEmails[0]',
    'alir:alertEmails[1]',
  ]);
});

test.each(Object.keys(place))('%s is missed by name', (key) => {
  const config = Object.fromEntries(Object.entries(place).filter(([other]) => other !== key));
  expect(() => readConfiguration({ stack: 'prod', config, secretKeys: [], databases })).toThrow(`${key} is not set`);
});

describe('what is written down', () => {
  const file = (name: string): string => readFileSync(join(root, 'infra', name), 'utf8');

  test('Pulumi.yaml starts the program without a compiler, and asks for nothing that may be left out', () => {
    const project = parse(file('Pulumi.yaml')) as {
      runtime: unknown;
      main: string;
      config: Record<string, { default?: string }>;
    };
    expect(project.runtime).toEqual({ name: 'nodejs', options: { typescript: false } });
    expect(existsSync(join(root, 'infra', project.main))).toBe(true);
    const defaults = Object.entries(project.config).map(([key, { default: value }]) => [key, value]);
    expect(read(Object.fromEntries(defaults) as Record<string, unknown>)).toEqual(read());
    for (const [, value] of defaults) expect(value).toBeDefined();
  });

  test.each(['cheap', 'production'])('the example of a %s stack is right', (profile) => {
    const { config } = parse(file(`Pulumi.${profile}.example.yaml`)) as { config: Record<string, unknown> };
    expect(config['alir:profile']).toBe(profile);
    expect(read(config).warnings).toEqual([]);
  });

  test('the README has a row for each setting, with its command and whether it is a secret', () => {
    const rows = [...file('README.md').matchAll(/^\| `(\w+)`\s*\|(.*)\|$/gm)].map(([, name, rest]) => [name, rest]);
    const documented = new Map(rows.filter(([name]) => name !== 'apis') as [string, string][]);
    expect([...documented.keys()].sort()).toEqual([...settingNames].sort());
    for (const name of settingNames) {
      expect(documented.get(name)).toContain(`\`${commandFor(name).replace('pulumi config set ', '')}\``);
      expect(documented.get(name)?.includes('--secret')).toBe(secretSettings.includes(name));
    }
  });
});
