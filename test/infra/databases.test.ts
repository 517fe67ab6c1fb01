import { describe, expect, test } from '@jest/globals';
import { readSettings } from '../../functions/runtime/settings.ts';
import { accessOf } from '../../pipelines/model/access.ts';
import type { FunctionName } from '../../pipelines/model/names.ts';
import { profiles } from '../../pipelines/model/profiles.ts';
import { readCatalog } from '../../pipelines/model/read.ts';
import { deploy, type Deployment, environment, type Inputs, password, unwrapSecret, visible } from './deploy.ts';
import { answerAsGoogle, certificate, privateIpAddress } from './monitor/answers.ts';

const urlOf = (database: string): string =>
  `postgres://user:${encodeURIComponent(password)}@db.example.com/${database}`;
const given = (...databases: string[]) => ({
  'alir:databaseUrls': JSON.stringify(Object.fromEntries(databases.map((name) => [name, urlOf(name)]))),
});
const existingNetwork = {
  'alir:network': 'https://www.googleapis.com/compute/v1/projects/host/global/networks/shared',
  'alir:subnetwork': 'functions',
};
const POSTGRES = ['DatabaseInstance', 'Database', 'User'];
const NETWORK = ['Network', 'Subnetwork', 'GlobalAddress', 'Connection'];
const SECRETS = ['Secret', 'SecretVersion', 'SecretIamMember'];
const count = ({ inputsOf }: Deployment, types: readonly string[]): number =>
  types.reduce((sum, type) => sum + inputsOf(type).length, 0);
const interfacesOf = ({ inputsOf }: Deployment): unknown[] => [
  ...new Set(
    inputsOf('Function').map(({ serviceConfig }) =>
      JSON.stringify((serviceConfig as Inputs)['directVpcNetworkInterfaces']),
    ),
  ),
];
const shownBy = ({ resources, outputs }: Deployment): string =>
  [...resources.map(({ inputs }) => visible(inputs)), visible(outputs)].join('\n');
const servicesOf = ({ inputsOf }: Deployment): unknown[] => inputsOf('Service').map(({ service }) => service);

describe('by default', () => {
  test('all databases are in one instance without a public address, as the profile has it', async () => {
    const deployment = await deploy();
    const { plan, inputsOf } = deployment;
    const expected = plan.databases.map((name) => ({ instance: 'alir-prod', name, deletionPolicy: 'ABANDON' }));
    expect(inputsOf('Database')).toEqual(expected);
    const connections = plan.functions.reduce((sum, { maxInstances }) => sum + maxInstances, 0) * 5 + 20;
    expect(inputsOf('DatabaseInstance')).toEqual([
      {
        name: 'alir-prod',
        region: environment.region,
        databaseVersion: 'POSTGRES_18',
        deletionProtection: true,
        settings: {
          tier: profiles.production.postgresTier,
          edition: 'ENTERPRISE',
          availabilityType: 'REGIONAL',
          deletionProtectionEnabled: true,
          userLabels: { 'alir-environment': 'prod' },
          ipConfiguration: {
            ipv4Enabled: false,
            privateNetwork: 'projects/a-project/global/networks/alir-prod',
            sslMode: 'ENCRYPTED_ONLY',
          },
          backupConfiguration: {
            enabled: true,
            pointInTimeRecoveryEnabled: true,
            transactionLogRetentionDays: 7,
            backupRetentionSettings: { retainedBackups: 30 },
          },
          databaseFlags: [
            { name: 'max_connections', value: String(connections) },
            { name: 'cloudsql.iam_authentication', value: 'on' },
            { name: 'cloudsql.logical_decoding', value: 'on' },
          ],
        },
      },
    ]);
    expect(count(deployment, SECRETS)).toBe(0);
    expect(servicesOf(deployment)).not.toContain('secretmanager.googleapis.com');
  });

  test('what holds data is protected, by Pulumi and by Google', async () => {
    const protectedTypes = new Set(
      (await deploy()).resources
        .filter((one) => one.protect)
        .map(({ type, name }) => `${type.split(':')[1] ?? ''} ${name}`),
    );
    expect([...protectedTypes].sort()).toEqual([
      'Bucket lake',
      'Bucket quarantine',
      'Database alir',
      'Database application',
      'DatabaseInstance postgres',
      'Dataset library',
      'Dataset library_staging',
      'Table library.book',
      'Table library.member',
      'Table library.rent',
    ]);
  });
});

