import { beforeAll, describe, expect, test } from '@jest/globals';
import { readCatalog } from '../../pipelines/model/read.ts';
import { deploy, type Deployment, environment, type Inputs, withShop } from './deploy.ts';

/**
 * The plan's resources and Pulumi's, item by item. Each comparison holds in both directions: what the plan names exists
 * with its settings, and nothing else of the type does. The catalog has one pipeline more than ours, for clustering.
 */
let deployment: Deployment;
beforeAll(async () => {
  deployment = await deploy(withShop(readCatalog()));
});

const topicPath = (name: string): string => `projects/${environment.projectId}/topics/${name}`;
const urlOf = (name: string): string => `https://${name}-x.a.run.app`;
const functionsAccount = 'alir-prod-functions@a-project.iam.gserviceaccount.com';
const pusherAccount = 'alir-prod-pusher@a-project.iam.gserviceaccount.com';

describe('what the plan names exists as planned, and nothing else', () => {
  test('topics', () => {
    const { plan, inputsOf } = deployment;
    expect(bySubject(inputsOf('Topic'))).toEqual(bySubject(plan.topics.map(({ name }) => ({ name }))));
  });

  test('subscriptions push to their function, as the pusher, for the audience that Cloud Run knows', () => {
    const { plan, inputsOf } = deployment;
    const expected = plan.subscriptions.map((subscription) => ({
      name: subscription.name,
      topic: topicPath(subscription.topic),
      pushConfig: {
        pushEndpoint: `${urlOf(subscription.function)}/${topicPath(subscription.topic)}`,
        oidcToken: { serviceAccountEmail: pusherAccount, audience: urlOf(subscription.function) },
      },
      ackDeadlineSeconds: subscription.ackDeadlineSeconds,
      messageRetentionDuration: `${subscription.retentionSeconds}s`,
      retryPolicy: {
        minimumBackoff: `${subscription.minBackoffSeconds}s`,
        maximumBackoff: `${subscription.maxBackoffSeconds}s`,
      },
      expirationPolicy: { ttl: '' },
      ...(subscription.deadLetter
        ? {
            deadLetterPolicy: {
              deadLetterTopic: topicPath(subscription.deadLetter.topic),
              maxDeliveryAttempts: subscription.deadLetter.maxDeliveryAttempts,
            },
          }
        : {}),
    }));
    expect(bySubject(inputsOf('Subscription'))).toEqual(bySubject(expected));
  });

  test('functions', () => {
    const { plan, inputsOf } = deployment;
    const actual = inputsOf('Function').map(({ name, location, buildConfig, serviceConfig }) => {
      const build = buildConfig as Inputs;
      const service = serviceConfig as Inputs;
      return {
        name,
        location,
        runtime: build['runtime'],
        entryPoint: build['entryPoint'],
        source: build['source'],
        memory: service['availableMemory'],
        timeout: service['timeoutSeconds'],
        instances: service['maxInstanceCount'],
        concurrency: service['maxInstanceRequestConcurrency'],
        account: service['serviceAccountEmail'],
        ingress: service['ingressSettings'],
        network: service['directVpcNetworkInterfaces'],
        egress: service['directVpcEgress'],
      };
    });
    const expected = plan.functions.map((item) => ({
      name: item.name,
      location: environment.region,
      runtime: 'nodejs24',
      entryPoint: item.entryPoint,
      source: {
        storageSource: { bucket: 'a-project-alir-prod-code', object: 'functions.zip', generation: 7 },
      },
      memory: `${item.memoryMiB}Mi`,
      timeout: item.timeoutSeconds,
      instances: item.maxInstances,
      concurrency: 1,
      account: functionsAccount,
      ingress: 'ALLOW_INTERNAL_ONLY',
      network: [{ network: 'alir-prod', subnetwork: 'alir-prod' }],
      egress: 'VPC_EGRESS_PRIVATE_RANGES_ONLY',
    }));
    expect(bySubject(actual)).toEqual(bySubject(expected));
  });

  test('schedules, whose message is the one of the plan', () => {
    const { plan, inputsOf } = deployment;
    const actual = inputsOf('Job').map(({ pubsubTarget, ...rest }) => {
      const { topicName, data } = pubsubTarget as { topicName: string; data: string };
      return { ...rest, topicName, message: JSON.parse(Buffer.from(data, 'base64').toString()) as unknown };
    });
    const expected = plan.schedules.map(({ name, description, schedule, timezone, topic, message }) => ({
      name,
      region: environment.region,
      description,
      schedule,
      timeZone: timezone,
      topicName: topicPath(topic),
      message,
    }));
    expect(bySubject(actual)).toEqual(bySubject(expected));
  });

  test('buckets, and the one that the functions are built from', () => {
    const { plan, inputsOf } = deployment;
    const code = { name: 'a-project-alir-prod-code', purpose: 'code' };
    const expected = [...plan.buckets, code].map(({ name, purpose }) => ({
      name,
      location: environment.location,
      labels: { purpose },
      uniformBucketLevelAccess: true,
      publicAccessPrevention: 'enforced',
      forceDestroy: false,
    }));
    expect(bySubject(inputsOf('Bucket'))).toEqual(bySubject(expected));
  });

  test('datasets, whose tables expire in milliseconds', () => {
    const { plan, inputsOf } = deployment;
    const expected = plan.datasets.map(({ name, description, defaultTableExpirationSeconds: seconds }) => ({
      datasetId: name,
      location: environment.location,
      description,
      ...(seconds === undefined ? {} : { defaultTableExpirationMs: seconds * 1000 }),
    }));
    expect(bySubject(inputsOf('Dataset'))).toEqual(bySubject(expected));
  });

  test('tables: columns, partition, cluster, and nobody drops one by a change', () => {
    const { plan, inputsOf } = deployment;
    const actual = inputsOf('Table').map(({ schema, ...rest }) => ({
      ...rest,
      columns: JSON.parse(String(schema)) as unknown,
    }));
    const expected = plan.tables.map(({ dataset, name, description, columns, partition, cluster }) => ({
      datasetId: dataset,
      tableId: name,
      description,
      columns,
      ...(partition ? { timePartitioning: { type: partition.by, field: partition.field } } : {}),
      ...(cluster.length > 0 ? { clusterings: cluster } : {}),
      deletionProtection: true,
    }));
    expect(bySubject(actual)).toEqual(bySubject(expected));
    expect(plan.tables.some(({ cluster }) => cluster.length > 0)).toBe(true);
    expect(plan.tables.some(({ partition }) => partition !== undefined)).toBe(true);
  });

  test('databases, in one instance without a public address', () => {
    const { plan, inputsOf } = deployment;
    const expected = plan.databases.map((name) => ({ instance: 'alir-prod', name, deletionPolicy: 'ABANDON' }));
    expect(bySubject(inputsOf('Database'))).toEqual(bySubject(expected));
    expect(inputsOf('DatabaseInstance')).toEqual([
      {
        name: 'alir-prod',
        region: environment.region,
        databaseVersion: 'POSTGRES_18',
        deletionProtection: true,
        settings: {
          tier: 'db-custom-2-7680',
          edition: 'ENTERPRISE',
          ipConfiguration: { ipv4Enabled: false, privateNetwork: 'network-id', sslMode: 'ENCRYPTED_ONLY' },
          backupConfiguration: { enabled: true, pointInTimeRecoveryEnabled: true },
          databaseFlags: expect.anything() as unknown,
        },
      },
    ]);
  });
});

