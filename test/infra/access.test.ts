import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { readSettings } from '../../functions/runtime/settings.ts';
import type { FunctionPlan } from '../../pipelines/model/resources.ts';
import { copyCatalog } from '../support/folders.ts';
import { deploy, type Deployment, environment, type Inputs, type Resource } from './deploy.ts';
import { certificate, privateIpAddress } from './monitor/answers.ts';
import { before } from './monitor/graph.ts';

/** With an event pipeline, for the grants on its table. */
let deployment: Deployment;
beforeAll(async () => {
  const folders = copyCatalog();
  const events = 'events: { contract: library/book, dataset: shop, table: purchase_event }';
  const pipeline = `pipeline: purchases\ndescription: Books as they are bought.\n${events}\n`;
  writeFileSync(join(folders.pipelines, 'purchases.yaml'), pipeline);
  deployment = await deploy({ folders });
});

const project = environment.projectId;
const account = (id: string): string => `${id}@${project}.iam.gserviceaccount.com`;
const member = (id: string): string => `serviceAccount:${account(id)}`;
const agent = 'serviceAccount:service-1@gcp-sa-pubsub.iam.gserviceaccount.com';
const pusher = member('alir-prod-pusher');
const builder = member('alir-prod-builder');
const ownInstance =
  'resource.name == "projects/a-project/instances/alir-prod" && resource.service == "sqladmin.googleapis.com"';

/** What a function gets, and each of it on one resource where there is such a grant. */
function grantsOf({ serviceAccount, access }: FunctionPlan): string[] {
  const to = member(serviceAccount);
  const bucketRole = { read: 'roles/storage.objectViewer', write: 'roles/storage.objectUser' };
  const datasetRole = { read: 'roles/bigquery.dataViewer', write: 'roles/bigquery.dataEditor' };
  return [
    ...access.publishes.map((topic) => `TopicIAMMember ${topic} roles/pubsub.publisher ${to}`),
    ...access.buckets.flatMap(({ bucket, may }) => [
      `BucketIAMMember ${bucket} ${bucketRole[may]} ${to}`,
      `BucketIAMMember ${bucket} roles/storage.legacyBucketReader ${to}`,
    ]),
    ...access.datasets.map(({ dataset, may }) => `DatasetIamMember ${dataset} ${datasetRole[may]} ${to}`),
    ...(access.runsJobs ? [`IAMMember ${project} roles/bigquery.jobUser ${to}`] : []),
    `IAMMember ${project} roles/cloudsql.instanceUser ${to} if ${ownInstance}`,
  ];
}

test('the grants are these and no others', () => {
  const { plan, resources } = deployment;
  const expected = [
    ...plan.functions.flatMap(grantsOf),
    ...plan.functions.map(({ name }) => `ServiceIamMember ${name} roles/run.invoker ${pusher}`),
    `TopicIAMMember alir-prod-dead-letter roles/pubsub.publisher ${agent}`,
    ...[...plan.subscriptions, ...plan.eventSubscriptions]
      .filter(({ deadLetter }) => deadLetter)
      .map(({ name }) => `SubscriptionIAMMember ${name} roles/pubsub.subscriber ${agent}`),
    `IamMember shop.purchase_event roles/bigquery.dataEditor ${agent}`,
    `IamMember shop.purchase_event roles/bigquery.metadataViewer ${agent}`,
    `IAMMember projects/a-project/serviceAccounts/${account('alir-prod-pusher')} roles/iam.serviceAccountTokenCreator ${agent}`,
    `IAMMember ${project} roles/logging.logWriter ${builder}`,
    `IAMMember ${project} roles/storage.objectViewer ${builder} if resource.name.startsWith("projects/_/buckets/gcf-v2-sources-")`,
    `BucketIAMMember a-project-alir-prod-code roles/storage.objectViewer ${builder}`,
    `RepositoryIamMember alir-prod roles/artifactregistry.writer ${builder}`,
  ];
  // Members add; bindings and policies would take away what others have granted.
  const grants = resources.filter(({ type }) => /iam|policy/i.test(type) && !type.startsWith('monitoring/'));
  expect(grants.map(toLine).sort()).toEqual(expected.sort());
  expect(plan.eventSubscriptions).toHaveLength(1);
});

test('what is switched on is what is used, and stays on', () => {
  const services = deployment.inputsOf('Service');
  expect(services.map(({ service }) => String(service).replace('.googleapis.com', ''))).toEqual(
    'artifactregistry bigquery cloudbuild cloudfunctions cloudresourcemanager cloudscheduler compute iam logging monitoring pubsub run servicenetworking sqladmin storage'.split(
      ' ',
    ),
  );
  for (const service of services) expect(service).toMatchObject({ project, disableOnDestroy: false });
});

test('nobody but the pusher may call a function, least of all everybody', () => {
  const { resources } = deployment;
  const invokers = resources.filter(({ inputs }) => /invoker/i.test(String(inputs['role'])));
  expect(new Set(invokers.map(({ inputs }) => inputs['member']))).toEqual(new Set([pusher]));
  expect(resources.filter(({ inputs }) => /all(?:Authenticated)?Users/.test(JSON.stringify(inputs)))).toEqual([]);
});

test('every subscription has a dead letter, but for the one that hears of it', () => {
  const { inputsOf } = deployment;
  const without = inputsOf('Subscription').filter((inputs) => inputs['deadLetterPolicy'] === undefined);
  expect(without.map(({ topic }) => topic)).toEqual(['projects/a-project/topics/alir-prod-dead-letter']);
});