test('a cheap environment is small, and can be taken away as a whole', async () => {
  const { resources, inputsOf } = await deploy({ config: { 'alir:profile': 'cheap' } });
  expect(resources.filter((one) => one.protect)).toEqual([]);
  const [instance] = inputsOf('DatabaseInstance');
  expect(instance).toMatchObject({
    deletionProtection: false,
    settings: { tier: 'db-g1-small', availabilityType: 'ZONAL', deletionProtectionEnabled: false },
  });
  const { backupConfiguration } = instance?.['settings'] as Inputs;
  const kept = { retainedBackups: 7 };
  expect(backupConfiguration).toEqual({
    enabled: true,
    pointInTimeRecoveryEnabled: false,
    backupRetentionSettings: kept,
  });
  for (const bucket of inputsOf('Bucket')) expect(bucket).toMatchObject({ forceDestroy: true });
  for (const dataset of inputsOf('Dataset')) expect(dataset).toMatchObject({ deleteContentsOnDestroy: true });
  for (const table of inputsOf('Table')) expect(table).toMatchObject({ deletionProtection: false });
});

test("sizes and limits are the stack's: Postgres takes the functions' connections, and its log is no older than its backups", async () => {
  const sizes = { encode: { memoryMiB: 2048, maxInstances: 100 } };
  const config = {
    'alir:functions': JSON.stringify(sizes),
    'alir:postgresBackups': '3',
    'alir:maxMessageAge': '86400',
  };
  const { plan, inputsOf } = await deploy({ config, sizes });
  const encode = inputsOf('Function').find(({ name }) => name === 'alir-prod-encode');
  expect(encode?.['serviceConfig']).toMatchObject({
    availableMemory: '2048Mi',
    maxInstanceCount: 100,
    environmentVariables: { ALIR_MAX_MESSAGE_AGE: '86400' },
  });
  const instances = plan.functions.reduce((sum, { maxInstances }) => sum + maxInstances, 0);
  const { databaseFlags, backupConfiguration } = inputsOf('DatabaseInstance')[0]?.['settings'] as Inputs;
  expect(databaseFlags).toContainEqual({ name: 'max_connections', value: String(instances * 5 + 20) });
  expect(backupConfiguration).toMatchObject({
    transactionLogRetentionDays: 3,
    backupRetentionSettings: { retainedBackups: 3 },
  });
});

test('the certificate of the instance is no secret, though its provider takes it for one', async () => {
  const asGoogle = answerAsGoogle({ project: environment.projectId, region: environment.region, projectNumber: '1' });
  const { inputsOf } = await deploy({
    answer: (resource) => {
      const { id, outputs } = asGoogle(resource);
      if (!resource.type.endsWith(':DatabaseInstance')) return { id, outputs };
      const [first] = outputs['serverCaCerts'] as [Inputs];
      const hidden = { '4dabf18193072939515e22adb298388d': '1b47061264138c4ac30d75fd1eb44270', value: [first, first] };
      return { id, outputs: { ...outputs, serverCaCerts: hidden } };
    },
  });
  for (const { serviceConfig } of inputsOf('Function')) {
    const { ALIR_POSTGRES_CA } = (serviceConfig as Inputs)['environmentVariables'] as Inputs;
    expect(ALIR_POSTGRES_CA).toBe(`${certificate}${certificate}`.trim());
  }
});