test('a pipeline more is its schedule, its datasets with their grants, and its tables more, and nothing else', async () => {
  const names = ({ resources }: Deployment): string[] => resources.map(({ type, name }) => `${type} ${name}`);
  const before = new Set(names(await deploy()));
  const after = names(deployment);
  expect(after.filter((name) => !before.has(name)).sort()).toEqual([
    'bigquery/dataset:Dataset shop',
    'bigquery/dataset:Dataset shop_staging',
    'bigquery/datasetIamMember:DatasetIamMember shop-functions-edit',
    'bigquery/datasetIamMember:DatasetIamMember shop_staging-functions-edit',
    'bigquery/table:Table shop.thing',
    'cloudscheduler/job:Job alir-prod-shop',
  ]);
  expect([...before].filter((name) => !after.includes(name))).toEqual([]);
});

test('Postgres takes five connections of every function instance that there can be', () => {
  const { plan, inputsOf } = deployment;
  const instances = plan.functions.reduce((sum, { maxInstances }) => sum + maxInstances, 0);
  const { databaseFlags } = inputsOf('DatabaseInstance')[0]?.['settings'] as { databaseFlags: readonly Inputs[] };
  expect(databaseFlags).toEqual([{ name: 'max_connections', value: String(instances * 5 + 20) }]);
});

/** Keyed by what a difference is about, so that a failure names it. */
function bySubject(items: readonly Inputs[]): Record<string, Inputs> {
  const subject = ({ name, tableId, datasetId }: Inputs): string =>
    [datasetId, tableId, name].filter(Boolean).join('.');
  const keyed = Object.fromEntries(items.map((item) => [subject(item), item]));
  expect(Object.keys(keyed)).toHaveLength(items.length);
  return keyed;
}
