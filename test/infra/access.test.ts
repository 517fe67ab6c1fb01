import { beforeAll, expect, test } from '@jest/globals';
import * as pulumi from '@pulumi/pulumi';
import { readSettings } from '../../functions/runtime/settings.ts';
import { sourcesOf } from '../../pipelines/model/plan.ts';
import { readCatalog } from '../../pipelines/model/read.ts';
import { deploy, type Deployment, environment, type Inputs, password, unwrapSecret, visible } from './deploy.ts';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await deploy();
});

const functions = 'serviceAccount:alir-prod-functions@a-project.iam.gserviceaccount.com';
const pusher = 'serviceAccount:alir-prod-pusher@a-project.iam.gserviceaccount.com';
const agent = 'serviceAccount:service-1@gcp-sa-pubsub.iam.gserviceaccount.com';

test('the grants are these and no others', () => {
  const { plan, resources } = deployment;
  const deadLetter = 'alir-prod-dead-letter';
  const expected = [
    ...plan.topics.map(({ name }) => `TopicIAMMember ${name} roles/pubsub.publisher ${functions}`),
    `TopicIAMMember ${deadLetter} roles/pubsub.publisher ${agent}`,
    ...plan.subscriptions
      .filter(({ topic }) => topic !== deadLetter)
      .map(({ name }) => `SubscriptionIAMMember ${name} roles/pubsub.subscriber ${agent}`),
    ...plan.functions.map(({ name }) => `ServiceIamMember ${name} roles/run.invoker ${pusher}`),
    ...plan.buckets.flatMap(({ name }) => [
      `BucketIAMMember ${name} roles/storage.objectAdmin ${functions}`,
      `BucketIAMMember ${name} roles/storage.legacyBucketReader ${functions}`,
    ]),
    ...plan.datasets.map(({ name }) => `DatasetIamMember ${name} roles/bigquery.dataEditor ${functions}`),
    ...plan.databases.map(
      (name) =>
        `SecretIamMember projects/1/secrets/alir-prod-postgres-${name} roles/secretmanager.secretAccessor ${functions}`,
    ),
    `IAMMember a-project roles/bigquery.jobUser ${functions}`,
    `IAMMember projects/a-project/serviceAccounts/${pusher.replace('serviceAccount:', '')} roles/iam.serviceAccountTokenCreator ${agent}`,
  ];
  // Members add; bindings and policies would take away what others have granted.
  const grants = resources.filter(({ type }) => /iam|policy/i.test(type));
  expect(grants.map(toLine).sort()).toEqual(expected.sort());
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

test('the functions find in their environment what they read there', () => {
  const { plan, inputsOf } = deployment;
  for (const { serviceConfig } of inputsOf('Function')) {
    const settings = readSettings(environmentOf(serviceConfig as Inputs));
    expect(settings.environment).toEqual(environment);
    const ledger = new URL(settings.ledgerUrl);
    expect([ledger.host, ledger.pathname]).toEqual(['10.9.0.3:5432', `/${plan.databases[0] ?? ''}`]);
    expect([ledger.username, decodeURIComponent(ledger.password)]).toEqual(['alir', password]);
    for (const source of sourcesOf(readCatalog())) {
      expect(new URL(settings.sourceUrl(source)).pathname).toBe(`/${source}`);
    }
  }
});

test('the password is seen nowhere', async () => {
  const { resources, outputs } = deployment;
  const shown = resources.map(({ inputs }) => visible(inputs)).join('\n');
  for (const spelling of [password, encodeURIComponent(password)]) expect(shown).not.toContain(spelling);
  expect(unwrapSecret(resources.find(({ type }) => type.endsWith(':User'))?.inputs['password'])).toBe(password);

  for (const output of [...Object.values(outputs.functionUrls), outputs.postgresInstance]) {
    expect(await pulumi.isSecret(output)).toBe(false);
    const value = await new Promise<string>((resolve) => output.apply(resolve));
    expect(value).toMatch(/^(?:https:\/\/alir-prod-[a-z]+-x\.a\.run\.app|a-project:europe-west1:alir-prod)$/);
  }
});

/** `type subject role member` */
function toLine({ type, inputs }: { type: string; inputs: Inputs }): string {
  const { topic, subscription, bucket, datasetId, secretId, serviceAccountId, project, name } = inputs;
  const subject = topic ?? subscription ?? bucket ?? datasetId ?? secretId ?? serviceAccountId ?? project ?? name;
  return [type.split(':')[1], subject, inputs['role'], inputs['member']].join(' ');
}

/** What Cloud Run makes of a service's configuration: plain variables, and the versions of secrets that it names. */
function environmentOf(serviceConfig: Inputs): Record<string, string> {
  const secrets = serviceConfig['secretEnvironmentVariables'] as { key: string; secret: string; version: string }[];
  const entries = secrets.map(({ key, secret, version }) => {
    expect(version).toBe('3');
    const stored = deployment
      .inputsOf('SecretVersion')
      .find((inputs) => inputs['secret'] === `projects/1/secrets/${secret}`);
    return [key, String(unwrapSecret(stored?.['secretData']))] as const;
  });
  return { ...(serviceConfig['environmentVariables'] as Record<string, string>), ...Object.fromEntries(entries) };
}