describe('a source that is there already', () => {
  const options = { secrets: given('application') };

  test('is not created, and its URL is a secret of those that connect to it', async () => {
    const { plan, inputsOf } = await deploy(options);
    expect(inputsOf('Database').map(({ name }) => name)).toEqual(['alir']);
    expect(inputsOf('Secret')).toEqual([
      {
        secretId: 'alir-prod-postgres-application',
        replication: { auto: {} },
        labels: { 'alir-environment': 'prod' },
      },
    ]);
    expect(inputsOf('SecretVersion').map(({ secretData }) => unwrapSecret(secretData))).toEqual([urlOf('application')]);
    const readers = plan.functions.filter(({ access }) => access.databases.includes('application'));
    expect(readers.map(({ entryPoint }) => entryPoint)).toEqual(['generate', 'extract', 'encode']);
    expect(
      inputsOf('SecretIamMember')
        .map(({ role, member }) => [role, member])
        .sort(),
    ).toEqual(
      readers
        .map(({ serviceAccount }) => [
          'roles/secretmanager.secretAccessor',
          `serviceAccount:${serviceAccount}@a-project.iam.gserviceaccount.com`,
        ])
        .sort(),
    );
  });

  test('is reached by that URL, and the ledger by IAM', async () => {
    const { inputsOf } = await deploy(options);
    for (const { name, serviceConfig } of inputsOf('Function')) {
      const { environmentVariables, secretEnvironmentVariables } = serviceConfig as Inputs;
      const stage = String(name).replace('alir-prod-', '') as FunctionName;
      const { databases } = accessOf(stage, readCatalog(), environment);
      expect(secretEnvironmentVariables).toEqual(
        databases.includes('application')
          ? [
              {
                key: 'ALIR_POSTGRES_APPLICATION',
                projectId: 'a-project',
                secret: 'alir-prod-postgres-application',
                // A number, so that a function starts with what it was deployed with.
                version: '3',
              },
            ]
          : [],
      );
      const variables = {
        ...(environmentVariables as Record<string, string>),
        ALIR_POSTGRES_APPLICATION: urlOf('application'),
      };
      const settings = readSettings(variables);
      expect(settings.ledger).toMatchObject({ host: privateIpAddress });
      expect(settings.source('application')).toBe(urlOf('application'));
    }
  });

  test('has its password seen nowhere, and its secret protected', async () => {
    const deployment = await deploy(options);
    for (const spelling of [password, encodeURIComponent(password)])
      expect(shownBy(deployment)).not.toContain(spelling);
    expect(deployment.resources.filter(({ type, protect }) => type.endsWith(':Secret') && protect)).toHaveLength(1);
  });
});

describe('when all databases are there already', () => {
  test('there is no instance and no network, and no service for them', async () => {
    const deployment = await deploy({ secrets: given('alir', 'application') });
    expect(count(deployment, [...POSTGRES, ...NETWORK])).toBe(0);
    expect(deployment.outputs).not.toHaveProperty('postgresInstance');
    expect(deployment.resources.filter(({ inputs }) => /cloudsql/.test(JSON.stringify(inputs)))).toEqual([]);
    expect(interfacesOf(deployment)).toEqual([undefined]);
    for (const service of ['sqladmin', 'compute', 'servicenetworking']) {
      expect(servicesOf(deployment)).not.toContain(`${service}.googleapis.com`);
    }
    for (const { serviceConfig } of deployment.inputsOf('Function')) {
      const { environmentVariables, secretEnvironmentVariables } = serviceConfig as Inputs;
      expect(Object.keys(environmentVariables as Inputs).filter((key) => /POSTGRES|LEDGER/.test(key))).toEqual([]);
      expect(secretEnvironmentVariables).toContainEqual(
        expect.objectContaining({ key: 'ALIR_LEDGER_URL', version: '3' }),
      );
    }
  });

  test('they may be in a network that is there already, and are secrets even if nobody said so', async () => {
    const deployment = await deploy({ config: { ...existingNetwork, ...given('alir', 'application') } });
    expect(count(deployment, [...POSTGRES, ...NETWORK])).toBe(0);
    expect(interfacesOf(deployment)).toHaveLength(1);
    expect(interfacesOf(deployment)).not.toContain(undefined);
    expect(shownBy(deployment)).not.toContain(encodeURIComponent(password));
  });
});

test('in a network that is there already nothing is created, and the instance and the functions are in it', async () => {
  const deployment = await deploy({ config: existingNetwork });
  expect(count(deployment, NETWORK)).toBe(0);
  const network = 'projects/host/global/networks/shared';
  const subnetwork = 'projects/a-project/regions/europe-west1/subnetworks/functions';
  expect(interfacesOf(deployment)).toEqual([JSON.stringify([{ network, subnetwork }])]);
  expect(deployment.inputsOf('DatabaseInstance')[0]).toMatchObject({
    settings: { ipConfiguration: { privateNetwork: network, ipv4Enabled: false } },
  });
  expect(servicesOf(deployment)).not.toContain('servicenetworking.googleapis.com');
});
