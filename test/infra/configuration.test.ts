import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import * as pulumi from '@pulumi/pulumi';
import { parse } from 'yaml';
import { readConfiguration } from '../../infra/configuration.ts';
import { root } from './deploy.ts';

interface ProjectFile {
  readonly runtime: { readonly name: string; readonly options: { readonly typescript: boolean } };
  readonly main: string;
  readonly config: Readonly<Record<string, { readonly default?: string; readonly secret?: boolean }>>;
}
const read = (name: string): unknown => parse(readFileSync(join(root, 'infra', name), 'utf8'));
const project = read('Pulumi.yaml') as ProjectFile;

/** What the CLI hands on: the stack's own settings, and the defaults of Pulumi.yaml for the others. */
const defaults = Object.entries(project.config).flatMap(([key, { default: value }]) =>
  value === undefined ? [] : [[`alir:${key}`, value] as const],
);
const settings: Readonly<Record<string, string>> = {
  ...Object.fromEntries(defaults),
  'gcp:project': 'a-project',
  'gcp:region': 'europe-west1',
  'alir:postgresPassword': 'secret',
};

async function readFrom(stack: string, config: Readonly<Record<string, string>>) {
  await pulumi.runtime.setMocks({ call: () => ({}), newResource: () => ({ id: '', state: {} }) }, 'alir', stack);
  pulumi.runtime.setAllConfig(
    { ...config },
    Object.keys(config).includes('alir:postgresPassword') ? ['alir:postgresPassword'] : [],
  );
  return readConfiguration();
}

test('is whole with what has no default in Pulumi.yaml', async () => {
  const { environment, postgresTier, postgresPassword } = await readFrom('prod', settings);
  expect(environment).toEqual({ name: 'prod', projectId: 'a-project', region: 'europe-west1', location: 'US' });
  expect(postgresTier).toBe('db-custom-1-3840');
  expect(await pulumi.isSecret(postgresPassword)).toBe(true);
});

describe('the stack has the name of the environment', () => {
  test.each(['p', 'prod', 'prod-2', 'fifteen-letters'])('%j can be one', async (stack) => {
    expect((await readFrom(stack, settings)).environment.name).toBe(stack);
  });
  test.each(['Prod', '-prod', 'prod-', '2prod', 'prod_2', 'sixteen-letters-'])('%j cannot', async (stack) => {
    await expect(readFrom(stack, settings)).rejects.toThrow(`"${stack}" is no name for an environment`);
  });
});

test.each(Object.keys(settings))('%s is missed by name', async (key) => {
  const rest = Object.fromEntries(Object.entries(settings).filter(([other]) => other !== key));
  await expect(readFrom('prod', rest)).rejects.toThrow(`Missing required configuration variable '${key}'`);
});

test('Pulumi.yaml starts the program without a compiler, and takes the password as a secret', () => {
  expect(project.runtime).toEqual({ name: 'nodejs', options: { typescript: false } });
  expect(existsSync(join(root, 'infra', project.main))).toBe(true);
  expect(project.config['postgresPassword']).toMatchObject({ secret: true });
});

test('the example sets what has no default', () => {
  const example = (read('Pulumi.example.yaml') as { config: object }).config;
  expect(Object.keys(example)).toEqual(expect.arrayContaining(['gcp:project', 'gcp:region']));
  for (const key of Object.keys(example)) expect(settings).toHaveProperty([key]);
});
