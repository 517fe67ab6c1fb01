import { appendFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { labels } from '../../pipelines/model/names.ts';
import { deploy, type Deployment, environment, type Inputs, withShop } from './deploy.ts';
import { functionUrl } from './monitor/answers.ts';
import { isAsset } from './monitor/wire.ts';

/**
 * The plan's resources and Pulumi's, item by item, in both directions: what the plan names exists with its settings, and
 * nothing else of the type does. The catalog has two pipelines more: one for clustering, with a schedule for
 * rows that are gone, and one of events.
 */
let deployment: Deployment;
beforeAll(async () => {
  const folders = withShop();
  appendFileSync(join(folders.pipelines, 'shop.yaml'), "    deletes: { schedule: '30 2 * * *' }\n");
  writeFileSync(
    join(folders.pipelines, 'purchases.yaml'),
    `pipeline: purchases
description: Books as they are bought.
events: { contract: library/book, dataset: shop, table: purchase_event, partition: { field: created_at, by: day } }
`,
  );
  deployment = await deploy({ folders });
});

const project = environment.projectId;
const topicPath = (name: string): string => `projects/${project}/topics/${name}`;
const accountEmail = (id: string): string => `${id}@${project}.iam.gserviceaccount.com`;
const ours = labels(environment.name);

describe('what the plan names exists as planned, and nothing else', () => {
  test('topics, with the schemas of events', () => {
    const { plan, inputsOf } = deployment;
    const topics = plan.topics.map(({ name, labels: labelled, schema }) => ({
      name,
      labels: labelled,
      ...(schema ? { schemaSettings: { schema: `projects/${project}/schemas/${schema.name}`, encoding: 'JSON' } } : {}),
    }));
    expect(bySubject(inputsOf('Topic'))).toEqual(bySubject(topics));
    const schemas = plan.topics.flatMap(({ schema }) => (schema ? [{ type: 'AVRO', ...schema }] : []));
    expect(schemas).toHaveLength(1);
    expect(bySubject(inputsOf('Schema'))).toEqual(bySubject(schemas));
  });

  test('subscriptions: to functions as the pusher for the audience that Cloud Run knows, and to tables', () => {
    const { plan, inputsOf } = deployment;
    const common = (planned: (typeof plan.subscriptions | typeof plan.eventSubscriptions)[number]) => ({
      name: planned.name,
      topic: topicPath(planned.topic),
      messageRetentionDuration: `${planned.retentionSeconds}s`,
      expirationPolicy: { ttl: '' },
      ...(planned.deadLetter
        ? {
            deadLetterPolicy: {
              deadLetterTopic: topicPath(planned.deadLetter.topic),
              maxDeliveryAttempts: planned.deadLetter.maxDeliveryAttempts,
            },
          }
        : {}),
    });
    const pushes = plan.subscriptions.map((planned) => ({
      ...common(planned),
      labels: ours,
      pushConfig: {
        pushEndpoint: `${functionUrl(planned.function)}/${topicPath(planned.topic)}`,
        oidcToken: { serviceAccountEmail: accountEmail('alir-prod-pusher'), audience: functionUrl(planned.function) },
      },
      ackDeadlineSeconds: planned.ackDeadlineSeconds,
      retryPolicy: {
        minimumBackoff: `${planned.minBackoffSeconds}s`,
        maximumBackoff: `${planned.maxBackoffSeconds}s`,
      },
    }));
    const events = plan.eventSubscriptions.map((planned) => ({
      ...common(planned),
      labels: planned.labels,
      bigqueryConfig: {
        table: `${project}.${planned.table.dataset}.${planned.table.name}`,
        useTopicSchema: true,
        writeMetadata: true,
      },
    }));
    expect(events).toHaveLength(1);
    expect(bySubject(inputsOf('Subscription'))).toEqual(bySubject([...pushes, ...events]));
  });

  test('functions, each as its own account', () => {
    const { plan, inputsOf } = deployment;
    const actual = inputsOf('Function').map(({ buildConfig, serviceConfig, ...rest }) => {
      const { source, ...build } = buildConfig as Inputs & { source: { storageSource: { object: string } } };
      const { environmentVariables, secretEnvironmentVariables, ...service } = serviceConfig as Inputs;
      expect([environmentVariables, secretEnvironmentVariables]).toEqual([expect.any(Object), []]);
      return { ...rest, build, code: source.storageSource, service };
    });
    const expected = plan.functions.map((item) => ({
      name: item.name,
      location: environment.region,
      labels: ours,
      build: {
        runtime: 'nodejs24',
        entryPoint: item.entryPoint,
        dockerRepository: `projects/${project}/locations/${environment.region}/repositories/alir-prod`,
        serviceAccount: `projects/${project}/serviceAccounts/${accountEmail('alir-prod-builder')}`,
      },
      code: {
        bucket: 'a-project-alir-prod-code',
        object: expect.stringMatching(new RegExp(`^${item.entryPoint}-[0-9a-f]{16}\\.zip$`)),
      },
      service: {
        availableMemory: `${item.memoryMiB}Mi`,
        timeoutSeconds: item.timeoutSeconds,
        minInstanceCount: 0,
        maxInstanceCount: item.maxInstances,
        maxInstanceRequestConcurrency: 1,
        serviceAccountEmail: accountEmail(item.serviceAccount),
        ingressSettings: 'ALLOW_INTERNAL_ONLY',
        directVpcNetworkInterfaces: [{ network: 'alir-prod', subnetwork: 'alir-prod' }],
        directVpcEgress: 'VPC_EGRESS_PRIVATE_RANGES_ONLY',
      },
    }));
    expect(bySubject(actual)).toEqual(bySubject(expected));
  });

  test('archives, each function built from its own, uploaded under the name of its content', () => {
    const { inputsOf } = deployment;
    const objects = inputsOf('BucketObject');
    const uploaded = objects.map(({ bucket, name }) => `${String(bucket)}/${String(name)}`);
    const built = inputsOf('Function').map(({ buildConfig }) => {
      const { storageSource } = (buildConfig as { source: { storageSource: { bucket: string; object: string } } })
        .source;
      return `${storageSource.bucket}/${storageSource.object}`;
    });
    expect(uploaded.sort()).toEqual(built.sort());
    for (const { name, source } of objects) expect(isAsset(source) && basename(source.path ?? '')).toBe(name);
  });

  test('accounts, and the two that call and build', () => {
    const { plan, inputsOf } = deployment;
    const actual = inputsOf('Account').map(({ accountId }) => accountId);
    const expected = [
      ...plan.functions.map(({ serviceAccount }) => serviceAccount),
      'alir-prod-pusher',
      'alir-prod-builder',
    ];
    expect(actual.sort()).toEqual(expected.sort());
  });

  test('schedules, whose message is the one of the plan', () => {
    const { plan, inputsOf } = deployment;
    const actual = inputsOf('Job').map(({ pubsubTarget, ...rest }) => {
      const { topicName, data } = pubsubTarget as { topicName: string; data: string };
      return { ...rest, topicName, message: JSON.parse(Buffer.from(data, 'base64').toString()) as unknown };
    });
    const expected = plan.schedules.map(({ name, description, schedule, timezone, topic, message, retry }) => ({
      name,
      region: environment.region,
      description,
      schedule,
      timeZone: timezone,
      topicName: topicPath(topic),
      message,
      retryConfig: {
        retryCount: retry.count,
        minBackoffDuration: `${retry.minBackoffSeconds}s`,
        maxBackoffDuration: `${retry.maxBackoffSeconds}s`,
      },
    }));
    expect(bySubject(actual)).toEqual(bySubject(expected));
  });

  test('buckets that keep what is replaced, and the one that the functions are built from', () => {
    const { plan, inputsOf } = deployment;
    const closed = {
      location: environment.location,
      uniformBucketLevelAccess: true,
      publicAccessPrevention: 'enforced',
    };
    const expected = plan.buckets.map(({ name, purpose, keepReplacedDays, storageClasses }) => ({
      ...closed,
      name,
      labels: { ...ours, purpose },
      forceDestroy: false,
      versioning: { enabled: true },
      lifecycleRules: [
        { action: { type: 'Delete' }, condition: { daysSinceNoncurrentTime: keepReplacedDays } },
        ...storageClasses.map(({ afterDays, storageClass }) => ({
          action: { type: 'SetStorageClass', storageClass },
          condition: { age: afterDays },
        })),
      ],
    }));
    const code = {
      ...closed,
      name: 'a-project-alir-prod-code',
      labels: { ...ours, purpose: 'code' },
      forceDestroy: true,
    };
    expect(bySubject(inputsOf('Bucket'))).toEqual(bySubject([...expected, code]));
  });

  test('datasets, whose tables expire in milliseconds', () => {
    const { plan, inputsOf } = deployment;
    const expected = plan.datasets.map(
      ({ name, description, labels: labelled, defaultTableExpirationSeconds: seconds }) => ({
        datasetId: name,
        location: environment.location,
        description,
        labels: labelled,
        deleteContentsOnDestroy: false,
        ...(seconds === undefined ? {} : { defaultTableExpirationMs: seconds * 1000 }),
      }),
    );
    expect(bySubject(inputsOf('Dataset'))).toEqual(bySubject(expected));
  });

  test('tables: columns, partition, cluster, and nobody drops one by a change', () => {
    const { plan, inputsOf } = deployment;
    const actual = inputsOf('Table').map(({ schema, ...rest }) => ({
      ...rest,
      columns: JSON.parse(String(schema)) as unknown,
    }));
    const expected = plan.tables.map(
      ({ dataset, name, description, columns, labels: labelled, partition, cluster }) => ({
        datasetId: dataset,
        tableId: name,
        description,
        labels: labelled,
        columns,
        ...(partition ? { timePartitioning: { type: partition.by, field: partition.field } } : {}),
        ...(cluster.length > 0 ? { clusterings: cluster } : {}),
        deletionProtection: true,
      }),
    );
    expect(bySubject(actual)).toEqual(bySubject(expected));
    expect(plan.tables.some(({ cluster }) => cluster.length > 0)).toBe(true);
    expect(plan.tables.some(({ partition }) => partition !== undefined)).toBe(true);
  });
});

test('one network, one registry, and the services of what is there: nothing is of a type that no test looks at', () => {
  const { resources, inputsOf } = deployment;
  const looked =
    'Topic Schema Subscription Function BucketObject Account Job Bucket Dataset Table DatabaseInstance Database User';
  const single = ['Network', 'Subnetwork', 'GlobalAddress', 'Connection', 'Repository', 'ServiceIdentity'];
  for (const type of single) expect([type, inputsOf(type).length]).toEqual([type, 1]);
  const types = new Set(
    resources
      .map(({ type }) => type)
      // The grants and the watching have tests of their own.
      .filter((type) => !/iam\w*member|^(?:monitoring|logging)\//i.test(type))
      .map((type) => type.split(':')[1] ?? ''),
  );
  expect([...types].sort()).toEqual([...looked.split(' '), ...single, 'Service'].sort());
});

test('two pipelines more are what they are made of, and nothing that is there already is another', async () => {
  const names = ({ resources }: Deployment): string[] =>
    resources
      .filter(({ type }) => !/^(?:monitoring|logging)\//.test(type))
      .map(({ type, name }) => `${type.split(':')[1] ?? ''} ${name}`);
  const [before, after] = [names(await deploy()), names(deployment)];
  expect(after.filter((name) => !before.includes(name)).sort()).toEqual([
    'Dataset shop',
    'Dataset shop_staging',
    'DatasetIamMember audit-reads-shop_staging',
    'DatasetIamMember extract-writes-shop',
    'DatasetIamMember load-writes-shop_staging',
    'DatasetIamMember merge-writes-shop',
    'DatasetIamMember merge-writes-shop_staging',
    'IamMember pubsub-agent-dataEditor-shop.purchase_event',
    'IamMember pubsub-agent-metadataViewer-shop.purchase_event',
    'Job alir-prod-shop',
    'Job alir-prod-shop_deletes_thing',
    'Schema alir-prod-events-purchases',
    'Subscription alir-prod-events-purchases',
    'SubscriptionIAMMember pubsub-agent-subscribes-alir-prod-events-purchases',
    'Table shop.purchase_event',
    'Table shop.thing',
    'Topic alir-prod-events-purchases',
  ]);
  expect(before.filter((name) => !after.includes(name))).toEqual([]);
});

/** Keyed by what a difference is about, so that a failure names it. */
function bySubject(items: readonly Inputs[]): Record<string, Inputs> {
  const subject = ({ name, tableId, datasetId }: Inputs): string =>
    [datasetId, tableId, name].filter(Boolean).join('.');
  const keyed = Object.fromEntries(items.map((item) => [subject(item), item]));
  expect(Object.keys(keyed)).toHaveLength(items.length);
  return keyed;
}
