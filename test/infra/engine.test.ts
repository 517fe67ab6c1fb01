import { expect, test } from '@jest/globals';
import { environment, password } from './deploy.ts';
import { type Registration, runInPulumi } from './engine.ts';

const config = {
  'gcp:project': environment.projectId,
  'gcp:region': environment.region,
  'alir:location': environment.location,
  'alir:postgresTier': 'db-custom-2-7680',
  'alir:postgresPassword': password,
};
const secretKeys = ['alir:postgresPassword'];

/** A function's URL, and what else nobody but Google can know. */
const answer = (type: string, inputs: Registration['inputs']): Registration['inputs'] => {
  if (type !== 'gcp:cloudfunctionsv2/function:Function') return {};
  const service = inputs['serviceConfig'] as Registration['inputs'];
  return { serviceConfig: { ...service, uri: `https://${inputs['name'] as string}-x.a.run.app` } };
};
const ofType = (registrations: readonly Registration[], type: string): Registration[] =>
  registrations.filter((registration) => registration.type.endsWith(`:${type}`));

test("Pulumi's launcher runs the program as it stands, and shows its outputs", async () => {
  const { code, log, registrations, outputs } = await runInPulumi({ config, secretKeys, answer });
  expect({ code, log }).toEqual({ code: 0, log: expect.not.stringContaining('rror') as unknown });
  expect(outputs['functionUrls']).toHaveProperty('alir-prod-extract', 'https://alir-prod-extract-x.a.run.app');

  // Every table, and every grant that a run needs, is there before the first tick sets it in motion.
  const before = ['Subscription', 'Table', 'TopicIAMMember', 'BucketIAMMember', 'DatasetIamMember', 'ServiceIamMember'];
  const needed = before.flatMap((type) => ofType(registrations, type)).map(({ urn }) => urn);
  expect(needed.length).toBeGreaterThan(before.length);
  for (const { dependencies } of ofType(registrations, 'Job')) {
    expect(needed.filter((urn) => !dependencies.includes(urn))).toEqual([]);
  }
  // A function starts with its secrets, so it must be able to read them.
  const readable = ofType(registrations, 'SecretIamMember').map(({ urn }) => urn);
  for (const { dependencies } of ofType(registrations, 'Function')) {
    expect(readable.filter((urn) => !dependencies.includes(urn))).toEqual([]);
  }
});

test('a preview does not need what only a deployment can know', async () => {
  const { code, log, registrations } = await runInPulumi({ preview: true, config, secretKeys });
  expect({ code, log }).toEqual({ code: 0, log: expect.not.stringContaining('rror') as unknown });
  expect(ofType(registrations, 'Subscription')).not.toEqual([]);
});

test('a password that is no secret in the configuration is one in the program', async () => {
  const { registrations } = await runInPulumi({ config, answer });
  const [user] = ofType(registrations, 'User');
  expect(user?.inputs['password']).toMatchObject({ value: password });
});

test('a function without a URL stops the program, by name', async () => {
  const { code, log } = await runInPulumi({ config, secretKeys });
  expect(code).not.toBe(0);
  expect(log).toContain('Cloud Run gave alir-prod-extract no URL');
});
