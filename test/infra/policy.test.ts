import { buffer } from 'node:stream/consumers';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { ZipFile } from 'yazl';
import { deploy, type DeployOptions, password, withEvents } from './deploy.ts';
import { deployed, fileAt } from './monitor/synthetic.ts';
import { cases } from './monitor/violations.ts';
import { policies } from './monitor/policies/index.ts';
import type { Deployed, Policy } from './monitor/policies/policy.ts';

// A run of the program takes seconds, and many of them on a machine that has other things to do.
jest.setTimeout(180_000);

const findings = (policy: Policy, deployed: Deployed): string[] =>
  policy.check(deployed).map(({ subject, problem }) => `${subject}: ${problem}`);

function policyOf(name: string): Policy {
  const found = policies.find((policy) => policy.name === name);
  if (found) return found;
  throw new Error(`there is no policy "${name}"`);
}

describe('a policy tells what breaks it from what does not', () => {
  test('each has a case', () => {
    expect(cases.map(([name]) => name).sort()).toEqual(policies.map(({ name }) => name).sort());
  });

  test.each(cases)('%s', (name, good, bad, expected) => {
    expect(findings(policyOf(name), good)).toEqual([]);
    expect(findings(policyOf(name), bad).sort()).toEqual([...expected].sort());
  });
});

test('a secret is found in a compressed archive too', async () => {
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from(`${'padding '.repeat(99)}${password}`), 'index.js');
  zip.end();
  const assets = fileAt('/tmp/extract.zip', await buffer(zip.outputStream));
  const policy = policyOf('no secret can be read in the state, in the outputs or in what is deployed');
  const found = findings(policy, deployed([], { assets, secrets: [password] }));
  expect(found).toEqual(['file index.js of extract.zip: holds a secret']);
});

/** Every way to deploy that has rules of its own. */
const secrets = {
  'alir:alertWebhookUrl': 'https://hooks.example.com/a-secret-path',
};
const deployments: Readonly<Record<string, DeployOptions>> = {
  cheap: { config: { 'alir:profile': 'cheap' }, secrets },
  production: { config: { 'alir:profile': 'production' }, secrets, folders: withEvents() },
  'existing Postgres': {
    config: { 'alir:profile': 'production' },
    secrets: {
      ...secrets,
      'alir:databaseUrls': JSON.stringify({
        alir: `postgres://u:${encodeURIComponent(password)}@10.1.2.3/alir`,
        application: `postgres://u:${encodeURIComponent(password)}@10.1.2.3/application`,
      }),
    },
  },
};

describe.each(Object.entries(deployments))('what is deployed: %s', (_name, options) => {
  let found: Deployed;
  beforeAll(async () => {
    const run = await deploy(options);
    const production = options.config?.['alir:profile'] === 'production';
    found = { ...run, production, secrets: [password, ...Object.values(secrets)] };
  });

  test.each(policies.map((policy) => [policy.name, policy] as const))('%s', (_policy, policy) => {
    expect(findings(policy, found)).toEqual([]);
  });
});

test('the deployments have, between them, one of everything that a policy looks at', async () => {
  const runs = await Promise.all(Object.values(deployments).map(deploy));
  const types = new Set(runs.flatMap(({ resources }) => resources.map(({ type }) => type.split(':').at(-1))));
  const looked = cases.flatMap(([, , bad]) => bad.resources.map(({ type }) => type.split(':').at(-1) ?? ''));
  const lacking = [...new Set(looked)].filter((type) => !types.has(type));
  expect(lacking.sort()).toEqual(['BucketIAMPolicy', 'Channel', 'Instance', 'TopicIAMBinding']);
});