describe('the functions find in their environment what they read there', () => {
  test('where they are, and how to log into the databases of their stage as themselves', () => {
    const { plan } = deployment;
    for (const planned of plan.functions) {
      const settings = readSettings(variablesOf(planned));
      expect(settings.environment).toEqual(environment);
      const login = { host: privateIpAddress, port: 5432, user: `${planned.serviceAccount}@${project}.iam` };
      expect(settings.ledger).toMatchObject({ ...login, database: 'alir', ssl: { ca: certificate.trim() } });
      const [, ...sources] = planned.access.databases;
      for (const source of sources) expect(settings.source(source)).toMatchObject({ ...login, database: source });
    }
    expect(plan.functions.filter(({ access }) => access.databases.includes('application'))).toHaveLength(3);
  });

  test('and no database of another stage', () => {
    for (const { name, ...planned } of deployment.plan.functions) {
      const names = Object.keys(variablesOf({ name, ...planned }));
      expect([name, names.includes('ALIR_POSTGRES_APPLICATION')]).toEqual([
        name,
        planned.access.databases.includes('application'),
      ]);
    }
  });

  test('and no password, for there is none', () => {
    for (const planned of deployment.plan.functions) {
      for (const text of Object.values(variablesOf(planned)).filter((value) => value.startsWith('postgres:'))) {
        expect(new URL(text).password).toBe('');
      }
      const { password } = readSettings(variablesOf(planned)).ledger as pg.ClientConfig;
      expect(typeof password).toBe('function');
    }
    expect(deployment.inputsOf('User').map(({ password }) => password)).toEqual(
      deployment.plan.functions.map(() => undefined),
    );
  });
});

test('each function is a Postgres user, which may share tables with the others', () => {
  const { plan, inputsOf } = deployment;
  const expected = plan.functions.map(({ serviceAccount }) => ({
    instance: 'alir-prod',
    name: `${serviceAccount}@${project}.iam`,
    type: 'CLOUD_IAM_SERVICE_ACCOUNT',
    databaseRoles: ['cloudsqlsuperuser'],
    deletionPolicy: 'ABANDON',
  }));
  expect(inputsOf('User').sort(byName)).toEqual(expected.sort(byName));
});

test('a function waits for its user, for the right to log in, and for the rights of who builds it', () => {
  for (const planned of deployment.plan.functions) {
    const found = [...before(deployment, functionOf(planned))].map((urn) => urn.split('::').slice(2).join(' '));
    for (const needed of ['builder-logs', 'builder-reads-sources', 'builder-reads-code', 'builder-writes-images']) {
      expect(found.filter((urn) => urn.endsWith(` ${needed}`))).toHaveLength(1);
    }
    expect(found).toContainEqual(expect.stringMatching(new RegExp(`sql/user:User ${planned.entryPoint}$`)));
    expect(found).toContainEqual(expect.stringMatching(new RegExp(` ${planned.entryPoint}-logs-into-postgres$`)));
  }
});

test('nothing that holds a right or a place is hidden: a stack without secrets has none', () => {
  const { resources, outputs } = deployment;
  const signed = '1b47061264138c4ac30d75fd1eb44270';
  expect(resources.filter(({ inputs }) => JSON.stringify(inputs).includes(signed))).toEqual([]);
  expect(JSON.stringify(outputs)).not.toContain(signed);
});

test('the outputs say where to look', () => {
  const { plan, outputs } = deployment;
  expect(outputs).toMatchObject({
    serviceAccounts: { extract: account('alir-prod-extract'), pusher: account('alir-prod-pusher') },
    buckets: { lake: 'gs://a-project-alir-prod-lake', quarantine: 'gs://a-project-alir-prod-quarantine' },
    postgresInstance: 'a-project:europe-west1:alir-prod',
    dashboardUrl: expect.stringMatching(
      /^https:\/\/console\.cloud\.google\.com\/monitoring\/dashboards\/builder\/\w+\?project=/,
    ) as unknown,
  });
  expect(Object.keys(outputs['functionUrls'] as Inputs).sort()).toEqual(plan.functions.map(({ name }) => name).sort());
});

/** `type subject role member`, and the condition if there is one. */
function toLine({ type, inputs }: Resource): string {
  const { topic, subscription, bucket, datasetId, tableId, serviceAccountId, repository, project: on, name } = inputs;
  const table = typeof tableId === 'string' ? `${String(datasetId)}.${tableId}` : undefined;
  const subject = topic ?? subscription ?? bucket ?? table ?? datasetId ?? serviceAccountId ?? repository ?? on ?? name;
  const { expression } = (inputs['condition'] ?? {}) as { expression?: string };
  const kind = (type.split(':')[1] ?? '').replace(/^iAM/, 'IAM');
  return [kind, subject, inputs['role'], inputs['member'], ...(expression ? ['if', expression] : [])].join(' ');
}

function functionOf({ name }: Pick<FunctionPlan, 'name'>): Resource {
  const found = deployment.resources.find(({ type, inputs }) => type.endsWith(':Function') && inputs['name'] === name);
  if (!found) throw new Error(`there is no function ${name}`);
  return found;
}

function variablesOf(planned: Pick<FunctionPlan, 'name'>): Record<string, string> {
  const { environmentVariables } = functionOf(planned).inputs['serviceConfig'] as Inputs;
  return environmentVariables as Record<string, string>;
}

function byName(a: Inputs, b: Inputs): number {
  return String(a['name']).localeCompare(String(b['name']));
}
